//! The vendors: one folder each, with its signature, the meaning of its payloads, and its API client.
//!
//! Parsers read the real shapes in full, tolerate fields they do not know, and accept the field names of
//! the source documents as aliases (X28, X29). What is authentic but makes no sense is `Invalid`, never an
//! error that a vendor would retry.

mod bronze_line;
pub mod calendly;
pub mod calls;
mod classified;
#[cfg(test)]
#[cfg(feature = "client")]
mod client_tests;
pub mod close;
pub mod erasing;
#[cfg(feature = "client")]
mod http_call;
mod json;
pub mod lists;
#[cfg(test)]
#[cfg(feature = "client")]
mod lists_tests;
mod parse;
mod readable;
mod registry;
mod reported;
pub mod signature;
pub mod sms;
mod source;
pub mod stripe;
pub mod typeform;
mod unreadable;

pub use bronze_line::{BronzeError, BronzeLine};
#[cfg(feature = "client")]
pub use calendly::client::CalendlyClient;
#[cfg(feature = "client")]
pub use calendly::lists::CalendlyLists;
#[cfg(feature = "client")]
pub use close::client::CloseClient;
#[cfg(feature = "client")]
pub use http_call::{ClientError, Secret};
pub use parse::{Parsed, parse};
pub use readable::readable;
pub use registry::{FactError, bronze_line, facts, verify};
pub use reported::Reported;
#[cfg(feature = "client")]
pub use stripe::client::StripeClient;
#[cfg(feature = "client")]
pub use stripe::lists::StripeLists;
#[cfg(feature = "client")]
pub use typeform::client::TypeformClient;
pub use unreadable::Unreadable;
