//! What is measured of a function.

use std::time::Duration;

/// One round of one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// From the start of the process to its first question for an event.
    pub(crate) init: Duration,
    /// The first call.
    pub(crate) first: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Of the process, per call.
    pub(crate) cpu: Duration,
    /// At the end; the peak of the process.
    pub(crate) rss_kib: u64,
    /// Requests to the services, per call.
    pub(crate) requests: u64,
}
