//! The ledger: every charge, refund, fee and dispute as an entry that is never changed, in minor units.
//!
//! Positive is money that came to us. The balance of a booking that was paid and fully given back is 0.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;

/// What an entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Charge,
    Refund,
    Fee,
    Dispute,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its idempotency key: appending the same entry again changes nothing.
    pub entry_id: String,
    pub booking_id: String,
    pub kind: EntryKind,
    /// The Stripe object, for the reconciliation: a payment intent, or a dispute.
    pub reference: String,
    pub amount_minor: i64,
    pub currency: String,
    pub occurred_at: Timestamp,
}

/// An append-only list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: BTreeMap<String, LedgerEntry>,
}

impl Ledger {
    /// Adds an entry; `false` if it is there already.
    pub fn append(&mut self, entry: LedgerEntry) -> bool {
        let new = !self.entries.contains_key(&entry.entry_id);
        self.entries.entry(entry.entry_id.clone()).or_insert(entry);
        new
    }

    /// The entries by id.
    pub fn entries(&self) -> impl Iterator<Item = &LedgerEntry> {
        self.entries.values()
    }

    /// The sum per currency; currencies are never added up.
    #[must_use]
    pub fn balance(&self) -> BTreeMap<String, i128> {
        balance(self.entries.values())
    }
}

/// The sum per currency of any entries.
#[must_use]
pub fn balance<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> BTreeMap<String, i128> {
    entries.into_iter().fold(BTreeMap::new(), |mut sums, entry| {
        *sums.entry(entry.currency.to_uppercase()).or_default() += i128::from(entry.amount_minor);
        sums
    })
}

/// What Stripe's own balance says about one object: (kind, reference, amount, currency).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeAmount {
    pub kind: EntryKind,
    pub reference: String,
    pub amount_minor: i64,
    pub currency: String,
}

/// One line on which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub kind: EntryKind,
    pub reference: String,
    pub currency: String,
    pub ours_minor: i64,
    pub stripe_minor: i64,
}

/// The daily reconciliation, to the cent: every object on which our ledger and Stripe differ.
#[must_use]
pub fn reconcile<'a>(ours: impl IntoIterator<Item = &'a LedgerEntry>, stripe: &[StripeAmount]) -> Vec<Difference> {
    let mut sides: BTreeMap<(EntryKind, String, String), (i64, i64)> = BTreeMap::new();
    for entry in ours {
        sides.entry((entry.kind, entry.reference.clone(), entry.currency.to_uppercase())).or_default().0 += entry.amount_minor;
    }
    for amount in stripe {
        sides.entry((amount.kind, amount.reference.clone(), amount.currency.to_uppercase())).or_default().1 += amount.amount_minor;
    }
    let differing = sides.into_iter().filter(|(_, (ours, theirs))| ours != theirs);
    differing
        .map(|((kind, reference, currency), (ours_minor, stripe_minor))| Difference { kind, reference, currency, ours_minor, stripe_minor })
        .collect()
}

