//! Where a booking came from.

pub mod channel;
