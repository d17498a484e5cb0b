//! What the SDK's errors mean to us.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Whether the service asks for patience: it did not do it, and may do it later.
#[cfg(any(feature = "athena", feature = "sns", feature = "sms"))]
pub(crate) fn throttled(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingError"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "KMSThrottlingException"
            | "LimitExceededException"
    )
}

/// One line: the service's code and message, else what went wrong on the way. Never the request.
pub(crate) fn line<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(service) = error.as_service_error() {
        let status = error
            .raw_response()
            .map_or(0, |answer| answer.status().as_u16());
        let code = service.code().unwrap_or("no code");
        let message = service.message().unwrap_or("no message");
        return format!("{code}: {message} (status {status})");
    }
    format!("{error}: {}", innermost(error))
}

/// The service's code, where it answered with one.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}

/// Whether the request never left: no connection was made for it.
#[cfg(any(feature = "sns", feature = "sms"))]
pub(crate) fn never_sent(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return found.is_connect();
        }
        next = error.source();
    }
    false
}

/// The cause at the bottom: the outer sentences only say that there was no answer.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}
