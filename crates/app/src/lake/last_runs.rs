//! The instants that the tables answer as of: of the last run, and of those that were the last one at an earlier time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Commit, Expect, IndexKey, ItemKey, Query, Range, Store, StoreError, Write};

/// Index partition of the runs, by their clock.
const RUNS: &str = "etl-runs";
/// Runs are kept for longer than the versions of the tables that they made: under a clock that is set no upkeep deletes these.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The instants of the last runs. A run that changed nothing is remembered too: the tables are as fresh as it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastRuns {
    pub(super) refined: Option<Timestamp>,
    pub(super) computed: Option<Timestamp>,
    /// The erasure after which silver was built again.
    #[serde(default)]
    pub(super) erased: Option<Timestamp>,
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

/// The instant that gold answered as of at `known_at`; `None` before the first run, and before the runs that are
/// remembered.
///
/// # Errors
/// [`StoreError`].
pub async fn as_of_at(
    store: &dyn Store,
    known_at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let query = Query {
        range: Range::Index {
            partition: RUNS.to_owned(),
            from: None,
            to: Some(sort_key(known_at)),
        },
        descending: true,
        limit: 1,
        after: None,
    };
    let newest = store.query(&query).await?.items.pop();
    newest.map(|item| item.read()).transpose()
}

pub(super) async fn last_runs(store: &dyn Store) -> Result<LastRuns, StoreError> {
    store
        .get(&last_runs_key())
        .await?
        .map_or(Ok(LastRuns::default()), |item| item.read())
}

pub(super) async fn remember(store: &dyn Store, runs: LastRuns) -> Result<(), StoreError> {
    let last = Write::put(last_runs_key(), None, &runs, Expect::Any)?;
    store.commit(Commit::new(vec![last])).await
}

/// Remembers that gold answers as of `as_of` from `now` on.
pub(super) async fn computed(
    store: &dyn Store,
    last: LastRuns,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let runs = LastRuns {
        computed: Some(as_of),
        ..last
    };
    let last = Write::put(last_runs_key(), None, &runs, Expect::Any)?;
    let key = ItemKey::new(format!("etl-run#{}", sort_key(now)), "row");
    let index = IndexKey {
        partition: RUNS.to_owned(),
        sort: sort_key(now),
    };
    let run = Write::put(key, Some(index), &as_of, Expect::Any)?.expiring(now + KEPT);
    store.commit(Commit::new(vec![last, run])).await
}

fn sort_key(at: Timestamp) -> String {
    format!("{at:.6}")
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn each_instant_has_the_run_that_was_the_last_one_then() {
        let store = MemoryStore::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(as_of(&store).await.unwrap(), None);
        for (now, judged) in [(10, 10), (20, 20), (30, 15)] {
            let last = last_runs(&store).await.unwrap();
            computed(&store, last, at(judged), at(now)).await.unwrap();
        }
        assert_eq!(as_of(&store).await.unwrap(), Some(at(15)));
        for (known_at, judged) in [(9, None), (10, Some(10)), (29, Some(20)), (99, Some(15))] {
            let then = as_of_at(&store, at(known_at)).await.unwrap();
            assert_eq!(then, judged.map(at), "{known_at}");
        }
    }
}
