//! Brings what a list shows in, as the webhook that would have told of it.

use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::{Parsed, parse};
use serde_json::Value;

use super::{Sync, SyncError};
use crate::inbox::admit::admit;
use crate::inbox::delivery;
use crate::inbox::receipt::ReceiptStatus;
use crate::ports::{ItemKey, StoreError};

/// Where the meaning of a webhook is remembered; `None` for one that says nothing that can be used.
fn meaning(vendor: Vendor, body: &Value) -> Option<ItemKey> {
    match parse(vendor, body.to_string().as_bytes()) {
        Parsed::Known { delivery, .. } => Some(delivery::dedupe_key(&delivery.dedupe_key(vendor))),
        Parsed::Ignored { .. } | Parsed::Invalid { .. } => None,
    }
}

/// Whether each webhook has come already.
pub(super) async fn known(
    sync: &Sync,
    vendor: Vendor,
    bodies: &[&Value],
) -> Result<Vec<bool>, StoreError> {
    let keys: Vec<Option<ItemKey>> = bodies.iter().map(|body| meaning(vendor, body)).collect();
    let asked: Vec<ItemKey> = keys.iter().flatten().cloned().collect();
    let mut found = sync.inbox.store.get_many(&asked).await?.into_iter();
    let known = keys
        .iter()
        .map(|key| key.is_some() && found.next().flatten().is_some());
    Ok(known.collect())
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    /// It is on the stream.
    News,
    /// Its meaning is known; another content of it may have gone to the lake.
    Known,
    /// Nobody can use it; it is kept.
    Invalid,
}

/// Takes a webhook in.
pub(super) async fn bring(sync: &Sync, vendor: Vendor, body: &Value) -> Result<Brought, SyncError> {
    let (now, text) = (sync.clock.now(), body.to_string());
    let receipt = admit(&sync.inbox, vendor, Origin::Sync, now, text.as_bytes()).await?;
    Ok(match receipt.status {
        ReceiptStatus::Accepted => Brought::News,
        ReceiptStatus::Duplicate => Brought::Known,
        ReceiptStatus::IgnoredKind | ReceiptStatus::Failed => Brought::Invalid,
    })
}
