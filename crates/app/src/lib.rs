//! The use cases of Bookpath over ports: no clock, no environment, no service of AWS, no HTTP.
//!
//! A Lambda and `bookpath serve` call the same use cases; they differ only in the adapters they put behind
//! [`ports`].

pub use bookpath_ports as ports;

pub mod access;
pub mod bookings;
pub mod bronze;
pub mod effects;
pub mod inbox;
pub mod lake;
pub mod numbers;
pub mod operators;
pub mod people;
pub mod privacy;
pub mod react;
pub mod sync;
pub mod texts;
pub mod workflows;

#[cfg(test)]
mod testing;
