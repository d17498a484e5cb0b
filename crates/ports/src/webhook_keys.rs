//! Signing keys of webhooks.

use bookpath_domain::Vendor;
use bookpath_vendors::calls::CallError;

/// Where the signing keys of webhooks are kept: a secret, or a file beside the store.
#[async_trait::async_trait]
pub trait WebhookKeys: Send + Sync {
    /// The newest key of a vendor.
    async fn newest(&self, vendor: Vendor) -> Result<Option<String>, CallError>;

    /// Makes `key` the newest one. The one before it stays active, so that what is on its way is still accepted (X54).
    async fn add(&self, vendor: Vendor, key: &str) -> Result<(), CallError>;
}
