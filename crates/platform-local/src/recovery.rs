//! Writes raw files again that a loss of power took from the page cache.
//!
//! The receiver answers when the log's transaction is on the disk; the raw file may still be in the page cache then.
//! The log holds the body byte for byte, so every acknowledged body can be written again.
//!
//! [`checkpoint_raw`] brings all raw files to the disk once a minute, so that a start has few of them to check.

use bookpath_app::inbox::delivery;
use bookpath_app::ports::{ObjectError, ObjectStore, StoreError};
use bookpath_domain::DeliveryStatus;
use bookpath_domain::Envelope;
use bookpath_domain::StreamRecord;
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use crate::Database;
use crate::objects::FileObjects;

/// Records per read: bounds the memory.
const PAGE: usize = 500;
/// The consumer whose place says up to which record the raw files are on the disk.
pub const SYNCED: &str = "raw-synced";

/// The recovery failed, and the process must not serve.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

/// Removes what a dead process left half written. Looks at the raw file of every record that is not known to be on
/// the disk, writes those that are missing or torn, and brings all of them to the disk. Returns how many had to be
/// written.
///
/// # Errors
/// [`RecoveryError`].
pub async fn recover_raw(database: &Database, objects: &FileObjects) -> Result<u64, RecoveryError> {
    objects.remove_left_over()?;
    let mut written = 0;
    loop {
        let page = database.unsynced(SYNCED, PAGE)?;
        let Some(last) = page.last().map(|(sequence, _)| *sequence) else {
            return Ok(written);
        };
        for (_, data) in &page {
            // The consumers make a dead letter of what is no stream record.
            let Ok(record) = serde_json::from_slice::<StreamRecord>(data) else {
                continue;
            };
            let envelope = &record.envelope;
            if !intact(objects, envelope).await? && !erased(database, envelope).await? {
                objects
                    .put(&record.envelope.raw_key, record.body.get().as_bytes())
                    .await?;
                written += 1;
            }
        }
        objects.sync_all().await?;
        database.synced(SYNCED, last).await?;
    }
}

/// Brings the raw files of everything that is on the log now to the disk.
///
/// # Errors
/// [`RecoveryError`].
pub async fn checkpoint_raw(
    database: &Database,
    objects: &FileObjects,
) -> Result<(), RecoveryError> {
    // A raw file is written before its record, so every file up to this record is at least in the page cache.
    let (last, known) = database.log_end(SYNCED)?;
    if last > known {
        objects.sync_all().await?;
        database.synced(SYNCED, last).await?;
    }
    Ok(())
}

async fn intact(objects: &FileObjects, envelope: &Envelope) -> Result<bool, ObjectError> {
    match objects.get(&envelope.raw_key).await {
        Ok(bytes) => Ok(hex::encode(Sha256::digest(&bytes)) == envelope.raw_sha256),
        Err(ObjectError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The body was emptied because its person was erased (X60).
async fn erased(database: &Database, envelope: &Envelope) -> Result<bool, StoreError> {
    let found = delivery::find(database, &envelope.delivery_id).await?;
    Ok(found.is_some_and(|(row, _)| row.status == DeliveryStatus::SkippedErased))
}

impl Database {
    fn log_end(&self, name: &str) -> Result<(i64, i64), StoreError> {
        self.read(|connection| {
            let sql = "SELECT coalesce((SELECT max(seq) FROM log), 0), coalesce((SELECT done FROM consumers WHERE name = ?1), 0)";
            connection.prepare_cached(sql)?.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    fn unsynced(&self, name: &str, limit: usize) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let sql =
                "SELECT seq, data FROM log WHERE seq > coalesce((SELECT done FROM consumers WHERE name = ?1), 0) ORDER BY seq LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params![name, limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    async fn synced(&self, name: &'static str, upto: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO consumers VALUES (?1, ?2, ?2) ON CONFLICT (name) DO UPDATE SET done = excluded.done, claimed = excluded.done";
        self.writer
            .custom(Box::new(move |connection| {
                connection.execute(sql, params![name, upto]).map(drop)
            }))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_app::ports::{Commit, LogEntry, Store as _};

    #[tokio::test]
    async fn lost_and_torn_raw_files_come_back_from_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path()).unwrap();
        let objects = FileObjects::new(dir.path().join("lake"));
        let body = "{ \"event\":  \"x\" }";
        let sha256 = hex::encode(Sha256::digest(body));
        for name in ["lost", "torn", "whole"] {
            let data = format!(
                "{{\"delivery_id\":\"{name}\",\"vendor\":\"calendly\",\"kind\":\"x\",\"resource_uri\":\"r\",\"version\":\"v\",\"occurred_at\":null,\
                 \"person_key\":\"p\",\"origin\":\"webhook\",\"received_at\":\"2026-03-01T00:00:00Z\",\"raw_key\":\"raw/calendly/d/{name}.json\",\
                 \"raw_sha256\":\"{sha256}\",\"body\":{body}}}"
            );
            let records = vec![LogEntry {
                partition_key: "p".to_owned(),
                data: data.into_bytes(),
            }];
            database
                .commit(Commit {
                    writes: Vec::new(),
                    records,
                })
                .await
                .unwrap();
        }
        objects
            .put("raw/calendly/d/torn.json", b"{ \"ev")
            .await
            .unwrap();
        objects
            .put("raw/calendly/d/whole.json", body.as_bytes())
            .await
            .unwrap();
        assert_eq!(recover_raw(&database, &objects).await.unwrap(), 2);
        for name in ["lost", "torn", "whole"] {
            assert_eq!(
                objects
                    .get(&format!("raw/calendly/d/{name}.json"))
                    .await
                    .unwrap(),
                body.as_bytes(),
                "{name}"
            );
        }
        assert_eq!(recover_raw(&database, &objects).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_a_dead_process_left_half_written_is_removed_after_an_hour() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path()).unwrap();
        let root = dir.path().join("lake");
        let objects = FileObjects::new(root.clone());
        objects.put("bronze/a/1.json", b"whole").await.unwrap();
        let temporary = root.join(".temporary");
        for (name, age_s) in [("7-0", 7200), ("7-1", 5)] {
            let file = std::fs::File::create(temporary.join(name)).unwrap();
            let at = std::time::SystemTime::now() - std::time::Duration::from_secs(age_s);
            file.set_modified(at).unwrap();
        }
        recover_raw(&database, &objects).await.unwrap();
        assert!(!temporary.join("7-0").exists());
        assert!(temporary.join("7-1").exists(), "somebody may be writing it");
        assert_eq!(objects.list("bronze/").await.unwrap(), ["bronze/a/1.json"]);
    }
}
