//! Executions of a state machine that somebody waits for: the command line's side of Step Functions.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use bookpath_app::ports::CallError;
use serde_json::Value;

use crate::Session;
use crate::failure::line;

/// How an execution stands.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecutionState {
    Running,
    Succeeded { output: Value },
    Failed { error: String, cause: String },
}

/// One state machine.
#[derive(Debug, Clone)]
pub struct Executions {
    client: Client,
    arn: String,
}

impl Executions {
    /// The machine with this ARN.
    #[must_use]
    pub fn new(session: &Session, arn: impl Into<String>) -> Self {
        Self {
            client: Client::new(session.shared()),
            arn: arn.into(),
        }
    }

    /// Starts an execution of this name; its ARN.
    ///
    /// # Errors
    /// [`CallError`] with the service's word.
    pub async fn start(&self, name: &str, input: &Value) -> Result<String, CallError> {
        let request = self
            .client
            .start_execution()
            .state_machine_arn(&self.arn)
            .name(name)
            .input(input.to_string());
        request
            .send()
            .await
            .map(|answer| answer.execution_arn)
            .map_err(|e| CallError::transient(line(&e)))
    }

    /// How an execution stands now.
    ///
    /// # Errors
    /// [`CallError`] with the service's word.
    pub async fn state(&self, execution: &str) -> Result<ExecutionState, CallError> {
        let answer = self
            .client
            .describe_execution()
            .execution_arn(execution)
            .send()
            .await;
        let answer = answer.map_err(|e| CallError::transient(line(&e)))?;
        Ok(match answer.status {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ExecutionState::Running,
            ExecutionStatus::Succeeded => {
                let output = serde_json::from_str(answer.output.as_deref().unwrap_or("null"));
                ExecutionState::Succeeded {
                    output: output
                        .map_err(|e| CallError::refused(format!("the output is no JSON: {e}")))?,
                }
            }
            other => ExecutionState::Failed {
                error: answer.error.unwrap_or_else(|| other.as_str().to_owned()),
                cause: answer.cause.unwrap_or_default(),
            },
        })
    }
}
