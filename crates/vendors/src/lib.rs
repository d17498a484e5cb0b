//! The vendors' wire formats: signatures, envelopes and payloads, turned into core facts.
//!
//! Parsers read the real shapes in full, tolerate fields they do not know, and accept the field names of
//! the source documents as aliases (X28, X29). What is authentic but makes no sense is `Invalid`, never an
//! error that a vendor would retry.

pub mod bronze;
pub mod calendly;
pub mod close;
pub mod facts;
mod json;
pub mod parse;
pub mod signature;
pub mod sms;
pub mod stripe;
pub mod typeform;

pub use facts::{Reported, facts};
pub use parse::{Parsed, parse};
