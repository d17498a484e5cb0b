//! What the services' codes mean to us.

/// Whether the service asks for patience: it did not do it, and may do it later.
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
