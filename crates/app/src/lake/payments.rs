//! The ledger's charges and refunds on their way to `silver.payments`.
//!
//! The transaction that makes an entry also lists it as news. It stays on that list until the lake has it. Handing an
//! entry over twice changes nothing.

use std::collections::HashMap;

use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use bookpath_domain::people::email;
use jiff::Timestamp;

use crate::bookings::ledger;
use crate::bookings::repository;
use crate::lake::runs::add;
use crate::people::contact_id;
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
    let mut payers: HashMap<&str, Payer> = HashMap::new();
    let mut payments = Vec::with_capacity(entries.len());
    for entry in entries {
        // Fees and disputes are no cash of a customer's.
        let kind = match entry.kind {
            EntryKind::Charge => "charge",
            EntryKind::Refund => "refund",
            EntryKind::Fee | EntryKind::Dispute => continue,
        };
        let booking = entry.booking_id.as_str();
        if !payers.contains_key(booking) {
            payers.insert(booking, payer_of(store, booking).await?);
        }
        let payer = payers.get(booking).cloned().unwrap_or_default();
        payments.push(PaymentEntry {
            payment_id: entry.entry_id.clone(),
            contact_id: payer.contact_id,
            booking_id: entry.booking_id.clone(),
            kind,
            amount_minor: entry.amount_minor,
            currency: entry.currency.to_uppercase(),
            occurred_at: entry.occurred_at,
            invitee_uri: payer.invitee_uri,
        });
    }
    if !payments.is_empty() {
        let run = lake.append_payments(&payments, now).await?;
        add(runs, TableRuns::from([("silver.payments".to_owned(), run)]));
    }
    Ok(())
}

/// What a booking says of who paid.
#[derive(Debug, Clone, Default)]
struct Payer {
    /// By the match key that the customer list uses.
    contact_id: Option<String>,
    invitee_uri: Option<String>,
}

async fn payer_of(store: &dyn Store, booking_id: &str) -> Result<Payer, StoreError> {
    let Some(found) = repository::by_id(store, booking_id).await? else {
        return Ok(Payer::default());
    };
    let booking = found.row.booking;
    let address = booking.contact().email;
    Ok(Payer {
        contact_id: address
            .and_then(|typed| email::normalize(&typed))
            .map(|address| contact_id(&address)),
        invitee_uri: booking.invitee_uri().map(str::to_owned),
    })
}
