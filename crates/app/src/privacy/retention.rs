//! What no number is made of is deleted when its time is over: the nightly run asks for it.
//!
//! Texts, sessions, claims and reports carry their own end and go by themselves; tables and their versions are the lake's.

use bookpath_domain::config::RetentionConfig;
use bookpath_domain::{DeliveryStatus, Vendor};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::access::audit_before;
use crate::inbox::consumers::{REACT, WRITE_BRONZE};
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DeliveryRow};
use crate::inbox::quarantine::counts;
use crate::ports::{Commit, Expect, Item, ObjectStore, Query, Range, Store, StoreError, Write};

/// Below the 100 actions of a DynamoDB transaction.
const WRITES_MAX: usize = 90;
/// Items of one kind that one night deletes; the next night goes on.
const ITEMS_MAX: usize = 20_000;

/// What a night deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Deleted {
    pub audit_lines: usize,
    pub quarantined: usize,
    pub dead_letters: usize,
}

/// Deletes what is older than the rules keep. `objects` are removed with their rows; `None` where the object store does
/// that by its own rules.
///
/// # Errors
/// [`StoreError`]; the next night goes on.
pub async fn delete_old(
    store: &dyn Store,
    objects: Option<&dyn ObjectStore>,
    kept: &RetentionConfig,
    now: Timestamp,
) -> Result<Deleted, StoreError> {
    let before = |days| RetentionConfig::before(days, now);
    let audit = audit_before(before(kept.audit_days));
    let deleted = Deleted {
        audit_lines: delete(store, audit, None).await?,
        quarantined: quarantined(store, objects, before(kept.quarantine_days)).await?,
        dead_letters: letters(store, objects, before(kept.dead_letters_days)).await?,
    };
    if deleted != Deleted::default() {
        tracing::info!(?deleted, "what was older than the rules keep is gone");
    }
    Ok(deleted)
}

async fn quarantined(
    store: &dyn Store,
    objects: Option<&dyn ObjectStore>,
    until: Timestamp,
) -> Result<usize, StoreError> {
    let rows = delivery::before(DeliveryStatus::Quarantined, until);
    let deleted = delete(store, rows, objects).await?;
    let day = TimeZone::UTC.to_datetime(until).date().to_string();
    for vendor in Vendor::ALL {
        let counts = Query::prefix(counts(vendor), "", 1000);
        let items = store.query(&counts).await?.items;
        let old = items.into_iter().filter(|item| item.key.sk < day);
        remove(store, &old.collect::<Vec<_>>()).await?;
    }
    Ok(deleted)
}

