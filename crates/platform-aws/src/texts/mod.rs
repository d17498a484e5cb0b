//! The text port on SNS and on End User Messaging.
//!
//! Neither knows an idempotency key, so a send is tried once, and every answer that leaves open whether the message
//! was taken is [`SendResult::Lost`].

#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sms")]
mod voice;

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bookpath_domain::texts::SendResult;
use jiff::{SignedDuration, Timestamp};

use crate::failure::{code, line, never_sent, throttled};

#[cfg(feature = "sns")]
pub use sns::{SnsSettings, SnsTexts};
#[cfg(feature = "sms")]
pub use voice::{VoiceSettings, VoiceTexts};

/// When to come again after a refusal for lack of capacity: the default throughput is one message a second.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// What a failed call says about the message. `passing` are the service's own codes for what an operator repairs.
fn failed<E>(error: &SdkError<E, HttpResponse>, passing: &[&str], now: Timestamp) -> SendResult
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let result = match error {
        SdkError::ConstructionFailure(_) => SendResult::Refused,
        SdkError::DispatchFailure(_) if never_sent(error) => SendResult::NotTaken {
            again_at: now + AGAIN,
        },
        SdkError::ServiceError(answer) => match code(error) {
            Some(code) if throttled(code) || passing.contains(&code) => SendResult::NotTaken {
                again_at: now + AGAIN,
            },
            // A server that failed may have failed after it took the message.
            _ if answer.raw().status().is_server_error() => SendResult::Lost,
            _ => SendResult::Refused,
        },
        _ => SendResult::Lost,
    };
    // The service's message may quote the number.
    let why = code(error).map_or_else(|| line(error), str::to_owned);
    tracing::warn!(error = why, result = result.name(), "a text was not sent");
    result
}

trait Named {
    fn name(&self) -> &'static str;
}

impl Named for SendResult {
    fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused => "refused",
            Self::Suppressed(reason) => reason.as_str(),
            Self::NotTaken { .. } => "not taken",
            Self::QuotaSpent => "quota_spent",
            Self::Lost => "lost",
        }
    }
}

#[cfg(test)]
#[cfg(all(feature = "sns", feature = "sms"))]
mod tests;
