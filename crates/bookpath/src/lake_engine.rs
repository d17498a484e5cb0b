//! The lake of one directory, and the lock of whoever writes to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::lake::rebuild::Rebuilder;
use bookpath_app::ports::{LakeFailure, WriteGuard, WriteLock};
use bookpath_app::privacy::RebuildTables;
use bookpath_lake::engine::{Engine, failure};
use bookpath_lake::{Lake, LakeRules};
use bookpath_platform_local::lock::FileLock;

/// The lock of whoever writes to the tables.
pub(crate) const ETL_LOCK: &str = "etl";
/// How long a writer of the lake waits for another one to finish.
pub(crate) const ETL_WAIT: Duration = Duration::from_secs(60);
/// How long a request waits for the tables. Those of a large lake are built after the answer.
const REBUILD_WAIT: Duration = Duration::from_secs(10);

/// Opens `DIR/lake`.
pub(crate) fn open(dir: &Path, rules: LakeRules) -> Result<Engine, LakeFailure> {
    let lake = Lake::local(dir.join("lake")).map_err(failure)?;
    Ok(Engine::new(
        lake,
        rules,
        Arc::new(DirectoryLock(dir.to_owned())),
    ))
}

/// The file lock of a directory, which ends with its process.
pub(crate) struct DirectoryLock(pub(crate) PathBuf);

struct Held(#[expect(dead_code, reason = "locks until it is dropped")] FileLock);

#[async_trait]
impl WriteLock for DirectoryLock {
    async fn take(&self) -> Result<Box<dyn WriteGuard>, LakeFailure> {
        let lock = FileLock::take(&self.0, ETL_LOCK, ETL_WAIT)
            .await
            .map_err(|e| LakeFailure::Transient(e.to_string()))?;
        Ok(Box::new(Held(lock)))
    }
}

#[async_trait]
impl WriteGuard for Held {
    async fn release(self: Box<Self>) {
        drop(self);
    }
}

/// Builds the tables again in a task of its own, which is waited for as long as a request may wait.
pub(crate) struct WaitingRebuilder(pub(crate) Arc<Rebuilder>);

#[async_trait]
impl RebuildTables for WaitingRebuilder {
    async fn rebuild(&self) -> Result<(), LakeFailure> {
        let rebuilder = self.0.clone();
        let task = tokio::spawn(async move { rebuilder.rebuild().await });
        match tokio::time::timeout(REBUILD_WAIT, task).await {
            Ok(Ok(built)) => built,
            Ok(Err(error)) => Err(LakeFailure::Broken(error.to_string())),
            Err(_) => Err(LakeFailure::Transient("it takes longer".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use bookpath_app::bookings::ledger;
    use bookpath_app::lake::payments;
    use bookpath_app::ports::{Commit, LakeReader as _, Store as _};
    use bookpath_domain::BusinessConfig;
    use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
    use bookpath_platform_local::Database;
    use jiff::Timestamp;

    use super::*;

    fn entry(n: i64) -> LedgerEntry {
        LedgerEntry {
            entry_id: format!("charge:{n:05}"),
            booking_id: "B".to_owned(),
            kind: EntryKind::Charge,
            reference: format!("pi_{n}"),
            amount_minor: 100,
            currency: "usd".to_owned(),
            occurred_at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(n),
            told_by: None,
        }
    }

    /// A rebuild hands a long ledger over page by page, each entry once, also to a lake that has part of it.
    #[tokio::test]
    async fn a_rebuild_pages_through_the_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let store = Database::open(dir.path()).unwrap();
        let engine = open(dir.path(), LakeRules::from(&BusinessConfig::default())).unwrap();
        let entries: Vec<LedgerEntry> = (0..2_345).map(entry).collect();
        for part in entries.chunks(45) {
            store
                .commit(Commit::new(ledger::writes(part).unwrap()))
                .await
                .unwrap();
        }
        let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24);
        for (commits, written) in [(3, 2_345), (0, 0)] {
            let runs = payments::export(&store, &engine, true, now).await.unwrap();
            let run = runs["silver.payments"];
            assert_eq!((run.commits, run.rows_written), (commits, written));
        }
        assert_eq!(ledger::news(&store, 10).await.unwrap(), []);
        let rows = engine
            .rows("silver.payments", &[], 10_000, 0)
            .await
            .unwrap();
        let ids: Vec<&str> = rows
            .iter()
            .map(|row| row["payment_id"].as_str().unwrap())
            .collect();
        assert_eq!(
            ids,
            entries
                .iter()
                .map(|entry| entry.entry_id.as_str())
                .collect::<Vec<_>>()
        );
    }
}
