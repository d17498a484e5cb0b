//! What every implementation of a port must do, as functions over the port. The tests of `platform-local` and
//! `platform-aws` call them; nothing else links this crate.
//!
//! A suite panics where the implementation is wrong. It reads all that is in the store, stream or bucket that it is
//! given, so that must hold nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

pub mod flows;
pub mod log;
pub mod objects;
pub mod store;
pub mod waits;
