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

/// The first line of the object. The second are the commits, which hardly ever have to be made again: they are not
/// read until then.
#[derive(Serialize, Deserialize)]
struct Known<S> {
    /// Key of the last commit; empty if there is none. Commits are made in order, so it stands for all.
    last: String,
    state: S,
}

/// The state after the last run, whose commits are all there when this returns. `None` before the first run.
pub(crate) async fn load<S: StepState>(store: &Store) -> Result<Option<S>> {
    let Some(bytes) = store.get(S::KEY).await? else {
        return Ok(None);
    };
    let (known, commits) = read::<S>(&bytes)?;
    if !known.last.is_empty() && !store.exists(&known.last).await? {
        let commits: Vec<Commit> =
            serde_json::from_slice(commits).map_err(|e| LakeError::state(S::KEY, e))?;
        make(store, &known.state, &commits).await?;
    }
    Ok(Some(known.state))
}

/// The state after the last run, for readers: nothing is written, a half-done run counts as done.
pub(crate) async fn peek<S: StepState>(store: &Store) -> Result<Option<S>> {
    let Some(bytes) = store.get(S::KEY).await? else {
        return Ok(None);
    };
    Ok(Some(read::<S>(&bytes)?.0.state))
}

/// The state, and the commits that made it as they are stored. A state names every file of its tables: it is read by
/// the quicker parser.
fn read<S: StepState>(bytes: &[u8]) -> Result<(Known<S>, &[u8])> {
    let end = memchr::memchr(b'\n', bytes)
        .ok_or_else(|| LakeError::state(S::KEY, "the second line is missing"))?;
    let known = sonic_rs::from_slice(&bytes[..end]).map_err(|e| LakeError::state(S::KEY, e))?;
    Ok((known, &bytes[end + 1..]))
}

/// Makes a run happen: its data files are written already.
pub(crate) async fn save<S: StepState>(store: &Store, state: S, commits: Vec<Commit>) -> Result<S> {
    let last = commits
        .last()
        .map_or_else(String::new, |commit| commit.key.clone());
    let known = Known { last, state };
    let mut bytes = serde_json::to_vec(&known).map_err(LakeError::internal)?;
    bytes.push(b'\n');
    serde_json::to_writer(&mut bytes, &commits).map_err(LakeError::internal)?;
    store.put(S::KEY, Bytes::from(bytes)).await?;
    make(store, &known.state, &commits).await?;
    Ok(known.state)
}

async fn make<S: StepState>(store: &Store, state: &S, commits: &[Commit]) -> Result<()> {
    for commit in commits {
        let body = Bytes::from(commit.body.clone().into_bytes());
        if !store.create(&commit.key, body.clone()).await? && store.read(&commit.key).await? != body
        {
            return Err(LakeError::ForeignCommit {
                table: commit.table.clone(),
                version: commit.version,
            });
        }
    }
    for commit in commits.iter().filter(|c| c.checkpoint) {
        let table = Table::parse(&commit.table)
            .ok_or_else(|| LakeError::state(S::KEY, "a commit of an unknown table"))?;
        if let Some(state) = state.table(table) {
            checkpoint::write(store, table, state).await?;
        }
    }
    Ok(())
}
