//! What the money of a booking did, each movement once, from the facts that are known: the same in whatever order they
//! came. A charge is dated by its event. A refund is dated by Stripe's `created` of the refund; the part that no refund
//! accounts for and only the charge's total told is dated by the event that told the total.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Booking;
use super::charge::{Charge, index_of};
use super::payment::{ChargeTotal, Payment};
use crate::inbox::told::FirstTold;
use crate::money::ledger::{EntryKind, LedgerEntry};

/// Movements by name. A movement is an entry whose id is that name.
pub(super) type Movements = BTreeMap<String, LedgerEntry>;

/// What the customer paid, and what came back to them.
pub(super) fn cash(booking: &Booking, charges: &[Charge]) -> Movements {
    let mut out = Movements::new();
    for charge in charges {
        let money = (charge.amount_minor, charge.currency.as_str());
        let at = (charge.when.at, told_of(booking, charge));
        let name = charge_name(booking, charge);
        add(&mut out, movement(booking, name, &charge.id, money, at));
    }
    for index in 0..charges.len().max(1) {
        refunds(booking, charges, index, &mut out);
    }
    out
}

/// The disputes' entries have ids of their own and are posted as they are told.
pub(super) fn disputes(booking: &Booking, charges: &[Charge]) -> Vec<LedgerEntry> {
    let mut out = Vec::new();
    let price = booking.price();
    for (id, dispute) in &booking.payment.disputes {
        let disputed = dispute.money(charges, &price);
        let told_in = dispute.currency.as_ref().unwrap_or(&price.currency);
        let fees_in = dispute.fee_currency.as_ref().unwrap_or(told_in);
        let mut post = |name: &str, kind, minor, at, told: &FirstTold| {
            let currency = match kind {
                EntryKind::Fee => fees_in,
                _ => &disputed.currency,
            };
            let of = movement(
                booking,
                format!("{name}:{id}"),
                id,
                (minor, currency),
                (at, told.clone()),
            );
            out.push(LedgerEntry { kind, ..of });
        };
        let (minor, at, told) = (disputed.amount_minor, dispute.at, &dispute.told);
        post("dispute", EntryKind::Dispute, -minor, at, told);
        if dispute.fee_minor != 0 {
            post("fee", EntryKind::Fee, -dispute.fee_minor, at, told);
        }
        if dispute.won {
            let (at, told) = (dispute.returned_at.unwrap_or(at), &dispute.win_told);
            post("dispute_won", EntryKind::Dispute, minor, at, told);
            if dispute.fee_returned_minor != 0 {
                let minor = dispute.fee_returned_minor;
                post("fee_returned", EntryKind::Fee, minor, at, told);
            }
        }
    }
    out
}

fn add(out: &mut Movements, movement: LedgerEntry) {
    out.insert(movement.entry_id.clone(), movement);
}

/// A charge, or a refund where the amount is negative.
fn movement(
    booking: &Booking,
    name: String,
    reference: &str,
    (amount_minor, currency): (i64, &str),
    (occurred_at, told): (Timestamp, FirstTold),
) -> LedgerEntry {
    let kind = if name.starts_with("refund:") {
        EntryKind::Refund
    } else {
        EntryKind::Charge
    };
    LedgerEntry {
        entry_id: name,
        booking_id: booking.booking_id.clone(),
        kind,
        reference: reference.to_owned(),
        amount_minor,
        currency: currency.to_uppercase(),
        occurred_at,
        told_by: told.by().cloned(),
    }
}

/// A charge keeps the name under which it was posted first.
fn charge_name(booking: &Booking, charge: &Charge) -> String {
    let name = |id: &String| format!("charge:{id}");
    let posted = |name: &String| booking.payment.posted.contains_key(name);
    let known = charge.names.iter().map(name).find(posted);
    known.unwrap_or_else(|| name(&charge.id))
}

/// The event that reported a charge.
fn told_of(booking: &Booking, charge: &Charge) -> FirstTold {
    let mut told = FirstTold::default();
    let payment = &booking.payment;
    let of = payment
        .paid
        .values()
        .filter(|paid| charge.names.contains(&payment.charge_id(paid)));
    for paid in of {
        told.join(&paid.told);
    }
    told
}

