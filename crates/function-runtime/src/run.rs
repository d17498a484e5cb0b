//! The loop of a function: an event in, an answer out.

use aws_lambda_events::kinesis::KinesisEvent;
use aws_lambda_events::streams::KinesisEventResponse;
use bookpath_app::ports::LogRecord;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::stream_records;
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
    run(async |batch: KinesisEvent| {
        let records = stream_records(batch);
        let total = records.len();
        let (failed, reason) = take(records).await;
        answer(total, failed, reason)
    })
    .await
}

/// Which records the event source hands over again: from the lowest named one on. A batch of which nothing was done is
/// an error, so that Lambda counts it: alarms and rollbacks see errors, not the answer in part.
fn answer(
    total: usize,
    failed: Vec<String>,
    reason: Option<String>,
) -> Result<KinesisEventResponse, FunctionError> {
    if let Some(reason) = reason {
        if total > 0 && failed.len() == total {
            return Err(FunctionError::transient(format!(
                "none of {total} records could be taken: {reason}"
            )));
        }
        tracing::warn!(total, failed = failed.len(), reason, "records have to wait");
    }
    let mut answer = KinesisEventResponse::default();
    answer.set_failures(failed);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sequences(numbers: &[&str]) -> Vec<String> {
        numbers.iter().map(|number| (*number).to_owned()).collect()
    }

    #[test]
    fn a_batch_done_in_part_names_what_is_left() {
        let wire = |answer| serde_json::to_value(answer).unwrap();
        let part = answer(3, sequences(&["7"]), Some("the store is away".to_owned())).unwrap();
        assert_eq!(
            wire(part),
            json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] })
        );
        let done = answer(3, Vec::new(), None).unwrap();
        assert_eq!(wire(done), json!({ "batchItemFailures": [] }));
    }

    #[test]
    fn a_batch_of_which_nothing_was_done_is_an_error() {
        let away = || Some("the store is away".to_owned());
        for (total, failed) in [(1, vec!["7"]), (2, vec!["7", "8"])] {
            let error = answer(total, sequences(&failed), away()).unwrap_err();
            assert_eq!(error.error_type, "TransientError");
            assert!(error.message.contains("the store is away"), "{error}");
        }
    }
}
