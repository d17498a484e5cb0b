//! Why posted spend can't be used.

/// Faults that are named; a post with more of them is refused at the last of these.
pub(super) const FAULTS_MAX: usize = 100;
/// Faults that the message has.
const TOLD_MAX: usize = 3;

/// The post can't be used. Each fault names the line and the column, or the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(.faults))]
pub struct SpendError {
    /// At least one, in the order of the post; at most 100.
    pub faults: Vec<String>,
}

impl SpendError {
    pub(super) fn one(fault: impl Into<String>) -> Self {
        Self {
            faults: vec![fault.into()],
        }
    }
}

/// The first faults, and how many more there are.
fn told(faults: &[String]) -> String {
    let first: Vec<&str> = faults.iter().take(TOLD_MAX).map(String::as_str).collect();
    let more = match faults.len().saturating_sub(TOLD_MAX) {
        0 => String::new(),
        _ if faults.len() >= FAULTS_MAX => "; and more".to_owned(),
        more => format!("; and {more} more"),
    };
    first.join("; ") + &more
}
