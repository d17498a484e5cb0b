//! Bodies that are not authentic: kept for a look, capped, without any effect.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::Vendor;
use bookpath_vendors::signature::SignatureError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Archived, ReceiveError, Receiver, blank, utc_day};
use crate::inbox::delivery::DeliveryRow;
use crate::ports::{Commit, Expect, ItemKey, StoreError, Write};

/// Bodies kept per vendor and UTC day. The rest is only counted: anybody can post here.
const KEPT_PER_DAY_MAX: u32 = 500;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    count: u32,
}

/// Counts the refusal and keeps the body while the day's cap allows.
pub(super) async fn keep(
    receiver: &Receiver,
    vendor: Vendor,
    error: SignatureError,
    body: &[u8],
    now: Timestamp,
) -> Result<(), ReceiveError> {
    let counter = ItemKey::new(format!("quarantine#{vendor}"), utc_day(now).to_string());
    let item = receiver.store.get(&counter).await?;
    let kept: Kept = item
        .as_ref()
        .map(crate::ports::Item::read)
        .transpose()?
        .unwrap_or_default();
    let mut writes = vec![Write::Count {
        counter: "webhook_rejected",
        by: 1,
    }];
    if kept.count < KEPT_PER_DAY_MAX {
        let archived = Archived::place(vendor, now, body);
        let quarantined = Archived {
            raw_key: archived.raw_key.replacen("raw/", "quarantine/", 1),
            ..archived
        };
        receiver.objects.put(&quarantined.raw_key, body).await?;
        let row = DeliveryRow {
            status: DeliveryStatus::Quarantined,
            error_class: Some(ErrorClass::ValidationError),
            error: Some(error.code().to_owned()),
            ..blank(&quarantined, &receiver.ids.fresh())
        };
        writes.push(row.write(Expect::Absent)?);
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        writes.push(Write::put(
            counter,
            None,
            &Kept {
                count: kept.count + 1,
            },
            expect,
        )?);
    }
    match receiver.store.commit(Commit::of(writes)).await {
        // Somebody else was quarantined at the same moment: the count is enough for this one.
        Err(StoreError::Conflict(_)) => {
            let refusal = Write::Count {
                counter: "webhook_rejected",
                by: 1,
            };
            receiver.store.commit(Commit::of(vec![refusal])).await?;
            Ok(())
        }
        other => Ok(other?),
    }
}
