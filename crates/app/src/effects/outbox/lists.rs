//! Entries of the outbox in the store: one by its key, those that are due, those that were given up.

use jiff::Timestamp;

use super::{EffectRow, FAILED, OPEN, Work, item_key};
use crate::ports::{Expect, Item, Query, Range, Store, StoreError, Write, all};

/// The entry under a key, and its version.
///
/// # Errors
/// As [`Store::get`].
pub async fn find(store: &dyn Store, key: &str) -> Result<Option<(EffectRow, u64)>, StoreError> {
    let item = store.get(&item_key(key)).await?;
    item.map(|item| Ok((item.read()?, item.version)))
        .transpose()
}

/// The first open entries whose time has come, in order of it; claimed ones come when their claim ends, or at
/// once where `claimed` asks for those as well.
///
/// # Errors
/// As [`Store::query`].
pub async fn due(
    store: &dyn Store,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(EffectRow, u64)>, StoreError> {
    let range = Range::Index {
        partition: OPEN.to_owned(),
        from: None,
        to: Some(format!("{now:.6}#\u{10ffff}")),
    };
    let page = store
        .query(&Query {
            range,
            descending: false,
            limit,
            after: None,
        })
        .await?;
    page.items
        .iter()
        .map(|item| Ok((item.read()?, item.version)))
        .collect()
}

/// The first open entries, in order of their time, whether it has come or not.
///
/// # Errors
/// As [`Store::query`].
pub async fn open(store: &dyn Store, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
    store
        .query(&Query::index(OPEN, limit))
        .await?
        .items
        .iter()
        .map(Item::read)
        .collect()
}

/// When the first open entry is due.
///
/// # Errors
/// As [`Store::query`].
pub async fn next_due(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    let page = store.query(&Query::index(OPEN, 1)).await?;
    Ok(page
        .items
        .first()
        .and_then(|item| item.index.as_ref()?.sort.split_once('#')?.0.parse().ok()))
}

/// Every open entry, claimed or not, in order of its time.
///
/// # Errors
/// As [`Store::query`].
pub async fn all_open(store: &dyn Store) -> Result<Vec<EffectRow>, StoreError> {
    Ok(every_open(store)
        .await?
        .into_iter()
        .map(|(row, _)| row)
        .collect())
}

/// Every open entry and its version.
async fn every_open(store: &dyn Store) -> Result<Vec<(EffectRow, u64)>, StoreError> {
    all(store, Query::index(OPEN, 1000))
        .await?
        .iter()
        .map(|item| Ok((item.read()?, item.version)))
        .collect()
}

/// Entries that are claimed by somebody else than `owner`: after a crash, those of the dead process.
///
/// # Errors
/// As [`Store::query`].
pub async fn claimed_by_others(
    store: &dyn Store,
    owner: &str,
) -> Result<Vec<(EffectRow, u64)>, StoreError> {
    let rows = every_open(store).await?;
    Ok(rows
        .into_iter()
        .filter(|(row, _)| row.claim.as_ref().is_some_and(|claim| claim.owner != owner))
        .collect())
}

/// Entries that were given up, newest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn failed(store: &dyn Store, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
    let page = store
        .query(&Query {
            descending: true,
            ..Query::index(FAILED, limit)
        })
        .await?;
    page.items.iter().map(Item::read).collect()
}

/// Given-up entries that are looked through for those of one booking.
const GIVEN_UP_MAX: usize = 1_000;

/// Puts the given-up entries of a booking back, to be tried as if for the first time. Checkouts and refunds have their
/// own way back, under keys of their own: Stripe answers a known key as it did.
///
/// # Errors
/// As [`Store::query`].
pub async fn reopened(
    store: &dyn Store,
    booking_id: &str,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    use bookpath_domain::bookings::EffectKind::{CreateCheckoutSession, Refund};
    let page = store
        .query(&Query {
            descending: true,
            ..Query::index(FAILED, GIVEN_UP_MAX)
        })
        .await?;
    let mut writes = Vec::new();
    for item in &page.items {
        let row: EffectRow = item.read()?;
        let stripe = matches!(&row.work, Work::Booking(effect) if matches!(effect.kind, CreateCheckoutSession { .. } | Refund { .. }));
        if row.work.booking_id() == booking_id && !stripe {
            writes.push(
                EffectRow {
                    due: now,
                    attempts: 0,
                    claim: None,
                    failed: None,
                    told: false,
                    ..row
                }
                .write(Expect::Version(item.version))?,
            );
        }
    }
    Ok(writes)
}
