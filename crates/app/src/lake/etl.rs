//! Bronze to silver to gold: the steps that `bookpath etl`, the state machine and the Lambdas share.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::people::resolved::Resolved;
use jiff::Timestamp;
use serde::Serialize;

use crate::bronze::register;
use crate::lake::last_runs::{LastRuns, computed, last_runs, remember};
use crate::lake::payments;
use crate::lake::runs::add;
use crate::people::{Resolutions, alerts, directory, known};
use crate::ports::{Clock, Computed, LakeEngine, LakeFailure, RebuildScope, Store, TableRuns};
use crate::privacy::{rebuild_due, tombstones};

pub use crate::lake::last_runs::{as_of, as_of_at};

/// What the steps work with. Callers hold the ETL lock.
#[derive(Clone)]
pub struct Etl {
    pub store: Arc<dyn Store>,
    pub lake: Arc<dyn LakeEngine>,
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<BusinessConfig>,
    /// Where the people of a run are kept for the questions that follow it in the same process.
    pub resolutions: Option<Arc<Resolutions>>,
}

impl std::fmt::Debug for Etl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Etl").finish_non_exhaustive()
    }
}

/// What a whole run did, per table: the answer of `bookpath etl --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EtlReport {
    pub as_of: Timestamp,
    pub tables: TableRuns,
}

impl Etl {
    /// Both steps. `as_of` is the instant to answer for.
    ///
    /// # Errors
    /// [`LakeFailure`]; the next run finishes what was begun.
    pub async fn run(
        &self,
        as_of: Timestamp,
        again: impl Into<RebuildScope>,
    ) -> Result<EtlReport, LakeFailure> {
        let again = again.into();
        let mut tables = self.refine(as_of, &again).await?;
        add(&mut tables, self.compute(as_of, &again).await?);
        Ok(EtlReport { as_of, tables })
    }

    /// The instant of a scheduled run: `as_of`, or the last run's instant if that is later.
    ///
    /// # Errors
    /// [`LakeFailure`].
    pub async fn not_before_last(&self, as_of: Timestamp) -> Result<Timestamp, LakeFailure> {
        let last = last_runs(self.store.as_ref()).await?.refined;
        Ok(last.map_or(as_of, |last| last.max(as_of)))
    }

    /// Takes in every pending bronze object. Batch after batch, each exactly once.
    ///
    /// # Errors
    /// [`LakeFailure`].
    pub async fn refine(
        &self,
        as_of: Timestamp,
        again: &RebuildScope,
    ) -> Result<TableRuns, LakeFailure> {
        let started = self.clock.monotonic();
        let last = last_runs(self.store.as_ref()).await?;
        let back = *again == RebuildScope::Everything;
        if let Some(last) = last.refined.filter(|last| *last > as_of && !back) {
            let way = match again {
                RebuildScope::Table(_) => "--rebuild without --table",
                _ => "--rebuild",
            };
            return Err(LakeFailure::Refused(format!(
                "as_of {as_of} is before the last run's {last}; use {way} to go back"
            )));
        }
        let erased = rebuild_due(self.store.as_ref()).await?.map(|due| due.at);
        let rebuild = again.silver() || erased.is_some();
        let mut tables = self.take_in(as_of, rebuild).await?;
        add(
            &mut tables,
            payments::export(
                self.store.as_ref(),
                self.lake.as_ref(),
                rebuild,
                self.clock.now(),
            )
            .await?,
        );
        let refined = LastRuns {
            refined: Some(as_of),
            erased: erased.or(last.erased),
            ..last
        };
        remember(self.store.as_ref(), refined).await?;
        Ok(timed(tables, self.elapsed_ms(started)))
    }

    async fn take_in(&self, as_of: Timestamp, rebuild: bool) -> Result<TableRuns, LakeFailure> {
        let now = self.clock.now();
        let mut total = TableRuns::new();
        let mut batch = register::assign(self.store.as_ref()).await?;
        if rebuild {
            // All of bronze is read, so whatever is pending is in it.
            let number = batch.as_ref().map_or(0, |batch| batch.number);
            add(
                &mut total,
                self.lake.rebuild_silver(number, as_of, now).await?,
            );
            self.finish_all(batch.take()).await?;
            return Ok(total);
        }
        loop {
            add(
                &mut total,
                self.lake.refine(batch.as_ref(), as_of, now).await?,
            );
            let Some(done) = batch else { break };
            register::finish(self.store.as_ref(), &done).await?;
            batch = register::assign(self.store.as_ref()).await?;
            if batch.is_none() {
                break;
            }
        }
        Ok(total)
    }

    async fn finish_all(&self, first: Option<register::AssignedBatch>) -> Result<(), LakeFailure> {
        let mut batch = first;
        while let Some(done) = batch {
            register::finish(self.store.as_ref(), &done).await?;
            batch = register::assign(self.store.as_ref()).await?;
        }
        Ok(())
    }

    /// Brings gold up to silver, and the alerts of customers up to their figures.
    ///
    /// # Errors
    /// [`LakeFailure`].
    pub async fn compute(
        &self,
        as_of: Timestamp,
        again: &RebuildScope,
    ) -> Result<TableRuns, LakeFailure> {
        let started = self.clock.monotonic();
        let now = self.clock.now();
        let known = directory(self.store.as_ref()).await?;
        let last = last_runs(self.store.as_ref()).await?;
        let erased = rebuild_due(self.store.as_ref()).await?.map(|due| due.at);
        let again = erased.map_or(again, |_| &RebuildScope::Everything);
        let lake = &self.lake;
        let Computed { tables, people } = match again {
            RebuildScope::Everything => lake.rebuild_gold(&known, as_of, now).await?.into(),
            RebuildScope::Table(table) => {
                let made = lake.rebuild_table(table, &known, as_of, now).await?;
                made.into()
            }
            RebuildScope::Nothing => lake.compute(&known, as_of, now).await?,
        };
        if let (Some(kept), Some((sources, people))) = (&self.resolutions, &people) {
            kept.keep(sources.clone(), known, people.clone());
        }
        if let Some(seen) = erased.filter(|at| last.erased == Some(*at)) {
            self.lake.drop_history(now).await?;
            tombstones::rebuilt(self.store.as_ref(), seen, now).await?;
        }
        // A look back at an earlier instant is no news of the customers.
        if last.computed.is_none_or(|last| last <= as_of) {
            self.settle_alerts(people.map(|(_, people)| people), as_of, now)
                .await?;
        }
        computed(self.store.as_ref(), last, as_of, now).await?;
        Ok(timed(tables, self.elapsed_ms(started)))
    }

    /// `people`: as they were resolved for this run already.
    async fn settle_alerts(
        &self,
        people: Option<Arc<Resolved>>,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), LakeFailure> {
        let (store, lake) = (self.store.as_ref(), self.lake.as_ref());
        let people = match people {
            Some(people) => people,
            None => known(store, lake, &self.rules, as_of).await?.resolved,
        };
        alerts::settle(store, &people, now).await?;
        Ok(())
    }

    fn elapsed_ms(&self, started: std::time::Duration) -> u64 {
        u64::try_from(self.clock.monotonic().saturating_sub(started).as_millis())
            .unwrap_or(u64::MAX)
    }
}

/// The tables of a step are written together, so each takes the whole of its time.
fn timed(mut tables: TableRuns, duration_ms: u64) -> TableRuns {
    for run in tables.values_mut() {
        run.duration_ms = duration_ms;
    }
    tables
}