/// Deletes the items of a range, and the bodies that they name where `objects` has them.
async fn delete(
    store: &dyn Store,
    range: Range,
    objects: Option<&dyn ObjectStore>,
) -> Result<usize, StoreError> {
    let mut query = Query {
        range,
        descending: false,
        limit: WRITES_MAX,
        after: None,
    };
    let mut deleted = 0;
    while deleted < ITEMS_MAX {
        let page = store.query(&query).await?;
        if let Some(objects) = objects {
            for item in &page.items {
                let row: DeliveryRow = item.read()?;
                let gone = objects.delete(&row.raw_key).await;
                gone.map_err(|e| StoreError::Unavailable(e.to_string()))?;
            }
        }
        remove(store, &page.items).await?;
        deleted += page.items.len();
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(deleted)
}

async fn remove(store: &dyn Store, items: &[Item]) -> Result<(), StoreError> {
    for part in items.chunks(WRITES_MAX) {
        let removal = |item: &Item| Write::Delete {
            key: item.key.clone(),
            expect: Expect::Any,
        };
        let commit = Commit::new(part.iter().map(removal).collect());
        store.commit(commit).await?;
    }
    Ok(())
}

/// The age of a dead letter is that of its delivery. A letter that names no delivery stays until an admin removes it.
async fn letters(
    store: &dyn Store,
    objects: Option<&dyn ObjectStore>,
    until: Timestamp,
) -> Result<usize, StoreError> {
    let mut deleted = 0;
    for consumer in [REACT, WRITE_BRONZE] {
        for letter in dead_letters::letters(store, consumer).await? {
            let Some(id) = letter.delivery_id.as_deref() else {
                continue;
            };
            let found = delivery::find(store, id).await?;
            if found.is_none_or(|(row, _)| row.received_at < until) {
                dead_letters::remove(store, objects, &letter).await?;
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::{MemoryObjects, MemoryStore};
    use jiff::SignedDuration;

    use super::*;
    use crate::access::{SoughtLines, audit_trail, audit_write};
    use crate::inbox::dead_letters::{letters as dead, writes};
    use crate::ports::{LogRecord, RandomIds};

    const DAYS: RetentionConfig = RetentionConfig {
        texts_days: 1,
        table_history_days: 1,
        quarantine_days: 3,
        dead_letters_days: 5,
        audit_days: 9,
    };

    fn day(n: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * n)
    }

    fn delivery_of_day(n: i64, status: DeliveryStatus) -> DeliveryRow {
        DeliveryRow {
            delivery_id: format!("d{n}"),
            vendor: Vendor::Calendly,
            kind: None,
            resource_uri: None,
            status,
            error_class: None,
            error: None,
            attempts: 0,
            received_at: day(n),
            raw_sha256: format!("{n:064}"),
            raw_key: format!("quarantine/calendly/{n}.json"),
            dedupe_key: None,
        }
    }

    async fn commit(store: &MemoryStore, writes: Vec<Write>) {
        store.commit(Commit::new(writes)).await.unwrap();
    }

    #[tokio::test]
    async fn each_kind_goes_when_its_own_time_is_over() {
        let (store, objects) = (MemoryStore::default(), MemoryObjects::default());
        for n in 0..10 {
            let line = audit_write(&RandomIds, day(n), "cli", "did", &n.to_string()).unwrap();
            let row = delivery_of_day(n, DeliveryStatus::Quarantined);
            objects.put(&row.raw_key, b"{}").await.unwrap();
            commit(&store, vec![line, row.write(Expect::Any).unwrap()]).await;
        }
        for (n, consumer) in [(20, REACT), (24, REACT), (21, WRITE_BRONZE)] {
            let row = delivery_of_day(n - 20, DeliveryStatus::Failed);
            let row = DeliveryRow {
                delivery_id: format!("l{n}"),
                ..row
            };
            let record = LogRecord {
                sequence: n.to_string(),
                data: format!(r#"{{"delivery_id":"l{n}"}}"#).into_bytes(),
            };
            let mut all = writes(&objects, consumer, &record, "why").await.unwrap();
            all.push(row.write(Expect::Any).unwrap());
            commit(&store, all).await;
        }
        let nobodys = LogRecord {
            sequence: "9".to_owned(),
            data: b"?".to_vec(),
        };
        let nobodys = writes(&objects, REACT, &nobodys, "why").await.unwrap();
        commit(&store, nobodys).await;

        let now = day(9) + SignedDuration::from_hours(1);
        let night = async |objects| delete_old(&store, objects, &DAYS, now).await.unwrap();
        let deleted = night(Some(&objects as &dyn ObjectStore)).await;
        let wanted = Deleted {
            audit_lines: 1,
            quarantined: 7,
            dead_letters: 2 + 1,
        };
        assert_eq!(deleted, wanted);
        assert_eq!(objects.list("quarantine/").await.unwrap().len(), 3);
        let kept = audit_trail(&store, &SoughtLines::default(), 100, None).await;
        assert_eq!(kept.unwrap().0.len(), 9);
        assert_eq!(dead(&store, REACT).await.unwrap().len(), 1);
        assert_eq!(dead(&store, WRITE_BRONZE).await.unwrap().len(), 0);
        assert_eq!(night(None).await, Deleted::default());
    }

    #[tokio::test]
    async fn what_is_not_over_stays_however_much_there_is() {
        let store = MemoryStore::default();
        for n in 0..200 {
            let at = day(1) + SignedDuration::from_secs(n);
            let line = audit_write(&RandomIds, at, "cli", "did", "it").unwrap();
            commit(&store, vec![line]).await;
        }
        let night = async |now| {
            delete_old(&store, None, &DAYS, now)
                .await
                .unwrap()
                .audit_lines
        };
        assert_eq!(night(day(10)).await, 0);
        assert_eq!(night(day(10) + SignedDuration::from_secs(100)).await, 100);
        assert_eq!(night(day(11)).await, 100);
    }
}
