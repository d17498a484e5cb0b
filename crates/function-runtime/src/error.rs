//! Errors whose names the state machines match: `ErrorEquals` compares with the `error_type` given here.

use bookpath_app::ports::{LakeFailure, StoreError};
use bookpath_asl::TaskFailure;
use lambda_runtime::Diagnostic;

use crate::environment::Missing;

/// Why a call of a function failed, and by which name a state machine knows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct FunctionError {
    /// What `ErrorEquals` matches.
    pub error_type: String,
    /// One line for the operator, without personal data.
    pub message: String,
}

impl FunctionError {
    /// The event has the wrong shape for this function; a retry can't succeed.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            error_type: "ValidationError".to_owned(),
            message: message.into(),
        }
    }

    /// The function is not set up: an operator has to act.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self {
            error_type: "ConfigurationError".to_owned(),
            message: message.into(),
        }
    }

    /// The same call may pass later.
    pub fn transient(message: impl Into<String>) -> Self {
        Self {
            error_type: "TransientError".to_owned(),
            message: message.into(),
        }
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self {
            error_type: error.error_type,
            error_message: error.message,
        }
    }
}

impl From<TaskFailure> for FunctionError {
    fn from(failure: TaskFailure) -> Self {
        Self {
            error_type: failure.error,
            message: failure.cause,
        }
    }
}

impl From<LakeFailure> for FunctionError {
    fn from(failure: LakeFailure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            message: failure.to_string(),
        }
    }
}

impl From<StoreError> for FunctionError {
    fn from(error: StoreError) -> Self {
        LakeFailure::from(error).into()
    }
}

impl From<Missing> for FunctionError {
    fn from(missing: Missing) -> Self {
        Self::configuration(missing.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_machine_sees_the_name_that_it_matches() {
        for (error, name) in [
            (
                FunctionError::from(LakeFailure::Transient("x".to_owned())),
                "TransientError",
            ),
            (
                FunctionError::from(LakeFailure::Conflict("x".to_owned())),
                "CommitConflict",
            ),
            (
                FunctionError::from(StoreError::Unavailable("x".to_owned())),
                "TransientError",
            ),
            (
                FunctionError::from(StoreError::Corrupt("x".to_owned())),
                "SystemError",
            ),
            (
                FunctionError::from(TaskFailure {
                    error: "QualityError".to_owned(),
                    cause: "x".to_owned(),
                }),
                "QualityError",
            ),
            (
                FunctionError::from(Missing(vec!["X".to_owned()])),
                "ConfigurationError",
            ),
            (FunctionError::invalid("x"), "ValidationError"),
        ] {
            let wire = serde_json::to_value(Diagnostic::from(error)).unwrap();
            assert_eq!(wire["errorType"], name);
            assert!(
                wire["errorMessage"].as_str().unwrap().contains(['x', 'X']),
                "{wire}"
            );
        }
    }
}
