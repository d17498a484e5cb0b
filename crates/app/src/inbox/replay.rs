//! Re-processing a day from the raw archive, by an internal path and without effects (X52).
//!
//! Idempotency key: the content of the day. The bronze objects of a replay are named by their lines, so
//! replaying a day twice writes the same objects.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::Envelope;
use bookpath_domain::StreamRecord;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::{Parsed, parse, readable};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::bronze::Publisher;
use crate::bronze::publish::{PublishReport, publish};
use crate::effects::outbox::{self, Work};
use crate::inbox::archive::{Archived, utc_day};
use crate::inbox::delivery;
use crate::lake::lineage;
use crate::ports::{Commit, LogRecord, ObjectError, Store, StoreError, Write};
use crate::react::{Reactor, react};

/// Raw objects per bronze batch: bounds the memory.
const BATCH: usize = 1000;

/// Effects that a replay put into the outbox. All zero unless they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ReplayEffects {
    pub sms: u64,
    pub stripe: u64,
}

impl ReplayEffects {
    /// The open effects that were asked for at `since` or later.
    ///
    /// # Errors
    /// As [`outbox::all_open`].
    pub async fn since(store: &dyn Store, since: Timestamp) -> Result<Self, StoreError> {
        let mut effects = Self::default();
        for row in outbox::all_open(store)
            .await?
            .into_iter()
            .filter(|row| row.created_at >= since)
        {
            match row.work {
                Work::Text { .. } | Work::Wait { .. } => effects.sms += 1,
                Work::Booking(effect) if effect.kind.pays() => effects.stripe += 1,
                Work::Booking(_)
                | Work::CallEnds { .. }
                | Work::Tell { .. }
                | Work::VendorDeletion { .. }
                | Work::Links { .. }
                | Work::CrmNote { .. } => {}
            }
        }
        Ok(effects)
    }
}

/// What a replay did: the answer of `bookpath replay --json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReport {
    /// Raw objects that were processed again.
    pub processed: u64,
    /// Silver rows that came out different.
    pub changed_rows: u64,
    /// Deliveries of erased people, left out.
    pub skipped_erased: u64,
    pub effects: ReplayEffects,
}

/// What was published again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    pub processed: u64,
    /// Deliveries of erased people, each once.
    pub skipped_erased: u64,
}

/// The replay stopped; running it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Publishing(String),
}

/// Publishes every authentic delivery of a UTC arrival day again. The caller runs the ETL after it. With a `reactor` the
/// business hears of them too: effects that it had not asked for go into the outbox, as for a delivery that a sync found.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay(
    publisher: &Publisher,
    reactor: Option<&Reactor>,
    day: Date,
    vendor: Option<Vendor>,
) -> Result<Replayed, ReplayError> {
    let mut processed = 0;
    let origin = Origin::Replay {
        with_effects: reactor.is_some(),
    };
    let wanted = vendor;
    for vendor in vendor.map_or_else(|| Vendor::ALL.to_vec(), |one| vec![one]) {
        let keys = publisher
            .objects
            .list(&format!("raw/{vendor}/{day}/"))
            .await?;
        for keys in keys.chunks(BATCH) {
            let mut records = Vec::with_capacity(keys.len());
            for key in keys {
                records.extend(record(publisher, origin, vendor, day, key).await?);
            }
            let published: PublishReport = publish(publisher, &records).await;
            if let Some(error) = published.error {
                return Err(ReplayError::Publishing(error));
            }
            if let Some(reactor) = reactor
                && let Some(error) = react(reactor, publisher.objects.as_ref(), &records)
                    .await
                    .error
            {
                return Err(ReplayError::Publishing(error));
            }
            let replayed = records.len().saturating_sub(published.skipped_erased);
            let count = i64::try_from(replayed).unwrap_or(i64::MAX);
            publisher
                .store
                .commit(Commit::new(vec![Write::Count {
                    counter: "replayed",
                    by: count,
                }]))
                .await?;
            processed += replayed as u64;
        }
    }
    Ok(Replayed {
        processed,
        skipped_erased: skipped(publisher.store.as_ref(), day, wanted).await?,
    })
}

/// The deliveries of a day that are skipped because their people were erased.
async fn skipped(store: &dyn Store, day: Date, vendor: Option<Vendor>) -> Result<u64, StoreError> {
    let (mut count, mut cursor) = (0, None);
    let status = Some(DeliveryStatus::SkippedErased);
    loop {
        let page = delivery::inbox(store, status, BATCH, cursor.as_deref()).await?;
        let of_day = page.rows.iter().filter(|row| {
            utc_day(row.received_at) == day && vendor.is_none_or(|vendor| row.vendor == vendor)
        });
        count += of_day.count() as u64;
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(count);
        }
    }
}

/// The stream record of a raw object, as it was first received; `None` for what no release understands.
async fn record(
    publisher: &Publisher,
    origin: Origin,
    vendor: Vendor,
    day: Date,
    key: &str,
) -> Result<Option<LogRecord>, ReplayError> {
    let body = publisher.objects.get(key).await?;
    let Parsed::Known { delivery, .. } = parse(vendor, &body) else {
        return Ok(None);
    };
    let place = Archived::place(vendor, Timestamp::UNIX_EPOCH, &body);
    let known = lineage::raw_row(publisher.store.as_ref(), &place.raw_sha256)
        .await?
        .filter(|row| row.raw_key == key);
    let midnight = day
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    let envelope = Envelope {
        delivery_id: known.as_ref().map_or_else(
            || format!("replay-{}", &place.raw_sha256[..32]),
            |row| row.delivery_id.clone(),
        ),
        vendor,
        delivery,
        origin,
        received_at: known.map_or(midnight, |row| row.received_at),
        raw_key: key.to_owned(),
        raw_sha256: place.raw_sha256,
    };
    let body: Box<RawValue> = serde_json::from_slice(&readable(&body))
        .map_err(|e| StoreError::Corrupt(format!("{key}: {e}")))?;
    let data = serde_json::to_vec(&StreamRecord { envelope, body })
        .map_err(|e| StoreError::Corrupt(format!("{key}: {e}")))?;
    Ok(Some(LogRecord {
        sequence: key.to_owned(),
        data,
    }))
}
