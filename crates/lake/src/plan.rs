//! A step's durable state, and how a half-done run is finished.
//!
//! A run writes its data files, then one object `state/<step>/current` that holds both the commits it is about to make
//! and the state after them, then the commits. From the moment that object is there the run has happened: whoever
//! comes next makes the commits that are missing. A commit is put only if its version is free.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::delta::checkpoint;
use crate::delta::log::{Commit, TableState};
use crate::error::{LakeError, Result};
use crate::schema::Table;
use crate::store::Store;

/// A step's state: it owns some tables.
pub(crate) trait StepState: Serialize + DeserializeOwned + Send + Sync {
    /// Key of the state object.
    const KEY: &'static str;

    /// What is known of a table of this step.
    fn table(&self, table: Table) -> Option<&TableState>;
}

#[derive(Serialize, Deserialize)]
struct Plan<S> {
    commits: Vec<Commit>,
    state: S,
}

/// The state after the last run, whose commits are all there when this returns. `None` before the first run.
pub(crate) async fn load<S: StepState>(store: &Store) -> Result<Option<S>> {
    let Some(plan) = read::<S>(store).await? else { return Ok(None) };
    // Commits are made in order, so the last one stands for all.
    if let Some(last) = plan.commits.last()
        && !store.exists(&last.key).await?
    {
        make(store, &plan).await?;
    }
    Ok(Some(plan.state))
}

/// The state after the last run, for readers: nothing is written, a half-done run counts as done.
pub(crate) async fn peek<S: StepState>(store: &Store) -> Result<Option<S>> {
    Ok(read::<S>(store).await?.map(|plan| plan.state))
}

/// A state names every file of its tables: it is read by the quicker parser.
async fn read<S: StepState>(store: &Store) -> Result<Option<Plan<S>>> {
    let Some(bytes) = store.get(S::KEY).await? else { return Ok(None) };
    sonic_rs::from_slice(&bytes).map(Some).map_err(|e| LakeError::state(S::KEY, e))
}

/// Makes a run happen: its data files are written already.
pub(crate) async fn save<S: StepState>(store: &Store, state: S, commits: Vec<Commit>) -> Result<S> {
    let plan = Plan { commits, state };
    let bytes = serde_json::to_vec(&plan).map_err(LakeError::internal)?;
    store.put(S::KEY, Bytes::from(bytes)).await?;
    make(store, &plan).await?;
    Ok(plan.state)
}

async fn make<S: StepState>(store: &Store, plan: &Plan<S>) -> Result<()> {
    for commit in &plan.commits {
        let body = Bytes::from(commit.body.clone().into_bytes());
        if !store.create(&commit.key, body.clone()).await? && store.read(&commit.key).await? != body {
            return Err(LakeError::ForeignCommit { table: commit.table.clone(), version: commit.version });
        }
    }
    for commit in plan.commits.iter().filter(|c| c.checkpoint) {
        let table = Table::parse(&commit.table).ok_or_else(|| LakeError::state(S::KEY, "a commit of an unknown table"))?;
        if let Some(state) = plan.state.table(table) {
            checkpoint::write(store, table, state).await?;
        }
    }
    Ok(())
}
