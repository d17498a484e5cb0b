//! A table as it stood at an instant: by the clock that each commit of ours notes.

use deltalake::DeltaTable;
use deltalake::kernel::Action;
use deltalake::logstore::get_actions;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::commits::CommitTime;
use super::opened::Transactions;
use super::{AS_OF, AT, Table, log_store};
use crate::error::{LakeError, Result};
use crate::lake::Lake;
use bookpath_models::Model;

/// Commits that are read at the same time.
const READS: usize = 16;

impl Table {
    /// The commits before `end`, newest first, at most `count`. Fewer when older ones are no longer in the log.
    pub(crate) async fn commits_before(&self, end: i64, count: usize) -> Result<Vec<CommitTime>> {
        let first = end.saturating_sub(i64::try_from(count).unwrap_or(i64::MAX));
        let wanted: Vec<i64> = (first.max(0)..end).rev().collect();
        let path = self.model.path();
        let known = self.lake.commits(&path);
        let read = stream::iter(wanted)
            .map(|version| {
                let known = known.get(&version).copied();
                async move {
                    match known {
                        Some(commit) => Ok(Some(commit)),
                        None => self.commit_time(version).await,
                    }
                }
            })
            .buffered(READS);
        let found: Vec<Option<CommitTime>> = read.try_collect().await?;
        let found: Vec<CommitTime> = found.into_iter().map_while(|commit| commit).collect();
        self.lake.note_commits(&path, &found);
        Ok(found)
    }

    async fn commit_time(&self, version: i64) -> Result<Option<CommitTime>> {
        let number = u64::try_from(version).unwrap_or(0);
        let entry = self.inner.log_store().read_commit_entry(number).await;
        let Some(entry) = entry.map_err(|e| self.failed(e))? else {
            return Ok(None);
        };
        let actions = get_actions(number, &entry).map_err(|e| self.failed(e))?;
        Ok(Some(of_commit(version, &actions)))
    }

    /// The version that was current at `at`; `None` when there was none, or none that the log still has.
    pub(crate) async fn version_at(&self, at: Timestamp) -> Result<Option<i64>> {
        let Some(newest) = self.version() else {
            return Ok(None);
        };
        let mut end = newest + 1;
        while end > 0 {
            let commits = self.commits_before(end, READS).await?;
            let current = commits.iter().find(|c| c.at_ms <= at.as_millisecond());
            if let Some(commit) = current {
                return Ok(Some(commit.version));
            }
            match commits.last() {
                Some(oldest) => end = oldest.version,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The table as it stood at `at`. One that did not exist yet has no version.
    ///
    /// # Errors
    /// [`LakeError::VersionGone`] when the log of that time is gone.
    pub(crate) async fn open_at(lake: &Lake, model: &'static Model, at: Timestamp) -> Result<Self> {
        let newest = Self::open_newest(lake, model).await?;
        let Some(version) = newest.version_at(at).await? else {
            return newest.before_all(lake, at).await;
        };
        newest.at_version(lake, version).await
    }

    async fn at_version(self, lake: &Lake, version: i64) -> Result<Self> {
        if Some(version) == self.version() {
            return Ok(self);
        }
        self.unmade(lake)?.later(version).await
    }

    /// The table at a later version: of the log only what came in between is read.
    ///
    /// # Errors
    /// [`LakeError::VersionGone`] when the log has been cleaned up, also by another program.
    pub(crate) async fn later(&self, version: i64) -> Result<Self> {
        let mut later = self.clone();
        let number = u64::try_from(version).unwrap_or(0);
        if let Err(error) = later.inner.load_version(number).await {
            return Err(match self.failed(error) {
                LakeError::Delta { .. } => self.cleaned_up(version),
                other => other,
            });
        }
        later.transactions = Transactions::default();
        Ok(later)
    }

    /// The remembered commits name a version that the log no longer has. Forgets them.
    fn cleaned_up(&self, version: i64) -> LakeError {
        let path = self.model.path();
        let known = self.lake.commits(&path).get(&version).copied();
        self.lake.forget_commits(&path);
        let at = known.and_then(|commit| Timestamp::from_millisecond(commit.at_ms).ok());
        LakeError::VersionGone {
            table: self.model.name.clone(),
            at: at.unwrap_or_default(),
        }
    }

    /// No version at `at` can be read: the table is younger, or its log was cleaned up.
    async fn before_all(&self, lake: &Lake, at: Timestamp) -> Result<Self> {
        let whole = match self.version() {
            None => true,
            // Asked of the log itself: what is remembered of it may be gone.
            Some(_) => self.commit_time(0).await?.is_some(),
        };
        if !whole {
            lake.forget_commits(&self.model.path());
            return Err(LakeError::VersionGone {
                table: self.model.name.clone(),
                at,
            });
        }
        self.unmade(lake)
    }

    /// The table before it was made.
    pub(crate) fn unmade(&self, lake: &Lake) -> Result<Self> {
        Ok(Self {
            inner: DeltaTable::new(log_store(lake, self.model)?),
            transactions: Transactions::default(),
            ..self.clone()
        })
    }
}

/// The note of our own commits; of others the clock of their machine.
fn of_commit(version: i64, actions: &[Action]) -> CommitTime {
    let info = actions.iter().find_map(|action| match action {
        Action::CommitInfo(info) => Some(info),
        _ => None,
    });
    let noted = info.and_then(|info| info.info.get(AT)?.as_i64());
    let rows_changed = actions.iter().any(|action| match action {
        Action::Add(add) => add.data_change,
        Action::Remove(remove) => remove.data_change,
        _ => false,
    });
    // The commit that makes a table has no row: it is as old as anything.
    let made = i64::MIN;
    let at_ms = match (noted, rows_changed || version > 0) {
        (Some(at), _) => at,
        (None, true) => info.and_then(|info| info.timestamp).unwrap_or(made),
        (None, false) => made,
    };
    let as_of = actions.iter().find_map(|action| match action {
        Action::Txn(noted) if noted.app_id == AS_OF => Some(noted.version),
        _ => None,
    });
    CommitTime {
        version,
        at_ms,
        rows_changed,
        as_of,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_commit_is_of_the_runs_clock_and_the_first_one_of_no_time() {
        let actions = |lines: &[serde_json::Value]| -> Vec<Action> {
            let read = |line: &serde_json::Value| serde_json::from_value(line.clone()).unwrap();
            lines.iter().map(read).collect()
        };
        let add = json!({"add": {"path": "f", "partitionValues": {}, "size": 1, "modificationTime": 1, "dataChange": true}});
        let ours = json!({"commitInfo": {"timestamp": 9, "bookpath.at": 5}});
        let as_of = json!({"txn": {"appId": AS_OF, "version": 7}});
        let theirs = json!({"commitInfo": {"timestamp": 9}});
        let own = of_commit(3, &actions(&[ours, as_of, add.clone()]));
        assert_eq!((own.at_ms, own.as_of), (5, Some(7)));
        let foreign = of_commit(3, &actions(&[theirs.clone(), add]));
        assert_eq!((foreign.at_ms, foreign.rows_changed), (9, true));
        assert_eq!(foreign.as_of, None);
        assert_eq!(of_commit(0, &actions(&[theirs])).at_ms, i64::MIN);
    }
}
