//! The waits port on Step Functions.

use async_trait::async_trait;
use aws_sdk_sfn::Client;
use bookpath_app::ports::{CallError, Waits};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Session;
use crate::failure::{code, line};

/// Characters of an execution's name.
const NAME_CHARS_MAX: usize = 80;
/// Hexadecimal digits of the hash behind a name that had to be changed.
const HASH_CHARS: usize = 32;

/// Executions of one state machine.
#[derive(Debug, Clone)]
pub struct StateMachineWaits {
    client: Client,
    arn: String,
}

impl StateMachineWaits {
    /// The machine with this ARN.
    #[must_use]
    pub fn new(session: &Session, arn: impl Into<String>) -> Self {
        Self {
            client: Client::new(session.shared()),
            arn: arn.into(),
        }
    }
}

#[async_trait]
impl Waits for StateMachineWaits {
    /// Idempotency key: the execution's name, which Step Functions remembers for 90 days.
    async fn start(&self, id: &str, input: Value) -> Result<(), CallError> {
        let request = self
            .client
            .start_execution()
            .state_machine_arn(&self.arn)
            .name(name(id))
            .input(input.to_string());
        let Err(error) = request.send().await else {
            return Ok(());
        };
        match code(&error) {
            Some("ExecutionAlreadyExists") => Ok(()),
            Some("InvalidExecutionInput" | "InvalidName" | "ValidationException") => {
                Err(CallError::refused(line(&error)))
            }
            // Among them what an operator repairs: a machine that is not deployed yet, a missing permission.
            _ => Err(CallError::transient(line(&error))),
        }
    }
}

/// The id as a valid name. One that has to be changed ends in a hash, so that two ids never share a name.
fn name(id: &str) -> String {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !id.is_empty() && id.len() <= NAME_CHARS_MAX && id.chars().all(valid) {
        return id.to_owned();
    }
    let kept = id
        .chars()
        .take(NAME_CHARS_MAX - HASH_CHARS - 1)
        .map(|c| if valid(c) { c } else { '-' });
    let hash = hex::encode(Sha256::digest(id));
    format!("{}-{}", kept.collect::<String>(), &hash[..HASH_CHARS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_tell_ids_apart() {
        assert_eq!(name("follow-up_1"), "follow-up_1");
        let ids = [
            "https://api.calendly.com/a/b:follow_up",
            "https://api.calendly.com/a/b;follow_up",
            &"x".repeat(81),
            &"x".repeat(82),
            "",
        ];
        let names: std::collections::BTreeSet<String> = ids.iter().map(|id| name(id)).collect();
        assert_eq!(names.len(), ids.len());
        for name in names {
            assert!((1..=80).contains(&name.len()), "{name}");
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
                "{name}"
            );
        }
    }
}
