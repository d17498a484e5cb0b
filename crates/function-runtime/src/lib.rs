//! What every Lambda has in common: logs, configuration from the environment, batches, errors, routes.
//!
//! A function's `main.rs` wires adapters and calls one of [`run`], [`consume`] or [`serve`]; its logic is a use case
//! of `bookpath-app`, the same that `bookpath serve` calls. This crate knows no service of AWS and no use case.

mod batch;
mod environment;
mod error;
mod http;
mod latencies;
mod logs;
mod run;
mod source;

pub use aws_lambda_events::sns::SnsEvent;
pub use aws_lambda_events::streams::DynamoDbEventResponse as TableChangesAnswer;
pub use batch::{TableChanges, stream_records, topic_messages};
pub use environment::{Environment, Missing, StartValues};
pub use error::FunctionError;
pub use http::{Edge, Site, serve};
pub use latencies::Latencies;
pub use logs::start_logs;
pub use run::{consume, run};
pub use source::Source;

/// What ends a function's start: logged by [`run`] and its kin, never a panic.
pub type Error = lambda_runtime::Error;
