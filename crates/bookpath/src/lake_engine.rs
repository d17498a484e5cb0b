//! The lake of one directory, and the lock of whoever writes to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::ports::{LakeFailure, WriteGuard, WriteLock};
use bookpath_embedded::lock::FileLock;
use bookpath_lake::engine::{Engine, failure};
use bookpath_lake::{Lake, LakeRules};

/// The lock of whoever writes to the tables.
pub(crate) const ETL_LOCK: &str = "etl";
/// How long a writer waits for another one (CONTRACT-DETAILS 15).
pub(crate) const ETL_WAIT: Duration = Duration::from_secs(60);

/// Opens `DIR/lake`.
pub(crate) fn open(dir: &Path, rules: LakeRules) -> Result<Engine, LakeFailure> {
    let lake = Lake::local(dir.join("lake")).map_err(failure)?;
    Ok(Engine::new(lake, rules, Arc::new(DirectoryLock(dir.to_owned()))))
}

/// The file lock of a directory, which ends with its process.
struct DirectoryLock(PathBuf);

struct Held(#[expect(dead_code, reason = "locks until it is dropped")] FileLock);

#[async_trait]
impl WriteLock for DirectoryLock {
    async fn take(&self) -> Result<Box<dyn WriteGuard>, LakeFailure> {
        let lock = FileLock::take(&self.0, ETL_LOCK, ETL_WAIT).await.map_err(|e| LakeFailure::Transient(e.to_string()))?;
        Ok(Box::new(Held(lock)))
    }
}

#[async_trait]
impl WriteGuard for Held {
    async fn release(self: Box<Self>) {
        drop(self);
    }
}
