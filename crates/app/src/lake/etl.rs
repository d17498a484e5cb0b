//! Bronze to silver to gold: the steps that `bookpath etl`, the state machine and the Lambdas share.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bronze::register;
use crate::lake::payments;
use crate::lake::runs::add;
use crate::ports::{
    Clock, Commit, Expect, ItemKey, LakeEngine, LakeFailure, Store, StoreError, TableRuns, Write,
};

/// What the steps work with. Callers hold the ETL lock.
#[derive(Clone)]
pub struct Etl {
    pub store: Arc<dyn Store>,
    pub lake: Arc<dyn LakeEngine>,
    pub clock: Arc<dyn Clock>,
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

/// The instants of the last runs. A run that changed nothing is remembered too: the tables are as fresh as it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LastRuns {
    refined: Option<Timestamp>,
    computed: Option<Timestamp>,
}

fn last_runs_key() -> ItemKey {
    ItemKey::new("etl", "as-of")
}

/// The instant that gold answers as of; `None` before the first run.
///
/// # Errors
/// [`StoreError`].
pub async fn as_of(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    Ok(last_runs(store).await?.computed)
}

async fn last_runs(store: &dyn Store) -> Result<LastRuns, StoreError> {
    store
        .get(&last_runs_key())
        .await?
        .map_or(Ok(LastRuns::default()), |item| item.read())
}

async fn remember(store: &dyn Store, runs: LastRuns) -> Result<(), StoreError> {
    store
        .commit(Commit::of(vec![Write::put(
            last_runs_key(),
            None,
            &runs,
            Expect::Any,
        )?]))
        .await
}

impl Etl {
    /// Both steps. `as_of` is the instant to answer for; `rebuild` starts from all of bronze.
    ///
    /// # Errors
    /// [`LakeFailure`]; the next run finishes what was begun.
    pub async fn run(&self, as_of: Timestamp, rebuild: bool) -> Result<EtlReport, LakeFailure> {
        let mut tables = self.refine(as_of, rebuild).await?;
        tables.extend(self.compute(as_of, rebuild).await?);
        Ok(EtlReport { as_of, tables })
    }

    /// Takes in every pending bronze object. Batch after batch, each exactly once.
    ///
    /// # Errors
    /// [`LakeFailure`].
    pub async fn refine(&self, as_of: Timestamp, rebuild: bool) -> Result<TableRuns, LakeFailure> {
        let started = self.clock.monotonic();
        let last = last_runs(self.store.as_ref()).await?;
        if let Some(last) = last.refined.filter(|last| *last > as_of && !rebuild) {
            return Err(LakeFailure::Refused(format!(
                "as_of {as_of} is before the last run's {last}; use --rebuild to go back"
            )));
        }
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
        remember(
            self.store.as_ref(),
            LastRuns {
                refined: Some(as_of),
                ..last
            },
        )
        .await?;
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

    /// Brings gold up to silver.
    ///
    /// # Errors
    /// [`LakeFailure`].
    pub async fn compute(&self, as_of: Timestamp, rebuild: bool) -> Result<TableRuns, LakeFailure> {
        let started = self.clock.monotonic();
        let now = self.clock.now();
        let tables = if rebuild {
            self.lake.rebuild_gold(as_of, now).await?
        } else {
            self.lake.compute(as_of, now).await?
        };
        let last = last_runs(self.store.as_ref()).await?;
        remember(
            self.store.as_ref(),
            LastRuns {
                computed: Some(as_of),
                ..last
            },
        )
        .await?;
        Ok(timed(tables, self.elapsed_ms(started)))
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
