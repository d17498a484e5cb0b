//! Time: what it is now, and waiting for it to pass.

use std::time::Duration;

use jiff::Timestamp;

/// The present instant. Virtual in tests, in the simulation and under `serve --clock`.
pub trait Clock: Send + Sync {
    /// The instant that every rule compares with.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment. It never runs backwards and ignores a set clock; rate limits measure
    /// with it.
    fn monotonic(&self) -> Duration;
}

/// Waiting, for as long as a vendor asks or a failed call needs.
#[async_trait::async_trait]
pub trait Pauses: Send + Sync {
    /// Returns after `time`. It ignores a set clock: a vendor's limit is one of real time.
    async fn pause(&self, time: Duration);
}
