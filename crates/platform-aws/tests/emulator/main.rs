//! The ports on an emulated AWS hold what every implementation holds.
//!
//! `AWS_ENDPOINT_URL` is the emulator's address (`infra/emulator/stack.py start`); without it every test fails. Each
//! test makes a table, stream, bucket or machine of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod account;
mod athena;
mod carriers;
mod configuration;
mod flows;
mod objects;
mod store;
mod stream;
mod waits;
