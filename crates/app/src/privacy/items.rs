//! The person in the store: bookings stay without the person, texts and what names a body go.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::DeliveryStatus;
use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::people::erasure::{Searcher, Subject};
use bookpath_domain::people::phone::Phone;

use super::report::Erased;
use crate::bookings::repository::StoredBooking;
use crate::bookings::{erase, other_payments};
use crate::inbox::consumers::{REACT, WRITE_BRONZE};
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DeliveryRow};
use crate::lake::lineage;
use crate::people::decisions;
use crate::ports::{Commit, Store, StoreError, Write};
use crate::sync::calendly;
use crate::texts::conversations;

/// Deliveries that are read at once.
const PAGE: usize = 1000;
/// Writes of a commit: a transaction of DynamoDB takes 100.
const WRITES_MAX: usize = 45;

/// Takes the person out of the store; `evidence` is that of [`super::together::Together`], `emptied` are the keys of the bodies
/// that named them.
pub(super) async fn erase(
    store: &dyn Store,
    subject: &Subject,
    evidence: &BTreeMap<String, String>,
    emptied: &BTreeSet<String>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    erased.deliveries = deliveries(store, emptied).await?;
    let searcher = Searcher::new(subject);
    for consumer in [WRITE_BRONZE, REACT] {
        let named = |record: &[u8]| searcher.finds(record);
        let gone = dead_letters::removals(store, consumer, &named).await?;
        erased.dead_letters += gone.len();
        commit(store, gone).await?;
    }
    let anonymizer = Anonymizer::new(subject);
    let bookings = erase::of_person(store, subject).await?;
    erased.conversations = conversations_of(store, subject, &bookings, &anonymizer).await?;
    erase::bookings(store, subject, &bookings, &anonymizer).await?;
    erased.bookings = bookings.len();
    erased.payments = other_payments::erase(store, subject, &anonymizer).await?;
    erased.decisions = decisions::erase(store, subject, evidence).await?;
    let synced = subject.ids.iter().map(|id| calendly::forgotten(id));
    commit(store, synced.collect()).await
}

/// Takes the person out of the conversations of their bookings and of their numbers. How many.
async fn conversations_of(
    store: &dyn Store,
    subject: &Subject,
    bookings: &[StoredBooking],
    anonymizer: &Anonymizer<'_>,
) -> Result<usize, StoreError> {
    let ids = bookings.iter().map(|found| &found.row.booking.booking_id);
    let mut ids: BTreeSet<String> = ids.cloned().collect();
    for phone in &subject.phones {
        if let Some(phone) = Phone::parse(phone, "") {
            ids.extend(conversations::bookings_of_phone(store, &phone).await?);
        }
    }
    let mut count = 0;
    for id in &ids {
        count += usize::from(conversations::erase(store, id, anonymizer).await?);
    }
    Ok(count)
}

/// Marks every delivery of an emptied body as skipped, and forgets where its body was.
async fn deliveries(store: &dyn Store, emptied: &BTreeSet<String>) -> Result<usize, StoreError> {
    let mut count = 0;
    for status in DeliveryStatus::ALL {
        if status == DeliveryStatus::SkippedErased {
            continue;
        }
        let mut cursor = None;
        loop {
            let page = delivery::inbox(store, Some(status), PAGE, cursor.as_deref()).await?;
            let rows = page.rows.into_iter();
            let rows: Vec<DeliveryRow> = rows.filter(|r| emptied.contains(&r.raw_key)).collect();
            count += rows.len();
            let mut writes = Vec::new();
            for row in rows {
                writes.push(lineage::removal(&row.raw_sha256));
                writes.push(delivery::skipped(row)?);
            }
            commit(store, writes).await?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(count)
}

async fn commit(store: &dyn Store, writes: Vec<Write>) -> Result<(), StoreError> {
    for part in writes.chunks(WRITES_MAX) {
        store.commit(Commit::new(part.to_vec())).await?;
    }
    Ok(())
}
