//! What is asked of the changes, and what is answered.

use bookpath_domain::numbers::causes::Cause;
use bookpath_domain::numbers::month::Month;
use bookpath_domain::people::sources::Directory;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::input::LakeRules;

/// A value of a gold table that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Clock of the run that changed it.
    pub at: Timestamp,
    pub table: &'static str,
    pub key: Map<String, Value>,
    pub column: String,
    /// NULL also where the row is new.
    pub from: Value,
    /// NULL also where the row is gone.
    pub to: Value,
    pub cause: Cause,
}

/// Which changes are asked for.
#[derive(Debug, Clone, Copy)]
pub struct ChangesAsked<'a> {
    pub rules: &'a LakeRules,
    /// What the app itself knows of people.
    pub directory: &'a Directory,
    pub since: Timestamp,
    /// Values of the first run after `since` that are left out.
    pub skip: usize,
    /// Values that are looked for.
    pub limit: usize,
    /// Rows of the tables that are read to compare runs. The run in which it is reached is the last one.
    pub rows_max: usize,
    /// Months of these users only; `None` is everybody's.
    pub users: Option<&'a [String]>,
    /// Corrections only: of rows about a day or month before this one that were there before.
    pub corrected_before: Option<Month>,
}

/// A part of what changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// By time, table and key.
    pub found: Vec<Change>,
    /// The `since` and `skip` with which it goes on; `None` at the end.
    pub next: Option<(Timestamp, usize)>,
}
