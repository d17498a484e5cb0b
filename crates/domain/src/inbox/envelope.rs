//! One accepted delivery as it travels through the stream.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::inbox::vendor::Vendor;

/// What a vendor's body says about itself, before anybody acts on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The vendor's own event name, e.g. `invitee.created` or `opportunity.updated`.
    pub kind: String,
    /// The thing that changed: an invitee uri, an event id, a form token.
    pub resource_uri: String,
    /// The vendor's own version of that thing, as text: `updated_at`, or an event id where the vendor has one.
    pub version: String,
    /// When the fact happened, by the vendor's clock.
    pub occurred_at: Option<Timestamp>,
    /// Keeps one person's events in order on the stream: a lower-cased e-mail where there is one.
    pub person_key: String,
}

impl Delivery {
    /// Two deliveries with this key mean the same: vendor, kind, resource and version, never the bytes.
    #[must_use]
    pub fn dedupe_key(&self, vendor: Vendor) -> String {
        let mut hash = Sha256::new();
        for part in [
            vendor.as_str(),
            &self.kind,
            &self.resource_uri,
            &self.version,
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

/// How a record came to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A vendor's webhook.
    Webhook,
    /// A reconciliation run found it (X7).
    Sync,
    /// An operator re-processes the archive: effects stay off unless asked for (X52).
    Replay { with_effects: bool },
    /// The same fact of the same version with other content. The lake keeps it, and a booking compares it, so that every order
    /// of arrival ends in the same row.
    Variant,
}

/// One accepted delivery: what it is, where its raw bytes are, when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub delivery_id: String,
    pub vendor: Vendor,
    #[serde(flatten)]
    pub delivery: Delivery,
    pub origin: Origin,
    pub received_at: Timestamp,
    /// Key of the raw object below the lake's root.
    pub raw_key: String,
    /// Lower-case hex SHA-256 of the raw body.
    pub raw_sha256: String,
}

/// What travels on the stream: the envelope and the body itself, so that consumers need no second read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamRecord {
    #[serde(flatten)]
    pub envelope: Envelope,
    pub body: Box<RawValue>,
}

/// Where a delivery is in its life.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum DeliveryStatus {
    Received,
    Processing,
    Done,
    Duplicate,
    IgnoredKind,
    Failed,
    Quarantined,
    SkippedErased,
}

impl DeliveryStatus {
    /// Every status, as the inbox filters by them.
    pub const ALL: [Self; 8] = [
        Self::Received,
        Self::Processing,
        Self::Done,
        Self::Duplicate,
        Self::IgnoredKind,
        Self::Failed,
        Self::Quarantined,
        Self::SkippedErased,
    ];

    /// The text of routes and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// The status with this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Who must act on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(const_into_str, serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorClass {
    /// Try again later.
    TransientError,
    /// The sender must correct it.
    ValidationError,
    /// The customer must pay again.
    PaymentError,
    /// A vendor refuses us.
    IntegrationError,
    /// Ours: alert and look.
    SystemError,
}

impl ErrorClass {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::TransientError,
        Self::ValidationError,
        Self::PaymentError,
        Self::IntegrationError,
        Self::SystemError,
    ];

    /// The text of answers, rows and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}
