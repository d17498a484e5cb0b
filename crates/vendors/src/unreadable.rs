//! Why a bronze line gives no typed record.

use serde_json::Value;

/// A line that can't be used. It becomes a rejected row with this reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// Names the member that is missing or can't be read; never the content of the line.
    pub reason: String,
}

impl Unreadable {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// The vendor's own body in a bronze line: its `payload`, or the line itself where it has none.
pub(crate) fn body_of(line: &Value) -> &Value {
    line.get("payload")
        .filter(|body| body.is_object())
        .unwrap_or(line)
}
