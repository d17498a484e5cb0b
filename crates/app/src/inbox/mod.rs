//! Deliveries: received, deduplicated, listed, replayed, and kept when they fail.

pub mod admit;
pub mod archive;
pub mod consumers;
pub mod dead_letters;
mod dedupe;
pub mod delivery;
pub mod found;
pub mod keys;
pub mod limits;
pub(crate) mod quarantine;
pub mod receipt;
pub mod receive;
pub mod replay;
pub mod search;
mod stores;
#[cfg(test)]
mod tests;

pub use stores::Inbox;
