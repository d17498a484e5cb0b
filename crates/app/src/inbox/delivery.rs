//! The life of a delivery, as the inbox shows it (X49).
//!
//! `received` once it is on the stream, `processing` while it is tried again, then `done` or `failed`.
//! Only an accepted delivery makes a later one a duplicate: one that failed may come again.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::Envelope;
use bookpath_domain::ErrorClass;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inbox::found::FoundBySync;
use crate::ports::{Expect, IndexKey, ItemKey, Newest, Range, Store, StoreError, Write};

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    pub delivery_id: String,
    pub vendor: Vendor,
    /// `None` where the body could not be read.
    pub kind: Option<String>,
    pub resource_uri: Option<String>,
    pub status: DeliveryStatus,
    pub error_class: Option<ErrorClass>,
    /// One clear line for the operator; never the body's content.
    pub error: Option<String>,
    /// How often a consumer has tried it.
    pub attempts: u32,
    pub received_at: Timestamp,
    pub raw_sha256: String,
    pub raw_key: String,
    /// The key that makes a later delivery a duplicate of this one; `None` where it must not.
    pub dedupe_key: Option<String>,
}

impl DeliveryRow {
    /// The row of an accepted delivery.
    #[must_use]
    pub fn new(envelope: &Envelope, status: DeliveryStatus) -> Self {
        Self {
            delivery_id: envelope.delivery_id.clone(),
            vendor: envelope.vendor,
            kind: Some(envelope.delivery.kind.clone()),
            resource_uri: Some(envelope.delivery.resource_uri.clone()),
            status,
            error_class: None,
            error: None,
            attempts: 0,
            received_at: envelope.received_at,
            raw_sha256: envelope.raw_sha256.clone(),
            raw_key: envelope.raw_key.clone(),
            dedupe_key: (envelope.origin != Origin::Variant)
                .then(|| envelope.delivery.dedupe_key(envelope.vendor)),
        }
    }

    /// Stores the row, and moves it to its status in the index.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub fn write(&self, expect: Expect) -> Result<Write, StoreError> {
        Write::put(
            key(&self.delivery_id),
            Some(index(self.status, self.received_at, &self.delivery_id)),
            self,
            expect,
        )
    }
}

/// Where a delivery is stored.
#[must_use]
pub fn key(delivery_id: &str) -> ItemKey {
    ItemKey::new(format!("delivery#{delivery_id}"), "row")
}

fn index(status: DeliveryStatus, received_at: Timestamp, delivery_id: &str) -> IndexKey {
    IndexKey {
        partition: partition(status),
        sort: format!("{received_at:.6}#{delivery_id}"),
    }
}

pub(super) fn partition(status: DeliveryStatus) -> String {
    format!("inbox#{}", status.as_str())
}

/// Deliveries of a status that came before an instant, oldest first.
pub(crate) fn before(status: DeliveryStatus, until: Timestamp) -> Range {
    Range::Index {
        partition: partition(status),
        from: None,
        to: Some(format!("{until:.6}")),
    }
}

/// The row of a delivery.
///
/// # Errors
/// As [`Store::get`].
pub async fn find(
    store: &dyn Store,
    delivery_id: &str,
) -> Result<Option<(DeliveryRow, u64)>, StoreError> {
    let item = store.get(&key(delivery_id)).await?;
    item.map(|item| Ok((item.read()?, item.version)))
        .transpose()
}

/// The row of a delivery of somebody who was erased: that it came, and nothing of what it said.
pub(crate) fn skipped(row: DeliveryRow) -> Result<Write, StoreError> {
    let skipped = DeliveryRow {
        resource_uri: None,
        status: DeliveryStatus::SkippedErased,
        error_class: None,
        error: None,
        raw_sha256: String::new(),
        raw_key: String::new(),
        ..row
    };
    skipped.write(Expect::Any)
}

/// A page of the inbox, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxPage {
    pub rows: Vec<DeliveryRow>,
    pub next_cursor: Option<String>,
}

/// Deliveries of one status, or of all, newest first. `cursor` is `next_cursor` of the page before.
///
/// # Errors
/// As [`Store::query`].
pub async fn inbox(
    store: &dyn Store,
    status: Option<DeliveryStatus>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<InboxPage, StoreError> {
    let statuses = status.map_or_else(|| DeliveryStatus::ALL.to_vec(), |one| vec![one]);
    let asked = Newest {
        cursor: cursor.map(str::to_owned),
        ..Newest::new(statuses.into_iter().map(partition).collect(), limit)
    };
    let (rows, next_cursor) = asked.page(store, &|item| item.read().map(Some)).await?;
    Ok(InboxPage { rows, next_cursor })
}

/// What is known of a meaning that was accepted: kind, resource and version of one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DedupeRow {
    /// The delivery that was accepted first.
    pub delivery_id: String,
    /// Every content seen under this meaning, by SHA-256; more than one only where a vendor re-used a version.
    pub contents: Vec<String>,
    /// The sync that brought that delivery in, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<FoundBySync>,
}

/// Where a meaning is remembered.
#[must_use]
pub fn dedupe_key(dedupe: &str) -> ItemKey {
    ItemKey::new(format!("dedupe#{dedupe}"), "row")
}
