//! Payments of the Stripe account that belong to no booking. Their cash is that of the contact with the payer's address.

use bookpath_domain::bookings::{Booking, Fact, OtherPayment, Rules};
use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::people::erasure::{Subject, tombstone};
use jiff::{SignedDuration, Timestamp};

use super::erase::anonymous;
use super::ledger;
use crate::inbox::consumers::REACT;
use crate::inbox::dead_letters;
use crate::ports::{Expect, IndexKey, ItemKey, Query, Store, StoreError, Write, all};

/// How long a refund waits for the payment that it belongs to.
const WAITS_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Payments of one person that are read at once.
const PAGE: usize = 1000;

fn key(reference: &str) -> ItemKey {
    ItemKey::new(format!("other-payment#{reference}"), "row")
}

/// The partition of a payer's payments. It does not name the payer.
fn payer_partition(address: &str) -> String {
    format!("other-payments#{}", tombstone(address))
}

/// What a fact of Stripe changes that no booking is known for.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// It is known who paid.
    pub(crate) is_somebodys: bool,
    pub(crate) writes: Vec<Write>,
}

/// Takes in a fact that belongs to no booking. It is written in the caller's transaction.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn learn(
    store: &dyn Store,
    fact: &Fact,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Result<Change, StoreError> {
    let Some(reference) = OtherPayment::reference(fact) else {
        return Ok(Change::default());
    };
    let item = store.get(&key(reference)).await?;
    let known: Option<OtherPayment> = item.as_ref().map(|item| item.read()).transpose()?;
    let Some((next, entries)) = OtherPayment::learn(known.as_ref(), fact, now, rules) else {
        return Ok(Change {
            is_somebodys: known.as_ref().is_some_and(is_somebodys),
            writes: Vec::new(),
        });
    };
    let index = next.payer().map(|address| IndexKey {
        partition: payer_partition(address),
        sort: reference.to_owned(),
    });
    let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
    let mut write = Write::put(key(reference), index, &next, expect)?;
    if !next.is_paid() {
        write = write.expiring(now + WAITS_FOR);
    }
    let mut writes = vec![write];
    writes.extend(ledger::writes(&entries)?);
    if let Some(known) = known.filter(|known| !known.is_paid() && is_somebodys(&next)) {
        writes.extend(letters_of(store, &known).await?);
    }
    Ok(Change {
        is_somebodys: is_somebodys(&next),
        writes,
    })
}

/// Refunds and disputes that came before their payment.
pub(crate) struct Waiting {
    /// `None` if none came.
    pub(crate) payment: Option<OtherPayment>,
    /// Removes them from here. The write fails if another one has come since they were read, and the payment is decided again:
    /// nothing else would apply that one.
    pub(crate) removal: Write,
}

/// What waits for the payment that a fact tells; `None` for any other fact, and for a payment that belongs to no booking.
///
/// # Errors
/// As [`Store::get`].
pub(crate) async fn waiting(store: &dyn Store, fact: &Fact) -> Result<Option<Waiting>, StoreError> {
    let (Fact::Paid(_), Some(reference)) = (fact, OtherPayment::reference(fact)) else {
        return Ok(None);
    };
    let Some(item) = store.get(&key(reference)).await? else {
        return Ok(Some(Waiting {
            payment: None,
            removal: Write::unless_there(key(reference)),
        }));
    };
    let payment: OtherPayment = item.read()?;
    let removal = Write::Delete {
        key: item.key,
        expect: Expect::Version(item.version),
    };
    Ok((!payment.is_paid()).then_some(Waiting {
        payment: Some(payment),
        removal,
    }))
}

/// The removals of the dead letters of what came before its payment: now it is known whose it is.
///
/// # Errors
/// As [`Store::query`].
pub(crate) async fn letters_of(
    store: &dyn Store,
    early: &OtherPayment,
) -> Result<Vec<Write>, StoreError> {
    dead_letters::removals_of(store, REACT, &early.told_of_what_came_back()).await
}

fn is_somebodys(payment: &OtherPayment) -> bool {
    payment.is_paid() && payment.payer().is_some()
}

/// The money of the payment that this Stripe object names.
///
/// # Errors
/// As [`Store::get`].
pub(crate) async fn account(
    store: &dyn Store,
    reference: &str,
) -> Result<Option<Booking>, StoreError> {
    let item = store.get(&key(reference)).await?;
    let found: Option<OtherPayment> = item.map(|item| item.read()).transpose()?;
    Ok(found.map(OtherPayment::into_account))
}

/// Takes the person out of their payments: the money stays, under the anonymous address. How many.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn erase(
    store: &dyn Store,
    subject: &Subject,
    anonymizer: &Anonymizer<'_>,
) -> Result<usize, StoreError> {
    let mut count = 0;
    for address in &subject.emails {
        for item in all(store, Query::index(payer_partition(address), PAGE)).await? {
            anonymous(store, &item.key, anonymizer).await?;
            count += 1;
        }
    }
    Ok(count)
}
