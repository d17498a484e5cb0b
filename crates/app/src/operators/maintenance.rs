//! The notice of planned maintenance that every page of the team shows (S3-131).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::audit_write;
use crate::ports::{Commit, Expect, Ids, ItemKey, Store, StoreError, Write};

/// Characters that a notice has at most.
pub const TEXT_CHARS_MAX: usize = 300;

/// When Bookpath will be worked on, and what that means for the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Maintenance {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// The text of the notice, as it was announced.
    pub text: String,
}

impl Maintenance {
    /// `<from> to <until>`, for the audit log.
    fn when(&self) -> String {
        format!("{} to {}", self.from, self.until)
    }
}

/// Why a notice is refused.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    #[error("--until must be later than --from")]
    EndsBeforeItBegins,
    #[error("the maintenance would be over already: --until must be later than now, {0}")]
    Over(Timestamp),
    #[error("--text must have 1 to {TEXT_CHARS_MAX} characters")]
    Text,
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn key() -> ItemKey {
    ItemKey::new("maintenance", "row")
}

/// Announces maintenance, in place of what was announced before. The pages show it until it is over.
///
/// # Errors
/// [`MaintenanceError`].
pub async fn announce(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    notice: &Maintenance,
) -> Result<(), MaintenanceError> {
    let chars = notice.text.trim().chars().count();
    if notice.until <= notice.from {
        return Err(MaintenanceError::EndsBeforeItBegins);
    }
    if notice.until <= now {
        return Err(MaintenanceError::Over(now));
    }
    if chars == 0 || chars > TEXT_CHARS_MAX {
        return Err(MaintenanceError::Text);
    }
    let writes = vec![
        Write::put(key(), None, notice, Expect::Any)?.expiring(notice.until),
        audit_write(ids, now, "cli", "maintenance_announced", &notice.when())?,
    ];
    Ok(store.commit(Commit::new(writes)).await?)
}

/// Takes the notice back; `false` where there is none.
///
/// # Errors
/// [`StoreError`].
pub async fn withdraw(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(notice) = planned(store, now).await? else {
        return Ok(false);
    };
    let gone = Write::Delete {
        key: key(),
        expect: Expect::Any,
    };
    let line = audit_write(ids, now, "cli", "maintenance_withdrawn", &notice.when())?;
    store.commit(Commit::new(vec![gone, line])).await?;
    Ok(true)
}

/// The maintenance that is to come or under way.
///
/// # Errors
/// [`StoreError`].
pub async fn planned(store: &dyn Store, now: Timestamp) -> Result<Option<Maintenance>, StoreError> {
    let item = store.get(&key()).await?;
    let notice: Option<Maintenance> = item.map(|item| item.read()).transpose()?;
    // The store deletes what is over when it has time.
    Ok(notice.filter(|notice| notice.until > now))
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::{CountedIds, MemoryStore};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn notice(from: &str, until: &str, text: &str) -> Maintenance {
        Maintenance {
            from: at(from),
            until: at(until),
            text: text.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_notice_stands_until_it_is_over_or_withdrawn() {
        let (store, ids) = (MemoryStore::default(), CountedIds::default());
        let now = at("2026-03-01T10:00:00Z");
        let night = notice(
            "2026-03-07T22:00:00Z",
            "2026-03-07T23:00:00Z",
            "A new release.",
        );
        announce(&store, &ids, now, &night).await.unwrap();
        assert_eq!(planned(&store, now).await.unwrap(), Some(night.clone()));
        let during = planned(&store, at("2026-03-07T22:30:00Z")).await.unwrap();
        assert_eq!(during, Some(night.clone()));
        assert_eq!(planned(&store, night.until).await.unwrap(), None);
        let later = notice(
            "2026-03-08T22:00:00Z",
            "2026-03-08T23:00:00Z",
            "A day later.",
        );
        announce(&store, &ids, now, &later).await.unwrap();
        assert_eq!(planned(&store, now).await.unwrap(), Some(later));
        assert!(withdraw(&store, &ids, now).await.unwrap());
        assert!(!withdraw(&store, &ids, now).await.unwrap());
        assert_eq!(planned(&store, now).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_notice_that_means_nothing_is_refused() {
        let (store, ids) = (MemoryStore::default(), CountedIds::default());
        let now = at("2026-03-01T10:00:00Z");
        let (early, late) = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
        let long = "a".repeat(TEXT_CHARS_MAX + 1);
        for (wrong, reason) in [
            (
                notice(late, early, "x"),
                "--until must be later than --from",
            ),
            (
                notice("2026-02-01T10:00:00Z", "2026-02-01T11:00:00Z", "x"),
                "over already",
            ),
            (notice(early, late, " "), "1 to 300 characters"),
            (notice(early, late, &long), "1 to 300 characters"),
        ] {
            let error = announce(&store, &ids, now, &wrong).await.unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
        assert_eq!(planned(&store, now).await.unwrap(), None);
    }
}