/// The entries that `booking` has earned since it last told; remembers how much of the refunds it has told.
///
/// Charges and disputes have ids of their own. Refunds are posted as what the total moved by, because Stripe
/// reports the same refund both by its id and as the charge's total; a refund that fails later posts back.
pub(crate) fn of_booking(booking: &mut Booking) -> Vec<LedgerEntry> {
    let currency = booking.currency().to_uppercase();
    let entry = |entry_id: String, kind, reference: &str, amount_minor, occurred_at| LedgerEntry {
        entry_id,
        booking_id: booking.booking_id.clone(),
        kind,
        reference: reference.to_owned(),
        amount_minor,
        currency: currency.clone(),
        occurred_at,
    };
    let mut out = Vec::new();
    let charges = booking.payment.charges(booking.price_minor());
    let told = |name: &String| booking.requested.contains(&format!("ledger:charge:{name}"));
    for charge in charges.iter().filter(|c| !c.names.iter().any(told)) {
        out.push(entry(format!("charge:{}", charge.id), EntryKind::Charge, &charge.id, charge.amount_minor, charge.when.at));
    }
    for (id, dispute) in booking.payment.disputes.iter() {
        out.push(entry(format!("dispute:{id}"), EntryKind::Dispute, id, -dispute.amount_minor, dispute.at));
        if dispute.fee_minor != 0 {
            out.push(entry(format!("fee:{id}"), EntryKind::Fee, id, -dispute.fee_minor, dispute.at));
        }
        if dispute.won {
            out.push(entry(format!("dispute_won:{id}"), EntryKind::Dispute, id, dispute.amount_minor, dispute.at));
        }
    }
    let total = booking.refunded_in_all_minor();
    let moved = total - booking.payment.ledger_refunded_minor;
    let n = booking.payment.ledger_refund_entries + 1;
    if moved != 0 {
        let newest = booking.payment.refunds.values().flat_map(|r| [r.succeeded, r.failed]).flatten().map(|w| w.at).max();
        let at = newest.unwrap_or(booking.created_at);
        let reference = charges.first().map_or("", |c| c.id.as_str());
        out.push(entry(format!("refund:{}:{n}", booking.booking_id), EntryKind::Refund, reference, -moved, at));
    }
    out.retain(|e| !booking.requested.contains(&format!("ledger:{}", e.entry_id)));
    if moved != 0 {
        booking.payment.ledger_refunded_minor = total;
        booking.payment.ledger_refund_entries = n;
    }
    booking.requested.extend(out.iter().map(|e| format!("ledger:{}", e.entry_id)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn entry(id: &str, kind: EntryKind, reference: &str, amount_minor: i64) -> LedgerEntry {
        LedgerEntry {
            entry_id: id.to_owned(),
            booking_id: "b1".to_owned(),
            kind,
            reference: reference.to_owned(),
            amount_minor,
            currency: "usd".to_owned(),
            occurred_at: at("2026-03-01T10:00:00Z"),
        }
    }

    #[test]
    fn appending_twice_is_appending_once_and_currencies_stay_apart() {
        let mut ledger = Ledger::default();
        assert!(ledger.append(entry("charge:pi_1", EntryKind::Charge, "pi_1", 15_000)));
        assert!(!ledger.append(entry("charge:pi_1", EntryKind::Charge, "pi_1", 99)));
        ledger.append(LedgerEntry { currency: "EUR".to_owned(), ..entry("charge:pi_2", EntryKind::Charge, "pi_2", 7) });
        ledger.append(entry("refund:b1:1", EntryKind::Refund, "pi_1", -15_000));
        assert_eq!(ledger.balance(), BTreeMap::from([("EUR".to_owned(), 7), ("USD".to_owned(), 0)]));
    }

    #[test]
    fn reconciliation_names_every_difference_to_the_cent() {
        let ours = [entry("a", EntryKind::Charge, "pi_1", 15_000), entry("b", EntryKind::Charge, "pi_2", 100)];
        let theirs = |kind, reference: &str, amount_minor| StripeAmount {
            kind,
            reference: reference.to_owned(),
            amount_minor,
            currency: "USD".to_owned(),
        };
        let stripe =
            [theirs(EntryKind::Charge, "pi_1", 15_000), theirs(EntryKind::Charge, "pi_2", 101), theirs(EntryKind::Refund, "pi_1", -5)];
        let differences = reconcile(&ours, &stripe);
        let named: Vec<_> = differences.iter().map(|d| (d.kind, d.reference.as_str(), d.ours_minor, d.stripe_minor)).collect();
        assert_eq!(named, [(EntryKind::Charge, "pi_2", 100, 101), (EntryKind::Refund, "pi_1", 0, -5)]);
        assert!(reconcile(&ours[..1], &stripe[..1]).is_empty());
    }
}
