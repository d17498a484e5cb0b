//! Contacts and their figures.

pub mod customers;
