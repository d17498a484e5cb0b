//! A lake in memory: rows of people and money that a test sets, and no tables.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bookpath_domain::people::sources::{Directory, Sources};
use bookpath_ports::{
    AssignedBatch, ByteSearch, ChangesAsked, Checked, Computed, LakeEngine, LakeFailure,
    LakeReader, PaymentEntry, Period, QualityCheck, RowFilter, RowKey, RowOrder, SpendEntry,
    SpendOutcome, TableChanges, TableMoment, TablePage, TableRow, TableRun, TableRuns, TableSearch,
    TableState,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A lake that knows what a test tells it.
#[derive(Debug, Default)]
pub struct MemoryLake {
    sources: Mutex<Arc<Sources>>,
    /// What it knew, by the instant of the run.
    past: Mutex<BTreeMap<Timestamp, Arc<Sources>>>,
}

impl MemoryLake {
    /// A lake with these rows.
    #[must_use]
    pub fn with_sources(sources: Sources) -> Self {
        let lake = Self::default();
        lake.set(sources);
        lake
    }

    /// Replaces the rows.
    pub fn set(&self, sources: Sources) {
        let mut kept = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Arc::new(sources);
    }

    /// Replaces the rows as a run at `at` does: what the lake knows from then on.
    pub fn run(&self, at: Timestamp, sources: Sources) {
        let sources = Arc::new(sources);
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.insert(at, sources.clone());
        let mut kept = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = sources;
    }
}

#[async_trait]
impl LakeReader for MemoryLake {
    async fn rows(
        &self,
        _table: &str,
        _filters: &[RowFilter],
        _limit: usize,
        _offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        Ok(Vec::new())
    }

    async fn keyed(
        &self,
        _table: &str,
        _keys: &[RowKey],
        _limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        Ok(Vec::new())
    }

    async fn list(
        &self,
        _table: &str,
        _filters: &[RowFilter],
        _order: Option<&RowOrder>,
        _page: (usize, usize),
    ) -> Result<TablePage, LakeFailure> {
        Ok(TablePage::default())
    }

    async fn period(
        &self,
        _table: &str,
        _period: &Period,
        _order: Option<&RowOrder>,
        _page: (usize, usize),
    ) -> Result<TablePage, LakeFailure> {
        Ok(TablePage::default())
    }

    async fn sources(&self) -> Result<Arc<Sources>, LakeFailure> {
        let kept = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.clone())
    }
}

#[async_trait]
impl LakeEngine for MemoryLake {
    async fn refine(
        &self,
        _batch: Option<&AssignedBatch>,
        _as_of: Timestamp,
        _now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        Ok(TableRuns::new())
    }

    async fn compute(
        &self,
        _directory: &Directory,
        _as_of: Timestamp,
        _now: Timestamp,
    ) -> Result<Computed, LakeFailure> {
        Ok(Computed::default())
    }

    async fn rebuild_silver(
        &self,
        _batch: i64,
        _as_of: Timestamp,
        _now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        Ok(TableRuns::new())
    }

    async fn rebuild_gold(
        &self,
        _directory: &Directory,
        _as_of: Timestamp,
        _now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        Ok(TableRuns::new())
    }

    async fn rebuild_table(
        &self,
        _table: &str,
        _directory: &Directory,
        _as_of: Timestamp,
        _now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        Ok(TableRuns::new())
    }

    async fn check(
        &self,
        _checked: Checked,
        _as_of: Timestamp,
        _max_age: SignedDuration,
    ) -> Result<Vec<QualityCheck>, LakeFailure> {
        Ok(Vec::new())
    }

    async fn maintain(&self, _now: Timestamp) -> Result<Value, LakeFailure> {
        Ok(Value::Null)
    }

    async fn drop_history(&self, _now: Timestamp) -> Result<(), LakeFailure> {
        Ok(())
    }

    async fn search(&self, _found: &ByteSearch<'_>) -> Result<TableSearch, LakeFailure> {
        Ok(TableSearch::default())
    }

    async fn append_ad_spend(
        &self,
        _entries: &[SpendEntry],
        _now: Timestamp,
    ) -> Result<SpendOutcome, LakeFailure> {
        Ok(SpendOutcome::default())
    }

    async fn preview_ad_spend(&self, _entries: &[SpendEntry]) -> Result<SpendOutcome, LakeFailure> {
        Ok(SpendOutcome::default())
    }

    async fn append_payments(
        &self,
        _entries: &[PaymentEntry],
        _gone: &[String],
        _now: Timestamp,
    ) -> Result<TableRun, LakeFailure> {
        Ok(TableRun::default())
    }

    fn known_at(&self, at: Timestamp) -> Arc<dyn LakeReader> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let then = past.range(..=at).next_back();
        let then = then.map_or_else(Arc::default, |(_, sources)| sources.clone());
        let sources = Mutex::new(then);
        let past = Mutex::default();
        Arc::new(Self { sources, past })
    }

    async fn moments(
        &self,
        _before: Option<Timestamp>,
        _limit: usize,
    ) -> Result<Vec<TableMoment>, LakeFailure> {
        Ok(Vec::new())
    }

    async fn changes(&self, _asked: &ChangesAsked<'_>) -> Result<TableChanges, LakeFailure> {
        let (found, next) = (Vec::new(), None);
        Ok(TableChanges { found, next })
    }

    async fn behind(
        &self,
        _table: &str,
        _key: &[(String, String)],
        _limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        Ok(Vec::new())
    }

    async fn tables(&self) -> Result<Vec<TableState>, LakeFailure> {
        Ok(Vec::new())
    }
}
