//! The ledger's charges and refunds on their way to `silver.payments`.
//!
//! An entry is news from the transaction that made it until the lake has it; telling the lake twice changes nothing.

use std::collections::HashMap;

use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use bookpath_domain::people::email;
use jiff::Timestamp;

use crate::bookings::ledger;
use crate::bookings::repository;
use crate::lake::runs::add;
use crate::people::customers::contact_id;
use crate::ports::{Commit, LakeEngine, LakeFailure, PaymentEntry, Store, StoreError, TableRuns};

/// Entries of one commit.
const BATCH: usize = 1000;
/// Below the 100 actions of a DynamoDB transaction.
const WRITES_MAX: usize = 90;

/// Hands the lake what it does not have yet; with `all` the whole ledger, for a lake that lost it. Callers hold the
/// ETL lock.
///
/// # Errors
/// [`LakeFailure`]; the next run hands it over again.
pub async fn export(
    store: &dyn Store,
    lake: &dyn LakeEngine,
    all: bool,
    now: Timestamp,
) -> Result<TableRuns, LakeFailure> {
    let mut runs = TableRuns::new();
    if all {
        let mut after = None;
        loop {
            let (entries, next) = ledger::page(store, None, None, BATCH, after).await?;
            hand_over(store, lake, &entries, now, &mut runs).await?;
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    // Also after the whole ledger: its index may lag, so an entry is news until it was handed over as such.
    loop {
        let entries = ledger::news(store, BATCH).await?;
        if entries.is_empty() {
            return Ok(runs);
        }
        hand_over(store, lake, &entries, now, &mut runs).await?;
        for part in ledger::told(&entries).chunks(WRITES_MAX) {
            store.commit(Commit::of(part.to_vec())).await?;
        }
    }
}

async fn hand_over(
    store: &dyn Store,
    lake: &dyn LakeEngine,
    entries: &[LedgerEntry],
    now: Timestamp,
    runs: &mut TableRuns,
) -> Result<(), LakeFailure> {
    let mut contacts: HashMap<&str, Option<String>> = HashMap::new();
    let mut payments = Vec::with_capacity(entries.len());
    for entry in entries {
        // Fees and disputes are no cash of a customer's.
        let kind = match entry.kind {
            EntryKind::Charge => "charge",
            EntryKind::Refund => "refund",
            EntryKind::Fee | EntryKind::Dispute => continue,
        };
        let booking = entry.booking_id.as_str();
        if !contacts.contains_key(booking) {
            contacts.insert(booking, contact_of(store, booking).await?);
        }
        payments.push(PaymentEntry {
            payment_id: entry.entry_id.clone(),
            contact_id: contacts.get(booking).cloned().flatten(),
            booking_id: entry.booking_id.clone(),
            kind,
            amount_minor: entry.amount_minor,
            currency: entry.currency.to_uppercase(),
            occurred_at: entry.occurred_at,
        });
    }
    if !payments.is_empty() {
        let run = lake.append_payments(&payments, now).await?;
        add(runs, TableRuns::from([("silver.payments".to_owned(), run)]));
    }
    Ok(())
}

/// Whose booking it is, by the match key that the customer list uses.
async fn contact_of(store: &dyn Store, booking_id: &str) -> Result<Option<String>, StoreError> {
    let found = repository::by_id(store, booking_id).await?;
    Ok(found
        .and_then(|found| email::normalize(&found.row.booking.contact().email?))
        .map(|address| contact_id(&address)))
}
