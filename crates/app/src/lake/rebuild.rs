//! The run that an erasure asks for: silver and gold again from bronze, and nothing of their past.

use std::sync::Arc;

use async_trait::async_trait;

use super::etl::{Etl, as_of};
use crate::ports::{LakeFailure, WriteLock};
use crate::privacy::RebuildTables;

/// Runs the ETL under the lock of the lake's writers.
pub struct Rebuilder {
    pub etl: Etl,
    pub lock: Arc<dyn WriteLock>,
}

impl std::fmt::Debug for Rebuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rebuilder").finish_non_exhaustive()
    }
}

#[async_trait]
impl RebuildTables for Rebuilder {
    async fn rebuild(&self) -> Result<(), LakeFailure> {
        let guard = self.lock.take().await?;
        // The instant of the last run: no figure moves because somebody was erased (X61).
        let last = as_of(self.etl.store.as_ref()).await?;
        let at = last.unwrap_or_else(|| self.etl.clock.now());
        let run = self.etl.run(at, false).await;
        guard.release().await;
        run.map(drop)
    }
}
