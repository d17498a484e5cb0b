//! The vendors' wire formats: signatures, envelopes and payloads, turned into core facts.
//!
//! Parsers read the real shapes in full, tolerate fields they do not know, and accept the field names of
//! the source documents as aliases (X28, X29). What is authentic but makes no sense is `Invalid`, never an
//! error that a vendor would retry.

pub mod bronze;
pub mod calendly;
pub mod calls;
#[cfg(test)]
#[cfg(feature = "client")]
mod client_tests;
pub mod close;
pub mod facts;
#[cfg(feature = "client")]
mod http_call;
mod json;
pub mod parse;
pub mod signature;
pub mod sms;
pub mod stripe;
pub mod typeform;

#[cfg(feature = "client")]
pub use calendly::client::CalendlyClient;
pub use facts::{Reported, facts};
#[cfg(feature = "client")]
pub use http_call::{ClientError, Secret};
pub use parse::{Parsed, parse};
#[cfg(feature = "client")]
pub use stripe::client::StripeClient;
