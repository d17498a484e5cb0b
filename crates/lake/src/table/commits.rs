//! What is known of the commits of a table.

use std::collections::BTreeMap;

/// A commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommitTime {
    pub(crate) version: i64,
    pub(crate) at_ms: i64,
    /// It changed rows; upkeep does not.
    pub(crate) rows_changed: bool,
    /// The instant that the run answered for, microseconds; `None` of another writer.
    pub(crate) as_of: Option<i64>,
}

/// Commits of a table by version, as far as they were looked at.
pub(crate) type Commits = BTreeMap<i64, CommitTime>;
