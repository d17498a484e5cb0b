//! What every Lambda has in common: logs, configuration from the environment, batches, errors, routes.
//!
//! A function's `main.rs` wires adapters and calls one of [`run`], [`consume`] or [`serve`]; its logic is a use case
//! of `bookpath-app`, the same that `bookpath serve` calls. This crate knows no service of AWS and no use case.

mod batch;
mod environment;
mod error;
mod http;
mod logs;
mod run;

pub use batch::{BatchAnswer, KinesisBatch, SnsBatch, TableChanges};
pub use environment::{Environment, Missing, Wanted};
pub use error::FunctionError;
pub use http::{Edge, serve};
pub use logs::start_logs;
pub use run::{consume, run};

/// What ends a function's start: logged by [`run`] and its kin, never a panic.
pub type Error = lambda_runtime::Error;
