//! What every Lambda has in common: logs, configuration, batches, errors, routes, the write lock of the lake.
//!
//! A function's `main.rs` wires adapters and calls one of [`run`], [`consume`] or [`serve`]; its logic is a use case
//! of `bookpath-app`, the same that `bookpath serve` calls.

mod batch;
mod environment;
mod error;
mod http;
mod lock;
mod logs;
#[cfg(feature = "effects")]
mod performer;
mod platform;
mod run;
#[cfg(feature = "effects")]
mod vendors;

pub use batch::{BatchAnswer, KinesisBatch, SnsBatch, TableChanges};
pub use environment::{Environment, Missing};
pub use error::FunctionError;
pub use http::serve;
pub use lock::LeaseLock;
pub use logs::start_logs;
#[cfg(feature = "effects")]
pub use performer::{Carriers, Reaction};
pub use platform::Platform;
pub use run::{consume, run};

/// What ends a function's start: logged by [`run`] and its kin, never a panic.
pub type Error = lambda_runtime::Error;
