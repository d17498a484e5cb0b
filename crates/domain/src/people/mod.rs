//! Contacts: their addresses, and the figures of each one.

pub mod customer;
pub mod email;
pub mod name;
pub mod phone;
