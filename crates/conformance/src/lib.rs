//! What every implementation of a port holds, as functions over the port. `embedded` and `aws` both call them from
//! their tests; nothing else links this crate.
//!
//! A suite panics where the port does not hold. It needs a store, a stream or a bucket of its own: it looks at all of
//! it.

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
