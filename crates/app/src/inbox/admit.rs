//! Taking in what is known to be authentic: archived, classified, and published once per meaning.

use std::borrow::Cow;

use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::{Parsed, parse, readable};
use jiff::Timestamp;

use crate::inbox::archive::Archived;
use crate::inbox::dedupe::{self, Verdict, dedupe};
use crate::inbox::delivery::{self, DeliveryRow};
use crate::inbox::found::{FoundBySync, HowItCame};
use crate::inbox::receipt::{Receipt, ReceiptStatus, ReceiveError};
use crate::inbox::stores::Inbox;
use crate::lake::lineage::RawRow;
use crate::ports::{Commit, Expect, Write};
use crate::privacy::emptied;
use crate::privacy::tombstones::is_of_erased;

/// Takes in a body that is known to be authentic, as received at `received_at`: what a carrier, a sync or a demo
/// brings. `origin` says how old news may be.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub async fn admit(
    inbox: &Inbox,
    vendor: Vendor,
    origin: Origin,
    received_at: Timestamp,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    archive(inbox, vendor, origin.into(), received_at, body).await
}

/// As [`admit`], for a body that a sync has made of what a vendor's list shows.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub(crate) async fn admit_found(
    inbox: &Inbox,
    vendor: Vendor,
    found: FoundBySync,
    received_at: Timestamp,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    archive(inbox, vendor, found.into(), received_at, body).await
}

async fn archive(
    inbox: &Inbox,
    vendor: Vendor,
    came: HowItCame,
    received_at: Timestamp,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let archived = Archived::place(vendor, received_at, body);
    inbox.objects.put(&archived.raw_key, body).await?;
    let receipt = classify(inbox, &archived, came, body).await?;
    leave_out(inbox, &archived, &receipt, body).await?;
    Ok(receipt)
}

/// Empties the archived body again if it goes nowhere and is about somebody who was erased (X60): what goes onto the stream
/// meets its tombstone there, and of this the archive is all that there is.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub(super) async fn leave_out(
    inbox: &Inbox,
    archived: &Archived,
    receipt: &Receipt,
    body: &[u8],
) -> Result<(), ReceiveError> {
    let (store, vendor) = (inbox.store.as_ref(), archived.vendor);
    let body = &*readable(body);
    if receipt.status == ReceiptStatus::Accepted
        || !is_of_erased(store, vendor, body, archived.received_at).await?
    {
        return Ok(());
    }
    inbox.objects.put(&archived.raw_key, b"").await?;
    inbox.objects.sync(&archived.raw_key).await?;
    let mut writes = vec![emptied::note(&archived.raw_key)?];
    if let Some((row, _)) = delivery::find(store, &receipt.delivery_id).await? {
        writes.push(delivery::skipped(row)?);
    }
    store.commit(Commit::new(writes)).await?;
    Ok(())
}

/// Processes an archived delivery again from its raw body. One whose meaning was accepted is a duplicate; one
/// that failed gets the chance of a release that understands it, and leaves the failed ones when it does.
///
/// # Errors
/// [`ReceiveError::Storage`], also when the raw body is gone.
pub async fn reprocess(inbox: &Inbox, row: DeliveryRow) -> Result<Receipt, ReceiveError> {
    if row.status == DeliveryStatus::SkippedErased {
        // Its body is gone, and nothing may be done for it.
        return Ok(Receipt {
            status: ReceiptStatus::SkippedErased,
            delivery_id: row.delivery_id,
            error_class: None,
        });
    }
    let raw = inbox.objects.get(&row.raw_key).await?;
    let body = readable(&raw);
    let archived = Archived {
        vendor: row.vendor,
        received_at: row.received_at,
        raw_key: row.raw_key.clone(),
        raw_sha256: row.raw_sha256.clone(),
    };
    if let Parsed::Known {
        delivery,
        content_sha256,
    } = parse(row.vendor, &body)
    {
        let delivery_id = row.delivery_id.clone();
        let verdict =
            dedupe::again(inbox, &archived, delivery, &content_sha256, &row, &body).await?;
        let status = if verdict == Verdict::Accepted {
            ReceiptStatus::Accepted
        } else {
            ReceiptStatus::Duplicate
        };
        return Ok(Receipt {
            status,
            delivery_id,
            error_class: None,
        });
    }
    let tried = DeliveryRow {
        attempts: row.attempts + 1,
        ..row
    };
    let writes = vec![
        tried.write(Expect::Any)?,
        Write::Count {
            counter: "replayed",
            by: 1,
        },
    ];
    inbox.store.commit(Commit::new(writes)).await?;
    let status = if tried.status == DeliveryStatus::IgnoredKind {
        ReceiptStatus::IgnoredKind
    } else {
        ReceiptStatus::Failed
    };
    Ok(Receipt {
        status,
        delivery_id: tried.delivery_id,
        error_class: tried.error_class,
    })
}

