//! The audit trail: who did what, append-only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Access;
use crate::ports::{
    Commit, Expect, Ids, IndexKey, Item, ItemKey, Newest, Range, Store, StoreError, Write,
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

/// The filters of the audit trail. A line is listed when it passes all of them; `None` lets every line pass.
#[derive(Debug, Clone, Default)]
pub struct SoughtLines {
    pub actor: Option<String>,
    pub action: Option<String>,
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Inclusive.
    pub to: Option<Timestamp>,
}

/// A page of the lines that are sought, newest first, and where the next one begins. It may be short although others
/// follow: it looks at a bounded number of lines.
///
/// # Errors
/// As [`Store::query`].
pub async fn audit_trail(
    store: &dyn Store,
    sought: &SoughtLines,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<AuditRow>, Option<String>), StoreError> {
    let asked = Newest::new(vec![ALL.to_owned()], limit)
        .between(sought.from, sought.to)
        .search(cursor);
    let is = |asked: &Option<String>, held: &str| asked.as_ref().is_none_or(|one| one == held);
    let wanted = |item: &Item| {
        let row: AuditRow = item.read()?;
        let fits = is(&sought.actor, &row.actor) && is(&sought.action, &row.action);
        Ok(fits.then_some(row))
    };
    asked.page(store, &wanted).await
}
