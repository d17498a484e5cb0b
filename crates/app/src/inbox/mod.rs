//! Deliveries: received, deduplicated, listed, replayed, and kept when they fail.

pub mod dead_letters;
pub mod delivery;
pub mod limits;
pub mod receive;
pub mod replay;
