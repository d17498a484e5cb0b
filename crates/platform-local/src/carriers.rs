//! Stand-ins for the carriers of messages: they accept everything and send nothing.
//!
//! E-mails and notifications are kept in the store. Texts are read from their conversations (`GET /local/sms`).

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_app::operators::notifications::tell_once;
use bookpath_app::ports::{
    ByteSearch, CallError, Clock, Commit, Expect, IndexKey, Item, ItemKey, Mail, Mailer, Operators,
    Query, Store, StoreError, TextSender, Write,
};
use bookpath_domain::texts::{Message, SendResult};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const LETTERS: &str = "letters";
/// Days that an e-mail is kept.
const LETTER_DAYS: i64 = 90;

/// Accepts every text.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalTexts;

#[async_trait]
impl TextSender for LocalTexts {
    async fn send(&self, message: &Message) -> SendResult {
        SendResult::Accepted {
            provider_id: Some(format!("local-{}", message.intent_id)),
        }
    }
}

/// An e-mail that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    pub mail_id: String,
    pub at: Timestamp,
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// E-mails and notifications in the store.
#[derive(Clone)]
pub struct LocalPost {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for LocalPost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalPost").finish_non_exhaustive()
    }
}

#[async_trait]
impl Mailer for LocalPost {
    async fn send(&self, mail: &Mail) -> Result<(), CallError> {
        let at = self.clock.now();
        let Mail {
            mail_id,
            to,
            subject,
            body,
        } = mail.clone();
        let letter = Letter {
            mail_id,
            at,
            to,
            subject,
            body,
        };
        let write = || {
            let index = IndexKey {
                partition: LETTERS.to_owned(),
                sort: format!("{at:.6}#{}", letter.mail_id),
            };
            let key = ItemKey::new(format!("letter#{}", letter.mail_id), "row");
            Ok(Write::put(key, Some(index), &letter, Expect::Absent)?
                .expiring(at + SignedDuration::from_hours(24 * LETTER_DAYS)))
        };
        let result = match write() {
            Ok(write) => self.store.commit(Commit::new(vec![write])).await,
            Err(error) => Err(error),
        };
        match result {
            // The e-mail was sent before.
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(CallError::transient(error.to_string())),
        }
    }
}

#[async_trait]
impl Operators for LocalPost {
    async fn tell(&self, id: &str, subject: &str, message: Value) -> Result<(), CallError> {
        tell_once(
            self.store.as_ref(),
            self.clock.as_ref(),
            id,
            subject,
            message,
            async { Ok(()) },
        )
        .await
    }
}

/// Removes the e-mails for which `named` holds.
pub(crate) async fn remove_letters(
    store: &dyn Store,
    named: &ByteSearch<'_>,
) -> Result<(), StoreError> {
    let letters = bookpath_app::ports::all(store, Query::index(LETTERS, 1000)).await?;
    let found = letters
        .into_iter()
        .filter(|item| named(item.body.as_bytes()));
    for item in found {
        let gone = Write::Delete {
            key: item.key,
            expect: Expect::Any,
        };
        store.commit(Commit::new(vec![gone])).await?;
    }
    Ok(())
}

/// The e-mails that were sent, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn letters(store: &dyn Store) -> Result<Vec<Letter>, StoreError> {
    let items = bookpath_app::ports::all(store, Query::index(LETTERS, 1000)).await?;
    items.iter().map(Item::read).collect()
}