/// The body as JSON readers take it. Where that is not what came, the raw object is synced: the stream record carries
/// the repaired text.
async fn repaired<'a>(
    inbox: &Inbox,
    archived: &Archived,
    body: &'a [u8],
) -> Result<Cow<'a, [u8]>, ReceiveError> {
    let text = readable(body);
    if text != body {
        inbox.objects.sync(&archived.raw_key).await?;
    }
    Ok(text)
}

/// Classifies an archived body, and publishes or shelves it.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub(super) async fn classify(
    inbox: &Inbox,
    archived: &Archived,
    came: HowItCame,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let delivery_id = inbox.ids.fresh();
    let body = &*repaired(inbox, archived, body).await?;
    match parse(archived.vendor, body) {
        Parsed::Known {
            delivery,
            content_sha256,
        } => {
            let verdict = dedupe(
                inbox,
                archived,
                came,
                delivery,
                &content_sha256,
                &delivery_id,
                body,
            )
            .await?;
            let status = match verdict {
                Verdict::Accepted => ReceiptStatus::Accepted,
                Verdict::Duplicate => ReceiptStatus::Duplicate,
            };
            inbox.faults.hit("stream.after_put")?;
            Ok(Receipt {
                status,
                delivery_id,
                error_class: None,
            })
        }
        Parsed::Ignored { delivery, .. } => {
            let row = DeliveryRow {
                kind: Some(delivery.kind),
                resource_uri: Some(delivery.resource_uri),
                status: DeliveryStatus::IgnoredKind,
                ..blank(archived, &delivery_id)
            };
            shelve(inbox, &row, "webhook_ignored").await?;
            Ok(Receipt {
                status: ReceiptStatus::IgnoredKind,
                delivery_id,
                error_class: None,
            })
        }
        Parsed::Invalid { reason, kind } => {
            let error_class = Some(ErrorClass::ValidationError);
            let row = DeliveryRow {
                kind,
                status: DeliveryStatus::Failed,
                error_class,
                error: Some(reason),
                ..blank(archived, &delivery_id)
            };
            shelve(inbox, &row, "webhook_failed").await?;
            Ok(Receipt {
                status: ReceiptStatus::Failed,
                delivery_id,
                error_class,
            })
        }
    }
}

/// Keeps a delivery that goes nowhere: its raw object is synced because no stream record carries the body.
async fn shelve(
    inbox: &Inbox,
    row: &DeliveryRow,
    counter: &'static str,
) -> Result<(), ReceiveError> {
    inbox.objects.sync(&row.raw_key).await?;
    let count = |counter| Write::Count { counter, by: 1 };
    // The place of a published body is noted by the bronze consumer, which never sees this one.
    let writes = vec![
        row.write(Expect::Absent)?,
        RawRow::of(row, "").write(&row.raw_sha256)?,
        count("webhook_received"),
        count(counter),
    ];
    inbox.store.commit(Commit::new(writes)).await?;
    Ok(())
}

/// The inbox row of a delivery whose body can't be classified.
pub(super) fn blank(archived: &Archived, delivery_id: &str) -> DeliveryRow {
    DeliveryRow {
        delivery_id: delivery_id.to_owned(),
        vendor: archived.vendor,
        kind: None,
        resource_uri: None,
        status: DeliveryStatus::Received,
        error_class: None,
        error: None,
        attempts: 0,
        received_at: archived.received_at,
        raw_sha256: archived.raw_sha256.clone(),
        raw_key: archived.raw_key.clone(),
        dedupe_key: None,
    }
}
