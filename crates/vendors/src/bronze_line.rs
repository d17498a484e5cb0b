//! A delivery as a line of the bronze tier.

use bookpath_domain::Envelope;
use serde_json::{Value, json};

/// One newline-free line and where it belongs (S0-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BronzeLine {
    /// Folder below `bronze/`.
    pub folder: &'static str,
    /// `channel=` partition; only Calendly's records have one.
    pub channel: Option<String>,
    /// Two rules name different channels (X21).
    pub conflict: bool,
    /// JSON without its newline.
    pub line: String,
}

/// The record can't become a line; it belongs to the dead letters.
#[derive(Debug, thiserror::Error)]
#[error("the record can't be written to bronze: {0}")]
pub struct BronzeError(#[from] serde_json::Error);

impl BronzeLine {
    /// The whole body beside what its envelope says.
    pub(crate) fn whole(envelope: &Envelope, body: &Value) -> Self {
        let line = json!({
            "delivery_id": envelope.delivery_id,
            "kind": envelope.delivery.kind,
            "resource_uri": envelope.delivery.resource_uri,
            "version": envelope.delivery.version,
            "occurred_at": envelope.delivery.occurred_at,
            "received_at": envelope.received_at,
            "raw_sha256": envelope.raw_sha256,
            "payload": body,
        });
        Self {
            folder: envelope.vendor.bronze_folder(),
            channel: None,
            conflict: false,
            line: line.to_string(),
        }
    }
}
