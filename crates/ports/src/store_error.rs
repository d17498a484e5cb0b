//! Why the operational store did not do what was asked.

/// The store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The condition of this write (by position) did not hold; nothing was written. Read again and decide anew.
    #[error("write {0} of the commit met another state")]
    Conflict(usize),
    /// Try again later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A bug, or data of another release.
    #[error("a stored row can't be read: {0}")]
    Corrupt(String),
    /// No store takes a commit like this: a bug.
    #[error("the store can't take this commit: {0}")]
    Refused(String),
}
