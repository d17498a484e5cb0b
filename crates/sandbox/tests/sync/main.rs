//! The syncs against the stand-ins over HTTP: pages, rate limits, failures half-way, data that changes between pages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod calendly;
mod caretaker;
mod close;
mod crash;
mod large;
mod stripe;
mod subscriptions;
mod typeform;
mod world;