/// What came back of the charge at `index`.
fn refunds(booking: &Booking, charges: &[Charge], index: usize, out: &mut Movements) {
    let payment = &booking.payment;
    let charge = charges.get(index);
    let reference = charge.map_or("", |c| c.id.as_str());
    let currency = charge.map_or(booking.currency(), |c| &c.currency);
    let minors = payment.refund_minors(charges, index);
    let mut named = 0;
    for (id, refund) in payment.refunds_at(charges, index) {
        let minor = minors.get(id.as_str()).copied().unwrap_or(0);
        let (Some(succeeded), true) = (refund.succeeded, minor != 0) else {
            continue;
        };
        let at = refund.created.unwrap_or(succeeded.at);
        let told = (at, refund.success_told.clone());
        let name = format!("refund:{id}");
        add(
            out,
            movement(booking, name, reference, (-minor, currency), told),
        );
        match refund.failed.filter(|_| !refund.stands()) {
            Some(failed) => {
                let told = (failed.at, refund.failure_told.clone());
                let name = format!("refund:{id}:returned");
                add(
                    out,
                    movement(booking, name, reference, (minor, currency), told),
                );
            }
            None => named += minor,
        }
    }
    let unnamed = payment.refunded_minor(charges, index) - named;
    for part in unnamed_parts(payment, charges, index, unnamed) {
        let name = format!("refund:{}:{}", part.intent, part.at.as_microsecond());
        let told = (part.at, part.told.clone());
        add(
            out,
            movement(booking, name, reference, (-part.minor, currency), told),
        );
    }
}

/// A part of what a charge reported as refunded that no refund accounts for.
struct Part<'a> {
    intent: &'a str,
    at: Timestamp,
    minor: i64,
    told: &'a FirstTold,
}

/// Divides `unnamed` minor units among the reports of the charge's total: each has what it told more than the ones
/// before, less the refunds that are known by name. A refund is part of the first report after it was made.
fn unnamed_parts<'a>(
    payment: &'a Payment,
    charges: &[Charge],
    index: usize,
    unnamed: i64,
) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (intent, totals) in payment.totals_at(charges, index) {
        let mut before = 0;
        for (at, report) in totals {
            let total = payment.total_minor(charges.get(index), intent, report.total_minor);
            let minor = (total - before).max(0);
            before = before.max(total);
            let (at, told) = (*at, &report.told);
            parts.push(Part {
                intent,
                at,
                minor,
                told,
            });
        }
    }
    parts.sort_by_key(|part| part.at);
    let minors = payment.refund_minors(charges, index);
    let made = payment
        .refunds_at(charges, index)
        .filter_map(|(id, refund)| {
            let minor = minors.get(id.as_str())?;
            Some((refund.made_at(), *minor))
        });
    let mut refunds: Vec<(Option<Timestamp>, i64)> = made.collect();
    refunds.sort_unstable();
    for (made_at, minor) in refunds {
        let mut left = minor;
        let later = parts
            .iter_mut()
            .filter(|part| made_at.is_none_or(|made_at| made_at <= part.at));
        take(later, &mut left);
        take(parts.iter_mut(), &mut left);
    }
    let mut left = unnamed.max(0);
    for part in &mut parts {
        part.minor = part.minor.min(left);
        left -= part.minor;
    }
    if let Some(last) = parts.last_mut() {
        last.minor += left;
    }
    parts.retain(|part| part.minor != 0);
    parts
}

/// Takes as much of `left` as the parts have.
fn take<'p, 'a: 'p>(parts: impl Iterator<Item = &'p mut Part<'a>>, left: &mut i64) {
    for part in parts {
        let taken = part.minor.min(*left);
        part.minor -= taken;
        *left -= taken;
    }
}

impl Payment {
    /// The reports of what came back of the charge at `index`, by payment intent.
    fn totals_at<'a>(
        &'a self,
        charges: &[Charge],
        index: usize,
    ) -> impl Iterator<Item = (&'a String, &'a BTreeMap<Timestamp, ChargeTotal>)> {
        let totals = self.totals.iter();
        totals.filter(move |(intent, _)| index_of(charges, intent) == index)
    }
}
