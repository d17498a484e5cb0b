//! The audit trail: who did what, append-only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Access;
use crate::ports::{
    Commit, Expect, Ids, IndexKey, Item, ItemKey, Query, Range, Store, StoreError, Write,
};

const ALL: &str = "audit";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditRow {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// A user id, `cli`, or `unknown`.
    pub actor: String,
    pub action: String,
    /// What it was done to; never personal data.
    pub subject: String,
}

/// Appends a line.
///
/// # Errors
/// As [`Write::put`].
pub fn audit_write(
    ids: &dyn Ids,
    at: Timestamp,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<Write, StoreError> {
    let row = AuditRow {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
    };
    let id = ids.fresh();
    let index = IndexKey {
        partition: ALL.to_owned(),
        sort: format!("{at:.6}#{id}"),
    };
    Write::put(
        ItemKey::new(format!("audit#{id}"), "row"),
        Some(index),
        &row,
        Expect::Absent,
    )
}

impl Access {
    /// A line of the trail, for a commit of the caller's own.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub fn line(&self, actor: &str, action: &str, subject: &str) -> Result<Write, StoreError> {
        audit_write(&*self.ids, self.clock.now(), actor, action, subject)
    }

    /// Appends a line at once.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn note(&self, actor: &str, action: &str, subject: &str) -> Result<(), StoreError> {
        let line = self.line(actor, action, subject)?;
        self.store.commit(Commit::new(vec![line])).await
    }
}

/// The lines from before an instant, oldest first.
pub(crate) fn audit_before(until: Timestamp) -> Range {
    Range::Index {
        partition: ALL.to_owned(),
        from: None,
        to: Some(format!("{until:.6}")),
    }
}

/// A page of lines, newest first, and where the next one begins.
///
/// # Errors
/// As [`Store::query`].
pub async fn audit_trail(
    store: &dyn Store,
    limit: usize,
    after: Option<String>,
) -> Result<(Vec<AuditRow>, Option<String>), StoreError> {
    let page = store
        .query(&Query {
            descending: true,
            after,
            ..Query::index(ALL, limit)
        })
        .await?;
    let rows = page
        .items
        .iter()
        .map(Item::read)
        .collect::<Result<_, _>>()?;
    Ok((rows, page.next))
}
