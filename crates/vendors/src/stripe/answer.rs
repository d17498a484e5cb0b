//! Small readers of what Stripe's API answers.

use jiff::Timestamp;
use serde_json::Value;

use crate::calls::CallError;

pub(super) const VENDOR: &str = "Stripe";
/// Items per page: Stripe's maximum.
pub(super) const PAGE: &str = "100";

/// The items of a list.
pub(super) fn list(body: &Value) -> Result<&[Value], CallError> {
    let data = body.get("data").and_then(Value::as_array);
    data.map(Vec::as_slice).ok_or_else(|| lacking("data"))
}

/// A text, or the id of an object that Stripe has put in the place of its id.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    let found = value.get(name)?;
    found
        .as_str()
        .or_else(|| found.get("id")?.as_str())
        .map(str::to_owned)
}

/// An instant that is given in seconds.
pub(super) fn instant(value: &Value, name: &str) -> Option<Timestamp> {
    Timestamp::from_second(value.get(name)?.as_i64()?).ok()
}

/// The error of an answer that lacks a field.
pub(super) fn lacking(what: &str) -> CallError {
    CallError::transient(format!("{VENDOR} answered without `{what}`"))
}
