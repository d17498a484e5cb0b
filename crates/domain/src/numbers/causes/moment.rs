//! What was known at one instant.

use std::sync::Arc;

use crate::people::resolved::Resolved;
use crate::people::sources::{Directory, Sources};

/// What was known of people and money after a run.
#[derive(Debug, Clone)]
pub struct Moment {
    pub sources: Arc<Sources>,
    pub directory: Directory,
    /// Of these rows and decisions, judged at the instant of the run.
    pub resolved: Resolved,
}
