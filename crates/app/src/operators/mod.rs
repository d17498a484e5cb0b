//! What the people who run Bookpath are told: alarms, notifications and latencies.

pub mod alarms;
pub mod announce;
pub mod latency;
pub mod notifications;
