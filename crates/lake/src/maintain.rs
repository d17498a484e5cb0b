//! The nightly sweep: small files together, objects that nothing names away.

use std::collections::HashSet;

use arrow::compute::concat_batches;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::delta::checkpoint;
use crate::delta::log::{DataFile, Edit, TableState};
use crate::error::Result;
use crate::gold::contacts;
use crate::gold::state::ComputeState;
use crate::lake::Lake;
use crate::parquet_io;
use crate::plan::{self, StepState};
use crate::refine::state::{RefineState, changes_key};
use crate::schema::Table;

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

impl Lake {
    /// Puts small files together, writes checkpoints, and removes what nothing has named for `retention`.
    ///
    /// Files of `silver.invitees` are put together once they are no longer recent ([`crate::Layout`]); gold needs no
    /// compaction: a run writes into the files that are there.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn maintain(
        &self,
        now: Timestamp,
        retention: SignedDuration,
    ) -> Result<MaintainReport> {
        let mut report = MaintainReport::default();
        let now_us = now.as_microsecond();
        let Some(mut refine) = plan::load::<RefineState>(&self.store).await? else {
            return Ok(report);
        };
        let compute = plan::load::<ComputeState>(&self.store)
            .await?
            .unwrap_or_default();
        let as_of = refine.as_of;
        let mut commits = Vec::new();
        for table in [Table::Rejected, Table::AdSpend, Table::Payments] {
            let state = match table {
                Table::Rejected => &mut refine.rejected,
                Table::AdSpend => &mut refine.ad_spend,
                _ => &mut refine.payments,
            };
            if state.files.len() > SMALL_FILES_MAX {
                report.compacted_files += state.files.len() as u64;
                commits.push(self.compact(table, state, as_of, now_us).await?);
            }
        }
        let invitees = &mut refine.invitees;
        if let Some((commit, files)) = self.put_together(invitees, as_of, now_us).await? {
            report.compacted_files += files;
            commits.push(commit);
        }
        if !commits.is_empty() {
            refine = plan::save(&self.store, refine, commits).await?;
        }
        for table in Table::ALL {
            let state = refine.table(table).or_else(|| compute.table(table));
            if let Some(state) = state.filter(|s| s.version > 0) {
                checkpoint::write(&self.store, table, state).await?;
                report.checkpoints += 1;
            }
        }
        report.removed_objects = self.sweep(&refine, &compute, now, retention).await?;
        Ok(report)
    }

    async fn compact(
        &self,
        table: Table,
        state: &mut TableState,
        as_of: i64,
        now: i64,
    ) -> Result<crate::delta::log::Commit> {
        let mut batches = Vec::with_capacity(state.files.len());
        for file in &state.files {
            batches.push(parquet_io::decode(
                self.store
                    .read(&format!("{}/{}", table.path(), file.path))
                    .await?,
            )?);
        }
        let batch = concat_batches(&table.arrow_schema(), &batches)?;
        let bytes = parquet_io::encode(&batch)?;
        let file = DataFile::new(state.version, &bytes, batch.num_rows() as u64, now);
        self.store
            .put(&format!("{}/{}", table.path(), file.path), bytes)
            .await?;
        let remove = state.files.iter().map(|f| f.path.clone()).collect();
        Ok(state.commit(
            table,
            Edit {
                add: vec![file],
                remove,
                txn: None,
                operation: "OPTIMIZE",
            },
            as_of,
            now,
        ))
    }

    /// Removes data files, runs, months and change sets that neither state names and that are older than `retention`.
    async fn sweep(
        &self,
        refine: &RefineState,
        compute: &ComputeState,
        now: Timestamp,
        retention: SignedDuration,
    ) -> Result<u64> {
        let mut named: HashSet<String> = HashSet::new();
        for table in Table::ALL {
            let files = refine
                .table(table)
                .or_else(|| compute.table(table))
                .map_or(&[][..], |s| s.files.as_slice());
            named.extend(files.iter().map(|f| format!("{}/{}", table.path(), f.path)));
        }
        named.extend(
            refine
                .index
                .objects()
                .chain(refine.dangling.objects())
                .chain(compute.contacts.objects())
                .map(str::to_owned),
        );
        named.extend(
            refine
                .rejected_objects
                .objects()
                .chain(refine.spend_objects.objects())
                .chain(refine.payment_ids.objects())
                .map(str::to_owned),
        );
        named.extend(compute.months.values().cloned());
        // The newest reset and all after it are what gold can be computed from again.
        named.extend(
            (refine.reset.max(1)..=refine.changes)
                .filter(|n| *n > compute.applied || *n == refine.reset)
                .map(changes_key),
        );
        let before_ms = now
            .checked_sub(retention)
            .map_or(i64::MIN, Timestamp::as_millisecond);
        let mut removed = 0;
        for prefix in [
            "silver",
            "gold",
            "state/index",
            "state/dangling",
            contacts::CHAINS,
            contacts::KNOWN,
            "state/rejects",
            "state/spend",
            "state/payments",
            "state/months",
            "state/changes",
        ] {
            for (key, _, modified_ms) in self.store.list(prefix).await? {
                if !named.contains(&key) && modified_ms < before_ms && !key.contains("/_delta_log/")
                {
                    self.store.delete(&key).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}
