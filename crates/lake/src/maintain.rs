//! Upkeep by delta-rs: small files together, files that no version names away, checkpoints.

use std::num::NonZeroU64;
use std::sync::Arc;

use deltalake::operations::vacuum::Clock;
use deltalake::protocol::checkpoints;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::Result;
use crate::lake::Lake;
use crate::table::Table;
use bookpath_models::Catalog;

/// Files of this size are not put together any more: a row that changes costs a file.
const FILE_BYTES: NonZeroU64 = NonZeroU64::new(4 * 1024 * 1024).unwrap();

/// A table of more small files than this gets them put together.
const SMALL_FILES_MAX: usize = 8;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MaintainReport {
    /// Small files that were put together.
    pub compacted_files: u64,
    /// Objects that were removed.
    pub removed_objects: u64,
    /// Checkpoints that were written.
    pub checkpoints: u64,
}

/// The run's clock for delta-rs.
#[derive(Debug)]
pub(crate) struct At(pub(crate) i64);

impl Clock for At {
    fn current_timestamp_millis(&self) -> i64 {
        self.0
    }
}

impl Lake {
    /// Puts small files together, writes checkpoints, and removes what no version has named for `retention`.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn maintain(
        &self,
        now: Timestamp,
        retention: SignedDuration,
    ) -> Result<MaintainReport> {
        let mut report = MaintainReport::default();
        for model in Catalog::get()?.all() {
            let mut table = Table::open(self, model).await?;
            if table.version().is_none() {
                continue;
            }
            if table.files()?.len() > SMALL_FILES_MAX {
                let (inner, metrics) = table
                    .inner
                    .clone()
                    .optimize()
                    .with_target_size(FILE_BYTES)
                    .await
                    .map_err(|e| table.failed(e))?;
                report.compacted_files += metrics.num_files_removed;
                table.inner = inner;
            }
            checkpoints::create_checkpoint(&table.inner, None)
                .await
                .map_err(|e| table.failed(e))?;
            checkpoints::cleanup_metadata(&table.inner, None)
                .await
                .map_err(|e| table.failed(e))?;
            report.checkpoints += 1;
            let keep = chrono_duration(retention);
            let vacuum = table
                .inner
                .clone()
                .vacuum()
                .with_retention_period(keep)
                .with_enforce_retention_duration(false);
            let vacuum = vacuum.with_clock(Arc::new(At(now.as_millisecond())));
            let (_, metrics) = vacuum.await.map_err(|e| table.failed(e))?;
            report.removed_objects += metrics.files_deleted.len() as u64;
        }
        Ok(report)
    }
}

fn chrono_duration(duration: SignedDuration) -> chrono::Duration {
    chrono::Duration::milliseconds(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
