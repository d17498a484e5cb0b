//! Brings what a list shows in, as the webhook that would have told of it.

use bookpath_domain::Vendor;
use bookpath_vendors::{Parsed, parse};
use serde_json::Value;

use super::report::SyncReport;
use super::{Sync, SyncError};
use crate::inbox::admit::admit_found;
use crate::inbox::delivery::{self, DedupeRow};
use crate::inbox::found::{FoundBySync, Missed};
use crate::inbox::receipt::ReceiptStatus;
use crate::ports::{ItemKey, StoreError};

/// Where the meaning of a webhook is remembered; `None` for one that says nothing that can be used.
fn meaning(vendor: Vendor, body: &Value) -> Option<ItemKey> {
    match parse(vendor, body.to_string().as_bytes()) {
        Parsed::Known { delivery, .. } => Some(delivery::dedupe_key(&delivery.dedupe_key(vendor))),
        Parsed::Ignored { .. } | Parsed::Invalid { .. } => None,
    }
}

/// What is known of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// It has come, or a sync has brought it in.
    pub(super) told: bool,
    /// This run brought it in before it was stopped.
    pub(super) found: Option<FoundBySync>,
}

/// What is known of each webhook, to the run of this report.
pub(super) async fn known(
    sync: &Sync,
    vendor: Vendor,
    report: &SyncReport,
    bodies: &[&Value],
) -> Result<Vec<Known>, StoreError> {
    let keys: Vec<Option<ItemKey>> = bodies.iter().map(|body| meaning(vendor, body)).collect();
    let asked: Vec<ItemKey> = keys.iter().flatten().cloned().collect();
    let mut items = sync.inbox.store.get_many(&asked).await?.into_iter();
    let mut all = Vec::new();
    for key in &keys {
        let item = key.as_ref().and_then(|_| items.next().flatten());
        let row: Option<DedupeRow> = item.map(|item| item.read()).transpose()?;
        all.push(Known {
            told: row.is_some(),
            found: row
                .and_then(|row| row.found)
                .filter(|found| report.resumed && found.run_id == report.run_id),
        });
    }
    Ok(all)
}

/// Result of bringing one item in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BringOutcome {
    /// It is on the stream.
    News,
    /// Its meaning is known; another content of it may have gone to the lake.
    Known,
    /// Nobody can use it; it is kept.
    Invalid,
}

/// Takes a webhook in. `missed` are the webhooks that it stands in for.
pub(super) async fn bring(
    sync: &Sync,
    vendor: Vendor,
    report: &SyncReport,
    missed: &[Missed],
    body: &Value,
) -> Result<BringOutcome, SyncError> {
    let (now, text) = (sync.clock.now(), body.to_string());
    let found = FoundBySync {
        run_id: report.run_id.clone(),
        missed: missed.to_vec(),
    };
    let receipt = admit_found(&sync.inbox, vendor, found, now, text.as_bytes()).await?;
    Ok(match receipt.status {
        ReceiptStatus::Accepted => BringOutcome::News,
        ReceiptStatus::Duplicate | ReceiptStatus::SkippedErased => BringOutcome::Known,
        ReceiptStatus::IgnoredKind | ReceiptStatus::Failed => BringOutcome::Invalid,
    })
}
