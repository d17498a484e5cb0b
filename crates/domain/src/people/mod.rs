//! Contacts: their addresses, and the figures of each one.

pub mod anonymize;
pub mod crm;
pub mod customer;
pub mod email;
pub mod erasure;
pub mod identity;
pub mod journey;
pub mod merged;
pub mod moves;
pub mod name;
pub mod person;
mod personal;
pub mod phone;
pub mod related;
pub mod resolved;
pub mod sources;
mod spellings;
