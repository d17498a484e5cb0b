//! HTTP clients of the vendors: one call each, with its timeout, its limit and its kind of failure.
//!
//! Nothing is retried here: the outbox does that, where every try is counted and survives a restart.

mod calendly;
mod http;
mod statement;
mod stripe;
#[cfg(test)]
mod tests;

pub use calendly::CalendlyClient;
pub use http::{ClientError, Secret};
pub use stripe::StripeClient;
