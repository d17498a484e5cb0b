//! What a booking posts to the ledger.

use jiff::Timestamp;

use super::Booking;
use super::charge::Charge;
use crate::money::ledger::{EntryKind, LedgerEntry};

/// The entries that `booking` has earned since it last told; remembers what it has told.
///
/// Charges and disputes have ids of their own. Refunds are posted as what the total moved by, because Stripe
/// reports the same refund both by its id and as the charge's total; a refund that fails later posts back.
pub(super) fn post(booking: &mut Booking) -> Vec<LedgerEntry> {
    let charges = booking.charges();
    let refunds = refunds(booking, &charges);
    let mut out = paid(booking, &charges);
    out.extend(disputes(booking));
    out.extend(refunds.iter().cloned());
    out.retain(|e| !booking.requested.contains(&mark(&e.entry_id)));
    for entry in refunds {
        let told = &mut booking.payment.ledger_refunds;
        *told.entry(entry.reference).or_default() -= entry.amount_minor;
        booking.payment.ledger_refund_entries += 1;
    }
    let marks = out.iter().map(|e| mark(&e.entry_id));
    booking.requested.extend(marks);
    out
}

/// What remembers that an entry was posted.
fn mark(entry_id: &str) -> String {
    format!("ledger:{entry_id}")
}

fn entry(
    booking: &Booking,
    entry_id: String,
    kind: EntryKind,
    reference: &str,
    (amount_minor, currency): (i64, &str),
    occurred_at: Timestamp,
) -> LedgerEntry {
    LedgerEntry {
        entry_id,
        booking_id: booking.booking_id.clone(),
        kind,
        reference: reference.to_owned(),
        amount_minor,
        currency: currency.to_uppercase(),
        occurred_at,
    }
}

/// Every charge that was told under none of its names.
fn paid(booking: &Booking, charges: &[Charge]) -> Vec<LedgerEntry> {
    let id = |name: &str| format!("charge:{name}");
    let told = |name: &String| booking.requested.contains(&mark(&id(name)));
    let fresh = charges.iter().filter(|c| !c.names.iter().any(told));
    let charged = |c: &Charge| {
        let money = (c.amount_minor, c.currency.as_str());
        entry(
            booking,
            id(&c.id),
            EntryKind::Charge,
            &c.id,
            money,
            c.when.at,
        )
    };
    fresh.map(charged).collect()
}

/// The money that disputes took, their fees, and what came back of those that were won.
fn disputes(booking: &Booking) -> Vec<LedgerEntry> {
    let mut out = Vec::new();
    for (id, dispute) in &booking.payment.disputes {
        let currency = dispute.currency.as_deref().unwrap_or(booking.currency());
        let mut post = |name: &str, kind, minor, at| {
            let money = (minor, currency);
            out.push(entry(booking, format!("{name}:{id}"), kind, id, money, at));
        };
        let (minor, at) = (dispute.amount_minor, dispute.at);
        post("dispute", EntryKind::Dispute, -minor, at);
        if dispute.fee_minor != 0 {
            post("fee", EntryKind::Fee, -dispute.fee_minor, at);
        }
        if dispute.won {
            let returned_at = dispute.returned_at.unwrap_or(at);
            post("dispute_won", EntryKind::Dispute, minor, returned_at);
        }
    }
    out
}

/// What came back of each charge since the last entry, in either direction.
fn refunds(booking: &Booking, charges: &[Charge]) -> Vec<LedgerEntry> {
    let payment = &booking.payment;
    let mut out = Vec::new();
    let mut number = payment.ledger_refund_entries;
    for index in 0..charges.len().max(1) {
        let given = payment.refunded_minor(charges, index);
        let moved = given - payment.ledger_refunded_minor(charges, index);
        if moved == 0 {
            continue;
        }
        number += 1;
        let charge = charges.get(index);
        let reference = charge.map_or("", |c| c.id.as_str());
        let currency = charge.map_or(booking.currency(), |c| &c.currency);
        let at = payment.newest_refund(charges, index);
        out.push(entry(
            booking,
            format!("refund:{}:{number}", booking.booking_id),
            EntryKind::Refund,
            reference,
            (-moved, currency),
            at.unwrap_or(booking.created_at),
        ));
    }
    out
}
