//! The states and fields that this runner knows. Every struct refuses an unknown field and names it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The file's top level.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Definition {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) start_at: String,
    /// The whole execution's limit, in seconds.
    pub(crate) timeout_seconds: Option<u32>,
    pub(crate) states: BTreeMap<String, State>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "Type")]
pub(crate) enum State {
    Task(Task),
    Choice(Choice),
    Wait(Wait),
    Pass(Pass),
    Succeed(#[expect(dead_code, reason = "read for its unknown fields only")] Succeed),
    Fail(Fail),
}

/// What a task calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Resource {
    #[serde(rename = "arn:aws:states:::lambda:invoke")]
    LambdaInvoke,
    #[serde(rename = "arn:aws:states:::sns:publish")]
    SnsPublish,
    #[serde(rename = "arn:aws:states:::glue:startJobRun.sync")]
    GlueStartJobRunSync,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Task {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) resource: Resource,
    pub(crate) parameters: Value,
    pub(crate) result_selector: Option<Value>,
    #[serde(default = "root")]
    pub(crate) result_path: Option<String>,
    /// Seconds. The runner passes the limit on; the caller of the function enforces it.
    pub(crate) timeout_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) retry: Vec<Retrier>,
    #[serde(default)]
    pub(crate) catch: Vec<Catcher>,
    pub(crate) next: Option<String>,
    #[serde(default)]
    pub(crate) end: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Retrier {
    pub(crate) error_equals: Vec<String>,
    #[serde(default = "one")]
    pub(crate) interval_seconds: u32,
    #[serde(default = "three")]
    pub(crate) max_attempts: u32,
    #[serde(default = "two")]
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Catcher {
    pub(crate) error_equals: Vec<String>,
    #[serde(default = "root")]
    pub(crate) result_path: Option<String>,
    pub(crate) next: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Choice {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) choices: Vec<Rule>,
    pub(crate) default: Option<String>,
}

/// Either one comparison with exactly one operator, or `And`: rules of which all must hold, looked at in their order.
/// Only the outermost names the next state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Rule {
    pub(crate) and: Option<Vec<Rule>>,
    pub(crate) variable: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) boolean_equals: Option<bool>,
    pub(crate) string_equals: Option<String>,
    pub(crate) numeric_equals: Option<f64>,
    pub(crate) numeric_greater_than: Option<f64>,
    pub(crate) numeric_greater_than_equals_path: Option<String>,
    pub(crate) is_present: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Wait {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) seconds: Option<u32>,
    pub(crate) seconds_path: Option<String>,
    pub(crate) timestamp_path: Option<String>,
    pub(crate) next: Option<String>,
    #[serde(default)]
    pub(crate) end: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Pass {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) result: Option<Value>,
    pub(crate) parameters: Option<Value>,
    #[serde(default = "root")]
    pub(crate) result_path: Option<String>,
    pub(crate) next: Option<String>,
    #[serde(default)]
    pub(crate) end: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Succeed {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Fail {
    #[serde(rename = "Comment")]
    pub(crate) _comment: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) error_path: Option<String>,
    pub(crate) cause_path: Option<String>,
}

/// Where `ResultPath` is absent. Null is `None`: the result is dropped.
#[expect(
    clippy::unnecessary_wraps,
    reason = "serde's default must have the field's type"
)]
fn root() -> Option<String> {
    Some("$".to_owned())
}

const fn one() -> u32 {
    1
}

const fn three() -> u32 {
    3
}

const fn two() -> f64 {
    2.0
}
