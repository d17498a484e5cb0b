//! The consumers of the event log, by name: each one's place in the log and its dead letters are stored under it.

/// Keeps history: stream records become the bronze tier.
pub const WRITE_BRONZE: &str = "write-bronze";
/// Runs the business: stream records become bookings, texts and payments.
pub const REACT: &str = "react";
