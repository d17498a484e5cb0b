//! The loop of a function: an event in, an answer out.

use bookpath_app::ports::LogRecord;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::{BatchAnswer, KinesisBatch};
use crate::error::FunctionError;

/// Answers events until the service ends the process. A failure is logged here, once, with its name.
///
/// # Errors
/// The runtime's own.
pub async fn run<I, O>(
    handler: impl AsyncFn(I) -> Result<O, FunctionError>,
) -> Result<(), crate::Error>
where
    I: DeserializeOwned + 'static,
    O: Serialize,
{
    let handler = &handler;
    let answer = async |event: LambdaEvent<I>| {
        let answer = handler(event.payload).await;
        if let Err(error) = &answer {
            tracing::error!(
                error_type = error.error_type,
                message = error.message,
                "the call failed"
            );
        }
        answer
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Consumes batches of the event stream. `take` answers which records to hand over again, and why.
///
/// # Errors
/// The runtime's own.
pub async fn consume(
    take: impl AsyncFn(Vec<LogRecord>) -> (Vec<String>, Option<String>),
) -> Result<(), crate::Error> {
    run(async |batch: KinesisBatch| {
        let records = batch.records();
        let total = records.len();
        let (failed, reason) = take(records).await;
        if let Some(reason) = reason {
            tracing::warn!(total, failed = failed.len(), reason, "records have to wait");
        }
        Ok(BatchAnswer::again(failed))
    })
    .await
}
