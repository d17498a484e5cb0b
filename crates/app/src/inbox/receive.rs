//! Receives a webhook (X64): verify it, archive it, then classify it; 200 only once nothing can be lost.
//!
//! Order: rate limit, signature over the raw bytes, then the raw write beside dedupe and stream in one commit;
//! the answer once both are durable. The size limit comes before all of it, where the body is read.

mod accept;
mod quarantine;

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::signature::{SignatureError, SigningKey};
use bookpath_vendors::{Parsed, parse, readable, verify};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::inbox::delivery::DeliveryRow;
use crate::inbox::limits::TokenBucket;
use crate::ports::{
    Clock, Commit, Expect, Faults, Ids, Injected, ObjectError, ObjectStore, Store, StoreError,
    Write,
};

pub use accept::{Verdict, accept};

/// A body of exactly this many bytes is accepted, one byte more is not.
pub const BODY_BYTES_MAX: usize = 262_144;

/// Each vendor and the name of its signing keys, the old and the new one separated by a comma: variables of
/// `serve`, keys of one secret on AWS.
pub const KEY_VARIABLES: [(Vendor, &str); 4] = [
    (Vendor::Calendly, "CALENDLY_WEBHOOK_SIGNING_KEYS"),
    (Vendor::Stripe, "STRIPE_WEBHOOK_SECRETS"),
    (Vendor::Typeform, "TYPEFORM_WEBHOOK_SECRETS"),
    (Vendor::Close, "CLOSE_WEBHOOK_SIGNATURE_KEYS"),
];

/// The active signing keys of every vendor. A vendor without one has all its webhooks refused.
#[derive(Debug, Clone, Default)]
pub struct VendorKeys {
    keys: [Vec<SigningKey>; Vendor::ALL.len()],
}

impl VendorKeys {
    /// Sets the active keys of one vendor.
    #[must_use]
    pub fn with(mut self, vendor: Vendor, keys: Vec<SigningKey>) -> Self {
        self.keys[slot(vendor)] = keys;
        self
    }

    /// The keys under each vendor's own name ([`KEY_VARIABLES`]); one that is not there is no fault.
    ///
    /// # Errors
    /// Every key that can't be used, with its name.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let (mut keys, mut faults) = (Self::default(), Vec::new());
        for (vendor, name) in KEY_VARIABLES {
            match value(name).map(|text| SigningKey::list(vendor, &text)) {
                Some(Ok(list)) => keys = keys.with(vendor, list),
                Some(Err(error)) => faults.push(format!("{name}: {error}")),
                None => {}
            }
        }
        if faults.is_empty() {
            Ok(keys)
        } else {
            Err(faults)
        }
    }

    /// The active keys of a vendor.
    #[must_use]
    pub fn of(&self, vendor: Vendor) -> &[SigningKey] {
        &self.keys[slot(vendor)]
    }
}

const fn slot(vendor: Vendor) -> usize {
    match vendor {
        Vendor::Calendly => 0,
        Vendor::Stripe => 1,
        Vendor::Typeform => 2,
        Vendor::Close => 3,
        Vendor::Sms => 4,
    }
}

/// What the receiver works with.
pub struct Receiver {
    pub rules: Arc<BusinessConfig>,
    pub keys: VendorKeys,
    pub bucket: TokenBucket,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub faults: Arc<dyn Faults>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

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

/// A raw body in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    pub vendor: Vendor,
    pub received_at: Timestamp,
    pub raw_key: String,
    pub raw_sha256: String,
}

impl Archived {
    /// Where a body received at this instant belongs: content-addressed, by arrival day in UTC (X63).
    #[must_use]
    pub fn place(vendor: Vendor, received_at: Timestamp, body: &[u8]) -> Self {
        let raw_sha256 = hex::encode(Sha256::digest(body));
        let raw_key = format!("raw/{vendor}/{}/{raw_sha256}.json", utc_day(received_at));
        Self {
            vendor,
            received_at,
            raw_key,
            raw_sha256,
        }
    }
}

