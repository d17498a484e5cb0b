//! An execution: its current state and its data, as a value that can be stored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::choice::choose;
use crate::machine::Machine;
use crate::path::{self, PathError, Scope};
use crate::states::{Catcher, Fail, Pass, Resource, Retrier, State, Task, Wait};

/// A started execution. Its driver stores it after every change; a new process continues from what is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub id: String,
    pub started_at: Timestamp,
    /// Name of the current state.
    pub state: String,
    /// When the current state was entered, or its present attempt is due.
    pub entered_at: Timestamp,
    /// Attempts that failed, per retrier of the current state.
    attempts: Vec<u32>,
    /// Input of the current state.
    pub input: Value,
    outcome: Option<Outcome>,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "UPPERCASE")]
pub enum Outcome {
    Succeeded { output: Value },
    Failed { error: String, cause: String },
}

/// What an execution waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The driver makes this call, not before `due_at` (a retry waits), and passes the answer to [`Machine::resume`].
    Call {
        call: TaskCall,
        due_at: Timestamp,
    },
    /// At `until` the driver calls [`Machine::resume`] with `Ok(null)`.
    Wait {
        until: Timestamp,
    },
    Ended(Outcome),
}

/// A call that a task makes.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskCall {
    Function {
        name: String,
        payload: Value,
        timeout_seconds: Option<u32>,
    },
    Notify {
        topic: String,
        subject: Option<String>,
        message: Value,
    },
    /// A job of Glue; the answer is its run, once that has ended.
    Job {
        name: String,
        arguments: Value,
        timeout_seconds: Option<u32>,
    },
}

/// A failed call: `error` is what `ErrorEquals` matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    pub error: String,
    pub cause: String,
}

const RUNTIME_ERROR: &str = "States.Runtime";
const TIMEOUT: &str = "States.Timeout";
/// An execution that makes more transitions than this without a call or a wait fails: it is a loop.
const MAX_PURE_TRANSITIONS: usize = 1_000;

impl Machine {
    /// Starts an execution and runs it to its first call, wait or end.
    #[must_use]
    pub fn start(&self, id: String, input: Value, now: Timestamp) -> Execution {
        let state = self.definition.start_at.clone();
        let execution = Execution {
            id,
            started_at: now,
            state,
            entered_at: now,
            attempts: Vec::new(),
            input,
            outcome: None,
        };
        self.advance(execution, now)
    }

    /// What the execution waits for now.
    #[must_use]
    pub fn step(&self, execution: &Execution) -> Step {
        if let Some(outcome) = &execution.outcome {
            return Step::Ended(outcome.clone());
        }
        let context = context(execution);
        let scope = Scope {
            data: &execution.input,
            context: &context,
        };
        let step = match self.definition.states.get(&execution.state) {
            Some(State::Task(task)) => call(task, scope).map(|call| Step::Call {
                call,
                due_at: execution.entered_at,
            }),
            Some(State::Wait(wait)) => {
                wait_until(wait, scope, execution.entered_at).map(|until| Step::Wait { until })
            }
            _ => Err(PathError(format!(
                "the execution rests in `{}`, which is no task and no wait",
                execution.state
            ))),
        };
        step.unwrap_or_else(|PathError(cause)| {
            Step::Ended(Outcome::Failed {
                error: RUNTIME_ERROR.to_owned(),
                cause,
            })
        })
    }

    /// Continues with the answer of the call (`Ok(null)` after a wait) and runs to the next call, wait or end.
    #[must_use]
    pub fn resume(
        &self,
        mut execution: Execution,
        answer: Result<Value, TaskFailure>,
        now: Timestamp,
    ) -> Execution {
        if execution.outcome.is_some() {
            return execution;
        }
        if let Some(limit_s) = self.definition.timeout_seconds
            && now.duration_since(execution.started_at) > SignedDuration::from_secs(limit_s.into())
        {
            return end(
                execution,
                Outcome::Failed {
                    error: TIMEOUT.to_owned(),
                    cause: format!("the execution took over {limit_s} s"),
                },
            );
        }
        match self.definition.states.get(&execution.state) {
            Some(State::Wait(wait)) => {
                let input = execution.input.take();
                enter(&mut execution, wait.next.as_deref(), input, now);
                self.advance(execution, now)
            }
            Some(State::Task(task)) => {
                match answer.and_then(|result| task_output(task, &execution, &result)) {
                    Ok(output) => {
                        enter(&mut execution, task.next.as_deref(), output, now);
                        self.advance(execution, now)
                    }
                    Err(failure) => self.failed(task, execution, &failure, now),
                }
            }
            _ => execution,
        }
    }

