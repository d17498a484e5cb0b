//! Bodies that are not authentic: kept for a look, capped, without any effect.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::Vendor;
use bookpath_vendors::signature::SignatureError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inbox::admit::blank;
use crate::inbox::archive::{Archived, utc_day};
use crate::inbox::delivery::DeliveryRow;
use crate::inbox::receipt::ReceiveError;
use crate::inbox::stores::Inbox;
use crate::ports::{Commit, Expect, ItemKey, StoreError, Write, held};

/// Bodies kept per vendor and UTC day. The rest is only counted: anybody can post here.
const KEPT_PER_DAY_MAX: u32 = 500;
/// Tries to reserve a place while others do the same; after these the body is only counted.
const ROUNDS_MAX: usize = 16;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    count: u32,
}

/// Counts the refusal, and keeps the body while the day's cap allows. The place is reserved before the body is stored,
/// so callers at the same time never store more than the cap.
pub(super) async fn keep(
    inbox: &Inbox,
    vendor: Vendor,
    error: SignatureError,
    body: &[u8],
    now: Timestamp,
) -> Result<(), ReceiveError> {
    let archived = Archived::place(vendor, now, body);
    let quarantined = Archived {
        raw_key: archived.raw_key.replacen("raw/", "quarantine/", 1),
        ..archived
    };
    let row = DeliveryRow {
        status: DeliveryStatus::Quarantined,
        error_class: Some(ErrorClass::ValidationError),
        error: Some(error.code().to_owned()),
        ..blank(&quarantined, &inbox.ids.fresh())
    };
    let refusal = Write::Count {
        counter: "webhook_rejected",
        by: 1,
    };
    for _ in 0..ROUNDS_MAX {
        let Some(place) = reserved(inbox, vendor, now).await? else {
            break;
        };
        let writes = vec![place, row.write(Expect::Absent)?, refusal.clone()];
        if held(inbox.store.commit(Commit::new(writes)).await)? {
            return Ok(inbox.objects.put(&quarantined.raw_key, body).await?);
        }
    }
    inbox.store.commit(Commit::new(vec![refusal])).await?;
    Ok(())
}

/// Partition of a vendor's counts, by day.
pub(crate) fn counts(vendor: Vendor) -> String {
    format!("quarantine#{vendor}")
}

/// The write that takes one more place of the day; `None` when all are taken.
async fn reserved(
    inbox: &Inbox,
    vendor: Vendor,
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    let key = ItemKey::new(counts(vendor), utc_day(now).to_string());
    let item = inbox.store.get(&key).await?;
    let kept: Kept = item
        .as_ref()
        .map(crate::ports::Item::read)
        .transpose()?
        .unwrap_or_default();
    if kept.count >= KEPT_PER_DAY_MAX {
        return Ok(None);
    }
    let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
    let next = Kept {
        count: kept.count + 1,
    };
    Write::put(key, None, &next, expect).map(Some)
}
