//! Conversations with customers.

pub mod conversations;
pub mod search;
pub mod what_if;
