//! What a sender is told about its delivery.

use bookpath_domain::ErrorClass;
use bookpath_vendors::signature::SignatureError;

use crate::ports::{Injected, ObjectError, StoreError};

/// The answer to a delivery that was authentic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub status: ReceiptStatus,
    pub delivery_id: String,
    pub error_class: Option<ErrorClass>,
}

/// What became of an authentic webhook: the `status` of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    Accepted,
    Duplicate,
    IgnoredKind,
    Failed,
    /// A replay of what somebody sent who was erased since.
    SkippedErased,
}

impl ReceiptStatus {
    /// The text of the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::IgnoredKind => "ignored_kind",
            Self::Failed => "failed",
            Self::SkippedErased => "skipped_erased",
        }
    }
}

/// Why a delivery was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// 429.
    #[error("too many webhooks; try again in {retry_after_s} s")]
    RateLimited { retry_after_s: u64 },
    /// 401.
    #[error(transparent)]
    NotAuthentic(#[from] SignatureError),
    /// 503: the vendor must send it again.
    #[error("the delivery could not be stored: {0}")]
    Storage(String),
}

impl From<StoreError> for ReceiveError {
    fn from(error: StoreError) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<ObjectError> for ReceiveError {
    fn from(error: ObjectError) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<Injected> for ReceiveError {
    fn from(error: Injected) -> Self {
        Self::Storage(error.to_string())
    }
}