/// `YYYY-MM-DD` of an instant in UTC: the partitions of the raw and bronze tiers.
#[must_use]
pub fn utc_day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Receives one delivery. `header` answers a header by its lower-case name.
///
/// # Errors
/// [`ReceiveError`]; nothing authentic is lost unless it is `Storage`, which the vendor sends again.
pub async fn receive(
    receiver: &Receiver,
    vendor: Vendor,
    header: &(dyn Fn(&str) -> Option<String> + Sync),
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    receiver
        .bucket
        .take(receiver.clock.monotonic())
        .map_err(|retry_after_s| ReceiveError::RateLimited { retry_after_s })?;
    let now = receiver.clock.now();
    let tolerance_s = receiver.rules.signature_tolerance_seconds;
    if let Err(error) = verify(
        vendor,
        receiver.keys.of(vendor),
        &|name| header(name),
        body,
        now,
        tolerance_s,
    ) {
        quarantine::keep(receiver, vendor, error, body, now).await?;
        return Err(error.into());
    }
    receiver.faults.hit("storage")?;
    receiver.faults.hit("raw.before_write")?;
    let archived = Archived::place(vendor, now, body);
    // Both at once: where archive and stream are services of their own, the vendor waits for one round trip. Files
    // are written within the first step, so there the archive comes before the stream, as the recovery expects.
    let archive = async {
        receiver.objects.put(&archived.raw_key, body).await?;
        receiver
            .faults
            .hit("raw.after_write")
            .map_err(ReceiveError::from)
    };
    let ((), receipt) = futures::try_join!(
        archive,
        understand(receiver, &archived, Origin::Webhook, body)
    )?;
    Ok(receipt)
}

/// Takes in a body that is known to be authentic, as received at `received_at`: what a carrier, a sync or a demo
/// brings. `origin` says how old news may be.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub async fn admit(
    receiver: &Receiver,
    vendor: Vendor,
    origin: Origin,
    received_at: Timestamp,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let archived = Archived::place(vendor, received_at, body);
    receiver.objects.put(&archived.raw_key, body).await?;
    understand(receiver, &archived, origin, body).await
}

/// Processes an archived delivery again from its raw body. One whose meaning was accepted is a duplicate; one
/// that failed gets the chance of a release that understands it, and leaves the failed ones when it does.
///
/// # Errors
/// [`ReceiveError::Storage`], also when the raw body is gone.
pub async fn reprocess(receiver: &Receiver, row: DeliveryRow) -> Result<Receipt, ReceiveError> {
    let raw = receiver.objects.get(&row.raw_key).await?;
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
            accept::again(receiver, &archived, delivery, &content_sha256, &row, &body).await?;
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
    receiver.store.commit(Commit::of(writes)).await?;
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

async fn understand(
    receiver: &Receiver,
    archived: &Archived,
    origin: Origin,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let delivery_id = receiver.ids.fresh();
    let text = readable(body);
    if text != body {
        // The record carries the repaired text, so only the raw object has every byte.
        receiver.objects.sync(&archived.raw_key).await?;
    }
    let body = &*text;
    match parse(archived.vendor, body) {
        Parsed::Known {
            delivery,
            content_sha256,
        } => {
            let verdict = accept(
                receiver,
                archived,
                origin,
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
            receiver.faults.hit("stream.after_put")?;
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
            shelve(receiver, &row, "webhook_ignored").await?;
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
            shelve(receiver, &row, "webhook_failed").await?;
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
    receiver: &Receiver,
    row: &DeliveryRow,
    counter: &'static str,
) -> Result<(), ReceiveError> {
    receiver.objects.sync(&row.raw_key).await?;
    let count = |counter| Write::Count { counter, by: 1 };
    let writes = vec![
        row.write(Expect::Absent)?,
        count("webhook_received"),
        count(counter),
    ];
    receiver.store.commit(Commit::of(writes)).await?;
    Ok(())
}

fn blank(archived: &Archived, delivery_id: &str) -> DeliveryRow {
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
