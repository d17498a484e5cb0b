//! Stand-ins for the vendors' APIs and a demo business. Linked by `bookpath serve` and by tests, never by a Lambda.

pub mod calendly;
pub mod close;
pub mod demo;
mod page;
pub mod stripe;
pub mod trouble;
pub mod typeform;

pub use page::{escape, page};
