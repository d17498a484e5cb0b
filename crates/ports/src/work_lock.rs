//! Work that one process at a time does.

use super::lake::WriteGuard;
use super::store_error::StoreError;

/// Work that one process at a time does.
#[async_trait::async_trait]
pub trait WorkLock: Send + Sync {
    /// The right to do the work called so; `None` while another process has it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn take(&self, work: &str) -> Result<Option<Box<dyn WriteGuard>>, StoreError>;
}
