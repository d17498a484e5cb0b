//! Writes the ledger's charges and refunds to `silver.payments`.
//!
//! The transaction that makes an entry also lists it as news. It stays on that list until the lake has it. Handing an
//! entry over twice changes nothing. A row is a movement as its booking knows it now, so rows do not depend on the order in
//! which webhooks came.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use bookpath_domain::bookings::{Booking, movement_of};
use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use bookpath_domain::people::email;
use jiff::Timestamp;

use crate::bookings::ledger::{self, LedgerFilter};
use crate::bookings::other_payments;
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
            let (entries, next) =
                ledger::page(store, &LedgerFilter::default(), BATCH, after).await?;
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
            store.commit(Commit::new(part.to_vec())).await?;
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
    let mut found: HashMap<(&str, &str), Option<Booking>> = HashMap::new();
    let mut news = News::default();
    for entry in entries {
        let id = entry.booking_id.as_str();
        let account = (
            id,
            if id.is_empty() {
                entry.reference.as_str()
            } else {
                ""
            },
        );
        let booking = match found.entry(account) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(account_of(store, entry).await?),
        };
        news.take(entry, booking.as_ref());
    }
    let News { payments, gone } = news;
    if !payments.is_empty() || !gone.is_empty() {
        let payments: Vec<PaymentEntry> = payments.into_values().collect();
        let gone: Vec<String> = gone.into_iter().collect();
        let run = lake.append_payments(&payments, &gone, now).await?;
        add(runs, TableRuns::from([("silver.payments".to_owned(), run)]));
    }
    Ok(())
}

/// Owner of an entry: a booking, or a payment without one.
async fn account_of(store: &dyn Store, entry: &LedgerEntry) -> Result<Option<Booking>, StoreError> {
    if entry.booking_id.is_empty() {
        return other_payments::account(store, &entry.reference).await;
    }
    let row = repository::by_id(store, &entry.booking_id).await?;
    Ok(row.map(|found| found.row.booking))
}

/// Rows of `silver.payments`: one for each movement that stands. The ledger may have several entries of one movement.
#[derive(Default)]
struct News {
    payments: BTreeMap<String, PaymentEntry>,
    /// Ids of what was posted and taken back.
    gone: BTreeSet<String>,
}

impl News {
    /// Takes an entry in, with its booking as it is now.
    fn take(&mut self, entry: &LedgerEntry, booking: Option<&Booking>) {
        let (movement, _) = movement_of(&entry.entry_id);
        let posted = booking.and_then(|booking| booking.payment.posted.get(movement));
        match (booking, posted) {
            (Some(booking), Some(posted)) if posted.stands => {
                self.put(movement, &posted.entry, Payer::new(booking));
            }
            (_, Some(_)) => {
                self.gone.insert(movement.to_owned());
            }
            // What was posted of a refund before movements were kept.
            (Some(booking), None)
                if entry.kind == EntryKind::Refund && !booking.payment.posted.is_empty() =>
            {
                let last = booking.payment.ledger_refund_entries;
                let numbered = (1..=last).map(|n| format!("refund:{}:{n}", entry.booking_id));
                self.gone.extend(numbered);
            }
            (booking, None) => {
                self.put(movement, entry, booking.map(Payer::new).unwrap_or_default());
            }
        }
    }

    fn put(&mut self, payment_id: &str, entry: &LedgerEntry, payer: Payer) {
        // Fees and disputes are no cash of a customer's.
        let kind = match entry.kind {
            EntryKind::Charge => "charge",
            EntryKind::Refund => "refund",
            EntryKind::Fee | EntryKind::Dispute => return,
        };
        let payment = PaymentEntry {
            payment_id: payment_id.to_owned(),
            contact_id: payer.contact_id,
            booking_id: entry.booking_id.clone(),
            kind,
            amount_minor: entry.amount_minor,
            currency: entry.currency.to_uppercase(),
            occurred_at: entry.occurred_at,
            invitee_uri: payer.invitee_uri,
            raw_sha256: entry.told_by.as_ref().map(|by| by.raw_sha256.clone()),
        };
        self.payments.insert(payment_id.to_owned(), payment);
    }
}

