//! What people were resolved from last, by which a run sees that nothing has changed.

use bookpath_domain::people::sources::Directory;
use jiff::Timestamp;

use crate::input::LakeRules;
use crate::sources::read::Versions;

/// What people were resolved from last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Followed {
    pub(super) versions: Versions,
    pub(super) directory: Directory,
    pub(super) rules: LakeRules,
    pub(super) as_of: Timestamp,
}

impl Followed {
    /// Whether the rows that do not depend on time are the same.
    pub(super) fn same_people(&self, other: &Self) -> bool {
        self.versions == other.versions
            && self.directory == other.directory
            && self.rules == other.rules
    }
}
