//! Random histories of bookings from a seed, the order in which they are delivered, and what gold must say of them.
//!
//! [`World::random`] makes the same history for the same seed. [`gold`] is computed the slow and obvious way, without
//! increments, state or SQL, so whatever it differs from is wrong. `bookpath simulate` plays worlds with faults, and the
//! acceptance suite plays them over HTTP.

mod calendly;
mod naive;
mod world;

pub use calendly::Invitee;
pub use naive::{GOLD, bookings, gold};
pub use world::{Delivery, World};
