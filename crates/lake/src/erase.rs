//! What an erasure needs of the tables: nothing of their past, and a search through all rows (X60).

use std::sync::Arc;

use arrow::json::LineDelimitedWriter;
use bookpath_app::ports::ByteSearch;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::vacuum::VacuumMode;
use deltalake::protocol::checkpoints;
use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::json;

use crate::error::Result;
use crate::lake::Lake;
use crate::maintain::At;
use crate::table::{AT, Table};
use bookpath_models::{Catalog, Model};

/// Later than any file, by whatever clock it was written.
const AFTER_ALL_MS: i64 = 253_402_207_200_000;

/// What a search through all rows found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Searched {
    /// Tables that were read.
    pub tables: usize,
    /// Rows that were read.
    pub rows: u64,
    /// Tables with a row in which it was found.
    pub hits: usize,
}

impl Lake {
    /// Removes everything but the newest version of every table: files that it does not name, and the log before it with
    /// the least and greatest values that it held. What was known before `now` can't be asked any more.
    ///
    /// Callers hold the lock of the lake's writers; a reader of an earlier version meets files that are gone.
    ///
    /// # Errors
    /// Whatever the store refuses; a second call finishes what was begun.
    pub async fn drop_history(&self, now: Timestamp) -> Result<u64> {
        self.pages.clear();
        let mut removed = 0;
        for model in Catalog::get()?.all() {
            let table = Table::open(self, model).await?;
            if table.version().is_some() {
                removed += self.drop_history_of(&table, now).await?;
            }
        }
        Ok(removed)
    }

    async fn drop_history_of(&self, table: &Table, now: Timestamp) -> Result<u64> {
        let noted = CommitProperties::default()
            .with_metadata([(AT.to_owned(), json!(now.as_millisecond()))]);
        let vacuum = table.inner.clone().vacuum();
        let vacuum = vacuum
            .with_mode(VacuumMode::Full)
            .with_retention_period(chrono::Duration::zero())
            .with_enforce_retention_duration(false)
            .with_clock(Arc::new(At(AFTER_ALL_MS)))
            .with_commit_properties(noted);
        let (newest, metrics) = vacuum.await.map_err(|e| table.failed(e))?;
        checkpoints::create_checkpoint(&newest, None)
            .await
            .map_err(|e| table.failed(e))?;
        let version = newest.version().unwrap_or_default();
        let log = newest.log_store();
        let cleaned = checkpoints::cleanup_expired_logs_for(version, &*log, AFTER_ALL_MS, None);
        let logs = cleaned.await.map_err(|e| table.failed(e))?;
        self.forget_commits(&table.model.path());
        Ok((metrics.files_deleted.len() + logs) as u64)
    }

    /// Looks for something in every value of every row, each row written as JSON.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn search(&self, found: &ByteSearch<'_>) -> Result<Searched> {
        let mut searched = Searched::default();
        for model in Catalog::get()?.all() {
            let (rows, hit) = self.search_table(model, found).await?;
            searched.tables += 1;
            searched.rows += rows;
            searched.hits += usize::from(hit);
        }
        Ok(searched)
    }

    /// How many rows a table has, and whether one of them holds what is looked for.
    async fn search_table(
        &self,
        model: &'static Model,
        found: &ByteSearch<'_>,
    ) -> Result<(u64, bool)> {
        let frame = self
            .session(&[model])
            .await?
            .table(model.name.as_str())
            .await?;
        let mut batches = frame.execute_stream().await?;
        let (mut rows, mut hit) = (0, false);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            let mut lines = LineDelimitedWriter::new(Vec::new());
            lines.write(&batch)?;
            lines.finish()?;
            hit |= found(&lines.into_inner());
        }
        Ok((rows, hit))
    }
}
