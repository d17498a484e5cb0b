//! What a booking posts to the ledger.

use std::collections::BTreeMap;

use super::Booking;
use super::charge::Charge;
use super::movements::{cash, disputes};
use super::payment::{ChargeTotal, Posted};
use crate::inbox::told::FirstTold;
use crate::money::ledger::{EntryKind, LedgerEntry};

/// New ledger entries of `booking` since the last call; the booking remembers those that it has returned.
///
/// An entry's money is never changed. A movement that turns out to be another one, such as a refund that only the
/// charge's total had told and that Stripe made on the day before, is taken back by an entry of the opposite amount and
/// the same date and posted anew. Where only the delivery that told it is news, the same entry is told again with it.
pub(super) fn post(booking: &mut Booking) -> Vec<LedgerEntry> {
    let charges = booking.charges();
    let mut out = taken_over(booking, &charges);
    let movements = cash(booking, &charges);
    let posted = &mut booking.payment.posted;
    for (_, known) in posted
        .iter_mut()
        .filter(|(name, _)| !movements.contains_key(*name))
    {
        out.extend(known.take_back());
    }
    for (name, movement) in movements {
        match posted.get_mut(&name) {
            Some(known) => out.extend(known.follow(movement)),
            None => {
                out.push(movement.clone());
                posted.insert(name, Posted::first(movement));
            }
        }
    }
    for entry in disputes(booking, &charges) {
        if booking.requested.insert(mark(&entry.entry_id)) {
            out.push(entry);
        }
    }
    out
}

/// What remembers that a dispute's entry was posted.
fn mark(entry_id: &str) -> String {
    format!("ledger:{entry_id}")
}

/// Brings a booking from before movements were kept to them: its charges are posted under the names that `requested`
/// remembers, and what was posted of its refunds as sums is taken back.
fn taken_over(booking: &mut Booking, charges: &[Charge]) -> Vec<LedgerEntry> {
    let payment = &mut booking.payment;
    for (intent, (at, total_minor)) in &payment.charge_totals {
        if payment.totals.get(intent).is_none_or(BTreeMap::is_empty) {
            let told = ChargeTotal {
                total_minor: *total_minor,
                told: FirstTold::default(),
            };
            let totals = BTreeMap::from([(*at, told)]);
            payment.totals.insert(intent.clone(), totals);
        }
    }
    take_charges_over(booking, charges);
    let mut out = Vec::new();
    for (reference, minor) in std::mem::take(&mut booking.payment.ledger_refunds) {
        if minor == 0 {
            continue;
        }
        booking.payment.ledger_refund_entries += 1;
        let number = booking.payment.ledger_refund_entries;
        let index = super::charge::index_of(charges, &reference);
        let at = booking.payment.newest_refund(charges, index);
        let currency = charges
            .get(index)
            .map_or(booking.currency(), |c| &c.currency);
        out.push(LedgerEntry {
            entry_id: format!("refund:{}:{number}", booking.booking_id),
            booking_id: booking.booking_id.clone(),
            kind: EntryKind::Refund,
            amount_minor: minor,
            currency: currency.to_uppercase(),
            occurred_at: at.unwrap_or(booking.created_at),
            reference,
            told_by: None,
        });
    }
    out
}

/// Charges that were posted under a name which only `requested` remembers.
fn take_charges_over(booking: &mut Booking, charges: &[Charge]) {
    let posted = |charge: &Charge| {
        let mut names = charge.names.iter().map(|name| format!("charge:{name}"));
        let name = names.find(|name| booking.requested.contains(&mark(name)))?;
        let is_news = !booking.payment.posted.contains_key(&name);
        is_news.then(|| (name, charge.id.clone()))
    };
    let known: Vec<(String, String)> = charges.iter().filter_map(posted).collect();
    if known.is_empty() {
        return;
    }
    let movements = cash(booking, charges);
    for (name, charge) in known {
        let entry = movements
            .values()
            .find(|m| m.kind == EntryKind::Charge && m.reference == charge);
        if let Some(entry) = entry {
            let entry_id = name.clone();
            let entry = LedgerEntry {
                entry_id,
                ..entry.clone()
            };
            booking.payment.posted.insert(name, Posted::first(entry));
        }
    }
}

impl Posted {
    fn first(entry: LedgerEntry) -> Self {
        Self {
            entry,
            stands: true,
            entries: 1,
        }
    }

    /// Follows the movement as it is known now.
    fn follow(&mut self, movement: LedgerEntry) -> Vec<LedgerEntry> {
        let same = self.stands && money(&self.entry) == money(&movement);
        if same && (movement.told_by.is_none() || movement.told_by == self.entry.told_by) {
            return Vec::new();
        }
        if same {
            self.entry.told_by = movement.told_by;
            return vec![self.entry.clone()];
        }
        let mut out: Vec<LedgerEntry> = self.take_back().into_iter().collect();
        self.entries += 1;
        self.stands = true;
        self.entry = LedgerEntry {
            entry_id: format!("{}~{}", movement.entry_id, self.entries),
            ..movement
        };
        out.push(self.entry.clone());
        out
    }

    /// The entry that takes the movement back, if it stands.
    fn take_back(&mut self) -> Option<LedgerEntry> {
        if !std::mem::take(&mut self.stands) {
            return None;
        }
        self.entries += 1;
        let (movement, _) = movement_of(&self.entry.entry_id);
        Some(LedgerEntry {
            entry_id: format!("{movement}~{}", self.entries),
            amount_minor: -self.entry.amount_minor,
            ..self.entry.clone()
        })
    }
}

/// What two entries of the same movement must agree in.
fn money(entry: &LedgerEntry) -> (EntryKind, &str, i64, &str, jiff::Timestamp) {
    (
        entry.kind,
        &entry.reference,
        entry.amount_minor,
        &entry.currency,
        entry.occurred_at,
    )
}

/// The name of the movement that an entry is of, and the entry's number, from 1.
#[must_use]
pub fn movement_of(entry_id: &str) -> (&str, u32) {
    let numbered = entry_id
        .rsplit_once('~')
        .and_then(|(name, number)| Some((name, number.parse().ok()?)));
    numbered.unwrap_or((entry_id, 1))
}
