//! Entries of the outbox in the store: one by its key, those that are due, those that were given up.

use jiff::Timestamp;

use super::unreadable::told_apart;
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

/// What is due.
#[derive(Debug)]
pub struct Due {
    /// Entries with their versions.
    pub entries: Vec<(EffectRow, u64)>,
    /// Entries that this release cannot read.
    pub unreadable: Vec<Item>,
}

/// The first open entries that are due, in the order of their time. A claimed entry is due when its claim ends.
///
/// # Errors
/// As [`Store::query`].
pub async fn due(store: &dyn Store, now: Timestamp, limit: usize) -> Result<Due, StoreError> {
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
    let (entries, unreadable) = told_apart(page.items);
    Ok(Due {
        entries,
        unreadable,
    })
}

/// The first open entries in the order of their time, due or not.
///
/// # Errors
/// As [`Store::query`].
pub async fn open(store: &dyn Store, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
    let page = store.query(&Query::index(OPEN, limit)).await?;
    let (entries, _) = told_apart(page.items);
    Ok(entries.into_iter().map(|(row, _)| row).collect())
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
    Ok(told_apart(all(store, Query::index(OPEN, 1000)).await?).0)
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

/// A page of given-up entries with their versions, and the cursor of the next page.
#[derive(Debug)]
pub struct GivenUp {
    pub entries: Vec<(EffectRow, u64)>,
    pub next: Option<String>,
}

/// A page of the entries that were given up, oldest first; `after` is `next` of the page before.
///
/// # Errors
/// As [`Store::query`].
pub async fn given_up(
    store: &dyn Store,
    limit: usize,
    after: Option<String>,
) -> Result<GivenUp, StoreError> {
    let query = Query {
        after,
        ..Query::index(FAILED, limit)
    };
    let page = store.query(&query).await?;
    Ok(GivenUp {
        entries: told_apart(page.items).0,
        next: page.next,
    })
}

/// Given-up entries that are read in one page.
const PAGE: usize = 500;

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
    let stripe = |work: &Work| matches!(work, Work::Booking(effect) if matches!(effect.kind, CreateCheckoutSession { .. } | Refund { .. }));
    let (mut writes, mut after) = (Vec::new(), None);
    loop {
        let page = given_up(store, PAGE, after).await?;
        for (row, version) in page.entries {
            if row.work.booking_id() != booking_id || stripe(&row.work) {
                continue;
            }
            let open = EffectRow {
                due: now,
                attempts: 0,
                claim: None,
                failed: None,
                told: false,
                ..row
            };
            writes.push(open.write(Expect::Version(version))?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(writes);
        }
    }
}
