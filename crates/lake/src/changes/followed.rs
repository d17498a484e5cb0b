//! A table that is followed from version to version, by the clocks of its commits.

use bookpath_models::Model;
use jiff::Timestamp;

use crate::error::Result;
use crate::history::gone;
use crate::lake::Lake;
use crate::table::commits::CommitTime;
use crate::table::{AS_OF, Table};

/// Commits that are read ahead.
const AHEAD: usize = 16;

/// A table at a version, and what is still to come of it.
pub(super) struct Followed {
    pub(super) table: Table,
    newest: Table,
    /// The last version that was passed; -1 before the first.
    passed: i64,
    /// The next commit that changed rows, where it was looked for and there is one.
    next: Option<CommitTime>,
    /// Clock of the last commit that was passed. One of another writer, whose clock is behind, counts as of then.
    reached_ms: i64,
}

/// A table that went on.
pub(super) struct Passed {
    pub(super) before: Table,
    /// The last commit that changed rows.
    pub(super) commit: CommitTime,
}

impl Followed {
    /// The table as it stood at an instant, or before it was made.
    pub(super) async fn at(
        lake: &Lake,
        model: &'static Model,
        at: Option<Timestamp>,
    ) -> Result<Self> {
        let newest = Table::open_newest(lake, model).await?;
        let table = match at {
            Some(at) => Table::open_at(lake, model, at).await?,
            None => newest.unmade(lake)?,
        };
        Ok(Self {
            newest,
            passed: table.version().unwrap_or(-1),
            table,
            next: None,
            reached_ms: i64::MIN,
        })
    }

    /// The next commit that changed rows, with the clock that it counts as of.
    pub(super) async fn next(&mut self) -> Result<Option<CommitTime>> {
        let newest = self.newest.version().unwrap_or(-1);
        while self.next.is_none() && self.passed < newest {
            let left = usize::try_from(newest - self.passed).unwrap_or_default();
            let count = left.min(AHEAD);
            let end = self.passed + 1 + i64::try_from(count).unwrap_or_default();
            let commits = self.newest.commits_before(end, count).await?;
            let next = commits.iter().rev().find(|commit| commit.rows_changed);
            match next {
                Some(commit) => self.next = Some(*commit),
                None => self.passed = end - 1,
            }
        }
        Ok(self.next.map(|commit| CommitTime {
            at_ms: commit.at_ms.max(self.reached_ms),
            ..commit
        }))
    }

    /// Goes on to what the table was at an instant. `None` where no row changed.
    pub(super) async fn pass(&mut self, until_ms: i64) -> Result<Option<Passed>> {
        let mut last = None;
        while let Some(commit) = self.next().await?.filter(|commit| commit.at_ms <= until_ms) {
            (self.next, self.passed, self.reached_ms) = (None, commit.version, commit.at_ms);
            last = Some(commit);
        }
        let Some(commit) = last else { return Ok(None) };
        let table = self.table.later(commit.version).await;
        let at = Timestamp::from_millisecond(commit.at_ms).unwrap_or_default();
        let table = table.map_err(|error| gone(error, self.table.model, at))?;
        let before = std::mem::replace(&mut self.table, table);
        Ok(Some(Passed { before, commit }))
    }

    /// The last commit up to here that changed rows, as far as the log still says: its clock, and the instant that the run
    /// answered for.
    pub(super) async fn last(&self) -> Result<Option<(i64, Option<i64>)>> {
        let mut end = self.passed + 1;
        while end > 0 {
            let commits = self.newest.commits_before(end, AHEAD).await?;
            if let Some(commit) = commits.iter().find(|commit| commit.rows_changed) {
                let as_of = match commit.as_of {
                    None => self.table.transaction(AS_OF).await?,
                    noted => noted,
                };
                return Ok(Some((commit.at_ms, as_of)));
            }
            let Some(oldest) = commits.last() else { break };
            end = oldest.version;
        }
        Ok(None)
    }
}
