//! How a fact came to light.

/// How a booking fact was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Webhook,
    Sync,
}
