//! What the people who run Bookpath are told: alarms, notifications, latencies and costs.

pub mod alarms;
pub mod announce;
pub mod bill;
pub mod latency;
pub mod maintenance;
pub mod notifications;
