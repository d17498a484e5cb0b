//! How calls fail when a test asks for it.

/// How the next call to a path fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 503 before anything is done; nothing is stored under the key.
    Unavailable,
    /// Done, stored, and answered with 500 for as long as the key is known.
    StoredError,
    /// Done and stored; the connection breaks before the answer.
    DropAfter,
    /// Done and stored; the connection breaks, and the next call with the key finds the first one still under way.
    InFlight,
    /// A refund that the bank takes its time for.
    Pending,
    /// Refused for good.
    Declined,
}
