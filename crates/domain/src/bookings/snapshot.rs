//! Which of two snapshots of the same invitee is the newer one.

use std::cmp::Ordering;

use jiff::Timestamp;

/// What orders the snapshots of one invitee uri (X3).
///
/// The greatest wins: by `updated_at`, then canceled over active, then a set no-show over none, then the
/// greater SHA-256 of the body, so that every order of arrival ends in the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotOrder<'a> {
    pub updated_at: Timestamp,
    pub canceled: bool,
    pub no_show: bool,
    /// Lower-case hex.
    pub sha256: &'a str,
}

impl Ord for SnapshotOrder<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.updated_at, self.canceled, self.no_show, self.sha256).cmp(&(
            other.updated_at,
            other.canceled,
            other.no_show,
            other.sha256,
        ))
    }
}

impl PartialOrd for SnapshotOrder<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