    /// Runs states that neither call nor wait: Pass, Choice, Succeed, Fail.
    fn advance(&self, mut execution: Execution, now: Timestamp) -> Execution {
        for _ in 0..MAX_PURE_TRANSITIONS {
            if execution.outcome.is_some() {
                return execution;
            }
            let Some(state) = self.definition.states.get(&execution.state) else {
                break;
            };
            let moved = match state {
                State::Task(_) | State::Wait(_) => return execution,
                State::Succeed(_) => {
                    let output = execution.input.take();
                    return end(execution, Outcome::Succeeded { output });
                }
                State::Fail(fail) => {
                    let outcome = failure(fail, &execution);
                    return end(execution, outcome);
                }
                State::Pass(pass) => {
                    pass_output(pass, &execution).map(|output| (pass.next.clone(), output))
                }
                State::Choice(choice) => {
                    let context = context(&execution);
                    let scope = Scope {
                        data: &execution.input,
                        context: &context,
                    };
                    choose(choice, &execution.state, scope)
                        .map(|next| (Some(next), execution.input.clone()))
                }
            };
            match moved {
                Ok((next, output)) => enter(&mut execution, next.as_deref(), output, now),
                Err(PathError(cause)) => {
                    return end(
                        execution,
                        Outcome::Failed {
                            error: RUNTIME_ERROR.to_owned(),
                            cause,
                        },
                    );
                }
            }
        }
        end(
            execution,
            Outcome::Failed {
                error: RUNTIME_ERROR.to_owned(),
                cause: "the states go in a circle without a call or a wait".to_owned(),
            },
        )
    }

    /// Handles a failed call: by Retry, else by Catch, else the execution fails.
    fn failed(
        &self,
        task: &Task,
        mut execution: Execution,
        failure: &TaskFailure,
        now: Timestamp,
    ) -> Execution {
        if let Some(index) = task
            .retry
            .iter()
            .position(|r| covers(&r.error_equals, &failure.error))
        {
            execution.attempts.resize(task.retry.len(), 0);
            let retrier = &task.retry[index];
            let made = execution.attempts[index];
            if made < retrier.max_attempts {
                execution.attempts[index] = made + 1;
                execution.entered_at = now + delay(retrier, made);
                return execution;
            }
        }
        let Some(catcher) = task
            .catch
            .iter()
            .find(|c| covers(&c.error_equals, &failure.error))
        else {
            return end(
                execution,
                Outcome::Failed {
                    error: failure.error.clone(),
                    cause: failure.cause.clone(),
                },
            );
        };
        match caught(catcher, execution.input.take(), failure) {
            Ok(output) => {
                enter(&mut execution, Some(&catcher.next), output, now);
                self.advance(execution, now)
            }
            Err(PathError(cause)) => end(
                execution,
                Outcome::Failed {
                    error: RUNTIME_ERROR.to_owned(),
                    cause,
                },
            ),
        }
    }
}

fn end(mut execution: Execution, outcome: Outcome) -> Execution {
    execution.outcome = Some(outcome);
    execution
}

/// Moves to `next`; without one the execution succeeds.
fn enter(execution: &mut Execution, next: Option<&str>, input: Value, now: Timestamp) {
    execution.attempts.clear();
    execution.entered_at = now;
    match next {
        Some(next) => {
            next.clone_into(&mut execution.state);
            execution.input = input;
        }
        None => execution.outcome = Some(Outcome::Succeeded { output: input }),
    }
}

fn context(execution: &Execution) -> Value {
    json!({
        "Execution": { "Id": execution.id, "StartTime": execution.started_at },
        "State": { "Name": execution.state, "EnteredTime": execution.entered_at },
    })
}

fn call(task: &Task, scope: Scope<'_>) -> Result<TaskCall, PathError> {
    let filled = path::fill(&task.parameters, scope)?;
    let text = |name: &str| filled.get(name).and_then(Value::as_str).map(str::to_owned);
    let needed = |name: &str| {
        text(name).ok_or_else(|| PathError(format!("Parameters has no text `{name}`")))
    };
    match task.resource {
        Resource::LambdaInvoke => Ok(TaskCall::Function {
            name: needed("FunctionName")?,
            payload: filled.get("Payload").cloned().unwrap_or_else(|| json!({})),
            timeout_seconds: task.timeout_seconds,
        }),
        Resource::SnsPublish => Ok(TaskCall::Notify {
            topic: needed("TopicArn")?,
            subject: text("Subject"),
            message: filled.get("Message").cloned().unwrap_or(Value::Null),
        }),
        Resource::GlueStartJobRunSync => Ok(TaskCall::Job {
            name: needed("JobName")?,
            arguments: filled
                .get("Arguments")
                .cloned()
                .unwrap_or_else(|| json!({})),
            timeout_seconds: task.timeout_seconds,
        }),
    }
}

