//! Why a process can't be set up.

/// The process can't be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Every missing thing at once.
    #[error("not set: {}", .0.join(", "))]
    Missing(Vec<String>),
    #[error("{0}")]
    Invalid(String),
    /// Try again later.
    #[error("the configuration can't be read now: {0}")]
    Unavailable(String),
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}
