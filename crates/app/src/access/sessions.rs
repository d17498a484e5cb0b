//! Logins that are on. A token is good while its session is in the store, so ending a session ends its token at once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ports::{Commit, Expect, Item, ItemKey, Query, Store, StoreError, Write, all};

/// Sessions that are ended in one transaction.
pub(super) const WRITES_MAX: usize = 50;
/// A use is written down once in this part of the idle limit, so that reading pages costs no writes.
const USES_NOTED: i32 = 10;

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub session_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The network that it was opened from: an IPv4 address, or the first 64 bits of an IPv6 address.
    pub network: String,
    /// When it was used last, to a tenth of the idle limit.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

fn partition(user_id: &str) -> String {
    format!("sessions#{user_id}")
}

/// Where a session is stored.
pub(super) fn key(user_id: &str, session_id: &str) -> ItemKey {
    ItemKey::new(partition(user_id), session_id)
}

/// Stores a fresh session.
///
/// # Errors
/// As [`Write::put`].
pub(super) fn write(user_id: &str, session: &Session) -> Result<Write, StoreError> {
    let key = key(user_id, &session.session_id);
    Ok(Write::put(key, None, session, Expect::Absent)?.expiring(session.expires_at))
}

/// Ends a session.
pub(super) fn removal(user_id: &str, session_id: &str) -> Write {
    Write::Delete {
        key: key(user_id, session_id),
        expect: Expect::Any,
    }
}

/// Notes that a session is used at `now`; `false`: nobody has used it for `idle`, and it is ended.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn used(
    store: &dyn Store,
    user_id: &str,
    item: &Item,
    idle: SignedDuration,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let session: Session = item.read()?;
    let last = session.last_used_at.unwrap_or(session.created_at);
    let unused = now.duration_since(last);
    if unused >= idle {
        let end = removal(user_id, &session.session_id);
        store.commit(Commit::new(vec![end])).await?;
        return Ok(false);
    }
    if unused >= idle / USES_NOTED {
        let key = key(user_id, &session.session_id);
        let expires_at = session.expires_at;
        let noted = Session {
            last_used_at: Some(now),
            ..session
        };
        let write = Write::put(key, None, &noted, Expect::Version(item.version))?;
        match store
            .commit(Commit::new(vec![write.expiring(expires_at)]))
            .await
        {
            // Another request of this session noted it, or ended it this moment.
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// The sessions of a user that are on at `now`, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn sessions(
    store: &dyn Store,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<Session>, StoreError> {
    let items = all(store, Query::prefix(partition(user_id), "", 1000)).await?;
    let mut sessions = items
        .iter()
        .map(Item::read)
        .collect::<Result<Vec<Session>, _>>()?;
    sessions.retain(|session| session.expires_at > now);
    sessions.sort_by_key(|session| session.created_at);
    Ok(sessions)
}
