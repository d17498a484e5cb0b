//! What the system has used of the services it runs on.

use async_trait::async_trait;
use bookpath_domain::money::bill::Metered;

/// The meters can't be read; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the use can't be read: {0}")]
pub struct MetersFailure(pub String);

/// Counts what is used, for the bill (X41).
#[async_trait]
pub trait Meters: Send + Sync {
    /// The use so far.
    async fn metered(&self) -> Result<Metered, MetersFailure>;
}
