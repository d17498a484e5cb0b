//! `Source`: hands a function the value that it builds from its settings, and builds it again when they change.

use std::sync::Arc;

use async_trait::async_trait;

/// A value that is built from rules, parameters and secrets, and built again once they have changed.
#[async_trait]
pub trait Source<T>: Send + Sync {
    /// The newest one; looks at the settings when the last look is some minutes old.
    async fn get(&self) -> Arc<T>;

    /// Looks at the settings at once, but not more often than every few seconds. `true` when they have changed.
    async fn look(&self) -> bool;
}