/// `lambda:invoke` answers `{"Payload": …}`; a ResultSelector picks from that, as on Step Functions.
fn task_output(task: &Task, execution: &Execution, result: &Value) -> Result<Value, TaskFailure> {
    let wrapped = match task.resource {
        Resource::LambdaInvoke => json!({ "Payload": result, "StatusCode": 200 }),
        Resource::SnsPublish | Resource::GlueStartJobRunSync => result.clone(),
    };
    let context = context(execution);
    let selected = match &task.result_selector {
        Some(template) => path::fill(
            template,
            Scope {
                data: &wrapped,
                context: &context,
            },
        ),
        None => Ok(wrapped),
    };
    selected
        .and_then(|selected| {
            path::put(
                execution.input.clone(),
                selected,
                task.result_path.as_deref(),
            )
        })
        .map_err(|PathError(cause)| TaskFailure {
            error: RUNTIME_ERROR.to_owned(),
            cause,
        })
}

fn wait_until(
    wait: &Wait,
    scope: Scope<'_>,
    entered_at: Timestamp,
) -> Result<Timestamp, PathError> {
    if let Some(path_text) = &wait.timestamp_path {
        let value = path::get(path_text, scope)?;
        let text = value
            .as_str()
            .ok_or_else(|| PathError(format!("`{path_text}` is no timestamp")))?;
        return text
            .parse()
            .map_err(|_| PathError(format!("`{path_text}` is no RFC 3339 timestamp: {text}")));
    }
    let seconds = match (&wait.seconds_path, wait.seconds) {
        (Some(path_text), _) => path::get(path_text, scope)?
            .as_u64()
            .and_then(|s| i64::try_from(s).ok())
            .ok_or_else(|| PathError(format!("`{path_text}` is no whole number of seconds")))?,
        (None, seconds) => i64::from(seconds.unwrap_or(0)),
    };
    entered_at
        .checked_add(SignedDuration::from_secs(seconds))
        .map_err(|_| PathError("the wait ends after the end of time".to_owned()))
}

fn pass_output(pass: &Pass, execution: &Execution) -> Result<Value, PathError> {
    let context = context(execution);
    let result = match (&pass.parameters, &pass.result) {
        (Some(template), _) => path::fill(
            template,
            Scope {
                data: &execution.input,
                context: &context,
            },
        )?,
        (None, Some(result)) => result.clone(),
        (None, None) => execution.input.clone(),
    };
    path::put(execution.input.clone(), result, pass.result_path.as_deref())
}

fn failure(fail: &Fail, execution: &Execution) -> Outcome {
    let context = context(execution);
    let scope = Scope {
        data: &execution.input,
        context: &context,
    };
    let read = |fixed: &Option<String>, at: &Option<String>| {
        let found = at
            .as_ref()
            .and_then(|at| path::get(at, scope).ok())
            .and_then(|v| v.as_str().map(str::to_owned));
        found.or_else(|| fixed.clone()).unwrap_or_default()
    };
    Outcome::Failed {
        error: read(&fail.error, &fail.error_path),
        cause: read(&fail.cause, &fail.cause_path),
    }
}

fn caught(catcher: &Catcher, input: Value, failure: &TaskFailure) -> Result<Value, PathError> {
    path::put(
        input,
        json!({ "Error": failure.error, "Cause": failure.cause }),
        catcher.result_path.as_deref(),
    )
}

/// Whether `ErrorEquals` matches: `States.ALL` matches every error, `States.TaskFailed` every error but a timeout.
fn covers(names: &[String], error: &str) -> bool {
    names.iter().any(|name| {
        name == error || name == "States.ALL" || (name == "States.TaskFailed" && error != TIMEOUT)
    })
}

/// The pause before the next attempt: interval × rate ^ attempts made, at most MaxDelaySeconds.
fn delay(retrier: &Retrier, made: u32) -> SignedDuration {
    let seconds = f64::from(retrier.interval_seconds)
        * retrier
            .backoff_rate
            .powi(i32::try_from(made).unwrap_or(i32::MAX));
    let capped = seconds.min(
        retrier
            .max_delay_seconds
            .map_or(f64::from(u32::MAX), f64::from),
    );
    SignedDuration::from_millis((capped * 1_000.0) as i64)
}