/// What a booking says of who paid.
#[derive(Debug, Clone, Default)]
struct Payer {
    /// By the match key that the customer list uses.
    contact_id: Option<String>,
    invitee_uri: Option<String>,
}

impl Payer {
    fn new(booking: &Booking) -> Self {
        let booked = booking.contact().email;
        let address = booked.as_deref().or_else(|| booking.payment.payer());
        Self {
            contact_id: address
                .and_then(email::normalize)
                .map(|address| contact_id(&address)),
            invitee_uri: booking.invitee_uri().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use bookpath_domain::ToldBy;
    use bookpath_domain::bookings::{Fact, RefundReport, RefundStatus};
    use bookpath_vendors::Reported;

    use super::*;
    use crate::react::{Intake, apply};
    use crate::testing::{World, paid};

    fn refund(id: Option<&str>, created: Option<&str>, at: &str) -> Fact {
        Fact::Refund(RefundReport {
            refund_id: id.map(str::to_owned),
            payment_intent: Some("pi_1".to_owned()),
            status: RefundStatus::Succeeded,
            amount_minor: id.map(|_| 5_000),
            charge_total_minor: id.is_none().then_some(5_000),
            currency: None,
            created: created.map(|text| text.parse().unwrap()),
            attempt: None,
            effect_key: None,
            at: at.parse().unwrap(),
        })
    }

    async fn tell(world: &World, booking_id: &str, delivery_id: &str, fact: Fact) {
        let reported = Reported {
            fact,
            stripe_ids: Vec::new(),
            booking_id: Some(booking_id.to_owned()),
        };
        let told_by = Some(ToldBy {
            raw_sha256: format!("sha-{delivery_id}"),
            delivery_id: delivery_id.to_owned(),
        });
        let intake = Intake {
            told_by,
            ..Intake::new(&reported)
        };
        apply(&world.performer.reactor, intake).await.unwrap();
    }

    /// What a run hands over: the rows by id, with their time and webhook, and the ids that go.
    async fn news(world: &World, booking_id: &str) -> (Vec<(String, String, String)>, Vec<String>) {
        let entries = ledger::news(world.store.as_ref(), 100).await.unwrap();
        let booking = world.booking(booking_id).await;
        let mut news = News::default();
        for entry in &entries {
            news.take(entry, Some(&booking));
        }
        let rows = news.payments.into_values().map(|row| {
            let at = row.occurred_at.to_string();
            (row.payment_id, at, row.raw_sha256.unwrap_or_default())
        });
        (rows.collect(), news.gone.into_iter().collect())
    }

    #[tokio::test]
    async fn rows_name_their_webhook_and_do_not_depend_on_the_order() {
        let (day, next) = ("2026-03-01T23:59:58Z", "2026-03-02T00:00:01Z");
        let by_charge = ("d-charge", refund(None, None, next));
        let by_refund = ("d-refund", refund(Some("re_1"), Some(day), next));
        for later in [
            [by_charge.clone(), by_refund.clone()],
            [by_refund, by_charge],
        ] {
            let world = World::new();
            let id = world.awaiting().await;
            tell(&world, &id, "d-paid", paid("cs_1", world.now())).await;
            for (delivery_id, fact) in later {
                tell(&world, &id, delivery_id, fact).await;
            }
            let (rows, gone) = news(&world, &id).await;
            let row =
                |id: &str, at: &str, sha: &str| (id.to_owned(), at.to_owned(), sha.to_owned());
            let expected = [
                row("charge:pi_1", "2026-03-01T12:00:00Z", "sha-d-paid"),
                row("refund:re_1", day, "sha-d-refund"),
            ];
            assert_eq!(rows, expected);
            // What only the charge's total told goes, where it was handed over before.
            assert!(
                gone.iter().all(|id| id.starts_with("refund:pi_1:")),
                "{gone:?}"
            );
        }
    }
}
