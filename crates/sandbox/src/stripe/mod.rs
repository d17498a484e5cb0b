//! A stand-in for Stripe: checkout sessions, payments and refunds with Stripe's own rules of idempotency.
//!
//! The first answer to an idempotency key is stored with its status, also a 500; the same key with other
//! parameters is an error; while a call is under way a second one with its key gets 409; after a day the key is
//! forgotten. A test can make it fail before or after it has done what was asked.

mod account;
mod api;
mod failure;
mod form;
mod page;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod webhooks;

use axum::Router;

pub use account::Stripe;
pub use failure::Failure;
pub use state::{Refund, Session};

impl Stripe {
    /// The API below `/v1` and the page below `/pay`.
    pub fn router(&self) -> Router {
        api::router(self.clone())
            .merge(page::router(self.clone()))
            .merge(webhooks::router(self.clone()))
    }
}
