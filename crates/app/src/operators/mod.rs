//! What the people who run Bookpath are told: alarms and latencies.

pub mod alarms;
pub mod announce;
pub mod latency;
