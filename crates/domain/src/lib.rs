//! The rules of Bookpath, pure: no async, no clock, no randomness, no environment, no network.
//!
//! Everything here is a function of its arguments, so every rule can be tested at any instant and in
//! any order of arrival. The crates above supply time, ids and storage.

pub mod access;
pub mod bookings;
pub mod config;
pub mod inbox;
pub mod marketing;
pub mod money;
pub mod numbers;
pub mod people;
#[cfg(test)]
mod testing;
pub mod texts;
pub mod words;

pub use bookings::attendance::{Attendance, AttendanceSource};
pub use config::BusinessConfig;
pub use inbox::envelope::{Delivery, DeliveryStatus, Envelope, ErrorClass, StreamRecord};
pub use inbox::told::ToldBy;
pub use inbox::vendor::Vendor;
