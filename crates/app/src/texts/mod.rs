//! Conversations with customers.

pub mod conversations;
