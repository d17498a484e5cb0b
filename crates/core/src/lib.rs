//! The rules of Bookpath, pure: no async, no clock, no randomness, no environment, no network.
//!
//! Everything here is a function of its arguments, so every rule can be tested at any instant and in
//! any order of arrival. The crates above supply time, ids and storage.

pub mod access;
pub mod attendance;
pub mod bill;
pub mod booking;
pub mod channel;
pub mod config;
pub mod customer;
pub mod email;
pub mod envelope;
pub mod invitee;
pub mod ledger;
pub mod phone;
pub mod round;
pub mod sms;
pub mod snapshot;
#[cfg(test)]
mod testing;
pub mod vendor;

pub use attendance::{Attendance, AttendanceSource};
pub use config::BusinessConfig;
pub use envelope::{Delivery, DeliveryStatus, Envelope, ErrorClass, StreamRecord};
pub use vendor::Vendor;
