//! The text port on SNS and on End User Messaging.
//!
//! Neither knows an idempotency key, so a send is tried once, and every answer that leaves open whether the message
//! was taken is [`SendResult::Lost`] (VENDOR-FACTS 5).

#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sms")]
mod voice;

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bookpath_core::sms::SendResult;
use jiff::{SignedDuration, Timestamp};

use crate::failure::{code, line, throttled};
use crate::http::never_sent;

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
        SdkError::DispatchFailure(_) if never_sent(error) => SendResult::NotTaken { again_at: now + AGAIN },
        SdkError::ServiceError(answer) => match code(error) {
            Some(code) if throttled(code) || passing.contains(&code) => SendResult::NotTaken { again_at: now + AGAIN },
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
            Self::NotTaken { .. } => "not taken",
            Self::Lost => "lost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Coded(ErrorMetadata);

    impl ProvideErrorMetadata for Coded {
        fn meta(&self) -> &ErrorMetadata {
            &self.0
        }
    }

    fn answered(status: u16, code: &str) -> SdkError<Coded, HttpResponse> {
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        SdkError::service_error(Coded(ErrorMetadata::builder().code(code).build()), response)
    }

    #[test]
    fn only_a_clear_no_is_a_no() {
        let now = Timestamp::UNIX_EPOCH;
        let of = |error| failed::<Coded>(&error, &["AccessDeniedException"], now);
        let again = SendResult::NotTaken { again_at: now + AGAIN };
        assert_eq!(of(answered(400, "InvalidParameter")), SendResult::Refused);
        assert_eq!(of(answered(400, "ThrottlingException")), again);
        assert_eq!(of(answered(403, "AccessDeniedException")), again);
        assert_eq!(of(answered(500, "InternalServerException")), SendResult::Lost);
        assert_eq!(of(SdkError::timeout_error("slow")), SendResult::Lost);
        assert_eq!(of(SdkError::dispatch_failure(ConnectorError::io("reset".into()))), SendResult::Lost);
    }

    #[tokio::test]
    async fn a_message_without_a_connection_was_not_sent() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let variable = |name: &str| Some(if name == "AWS_ENDPOINT_URL" { format!("http://{free}") } else { "x".to_owned() });
        let session = crate::Session::from_variables(variable).unwrap();
        let client = aws_sdk_sns::Client::new(session.unrepeated());
        let error = client.publish().phone_number("+14155550123").message("x").send().await.unwrap_err();
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(failed(&error, &[], now), SendResult::NotTaken { again_at: now + AGAIN });
    }
}
