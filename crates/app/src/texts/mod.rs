//! Conversations with customers.

pub mod conversations;
pub mod what_if;
