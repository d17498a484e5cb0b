//! Where a booking came from.

pub mod channel;
pub mod tracking;
