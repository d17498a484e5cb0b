//! The ledger: every charge, refund, fee and dispute as an entry that is never changed, in minor units.
//!
//! Positive is money that came to us. The balance of a booking that was paid and fully given back is 0.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inbox::told::ToldBy;

/// Kind of an entry.
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
    /// The delivery that told it; `None` for what only our own call or Stripe's statement told.
    #[serde(default)]
    pub told_by: Option<ToldBy>,
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
    entries
        .into_iter()
        .fold(BTreeMap::new(), |mut sums, entry| {
            *sums.entry(entry.currency.to_uppercase()).or_default() +=
                i128::from(entry.amount_minor);
            sums
        })
}

/// One line of Stripe's own statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    pub line_id: String,
    /// A charge, a refund, a dispute; or a fee on its own.
    pub kind: EntryKind,
    /// As in [`LedgerEntry::reference`].
    pub reference: String,
    /// In the customer's currency; negative is money that we paid out.
    pub amount_minor: i64,
    pub currency: String,
    /// What Stripe kept for this line, in the account's currency.
    pub fee_minor: i64,
    pub fee_currency: String,
    pub created: Timestamp,
    /// From the metadata that we set.
    pub booking_id: Option<String>,
}

/// One object on which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub kind: EntryKind,
    pub reference: String,
    pub currency: String,
    pub ours_minor: i64,
    pub stripe_minor: i64,
    pub booking_id: Option<String>,
    /// When Stripe made the first line of the object; `None` where only the ledger has it.
    #[serde(default)]
    pub stripe_at: Option<Timestamp>,
}

/// What both sides say about one object.
#[derive(Debug, Default)]
struct Sides {
    ours_minor: i64,
    stripe_minor: i64,
    /// Whether at least one line of it is within the period; else it is in the margin only.
    inside: bool,
    booking_id: Option<String>,
    stripe_at: Option<Timestamp>,
}

/// The daily reconciliation, to the cent: every object of the period on which our ledger and Stripe differ.
///
/// Both lists reach a little beyond the period on either side, because the two clocks need not agree: what lies
/// wholly in that margin belongs to another period. Fees are Stripe's word alone and are not compared.
#[must_use]
pub fn reconcile(
    ours: &[LedgerEntry],
    stripe: &[StatementLine],
    from: Timestamp,
    to: Timestamp,
) -> Vec<Difference> {
    let mut objects: BTreeMap<(EntryKind, String, String), Sides> = BTreeMap::new();
    let inside = |at: Timestamp| from <= at && at < to;
    for entry in ours.iter().filter(|e| e.kind != EntryKind::Fee) {
        let sides = objects
            .entry((
                entry.kind,
                entry.reference.clone(),
                entry.currency.to_uppercase(),
            ))
            .or_default();
        sides.ours_minor += entry.amount_minor;
        sides.inside |= inside(entry.occurred_at);
        sides
            .booking_id
            .get_or_insert_with(|| entry.booking_id.clone());
    }
    for line in stripe.iter().filter(|l| l.kind != EntryKind::Fee) {
        let sides = objects
            .entry((
                line.kind,
                line.reference.clone(),
                line.currency.to_uppercase(),
            ))
            .or_default();
        sides.stripe_minor += line.amount_minor;
        sides.inside |= inside(line.created);
        sides.stripe_at = sides.stripe_at.into_iter().chain([line.created]).min();
        sides.booking_id = sides.booking_id.take().or_else(|| line.booking_id.clone());
    }
    let differing = objects
        .into_iter()
        .filter(|(_, sides)| sides.inside && sides.ours_minor != sides.stripe_minor);
    differing
        .map(
            |(
                (kind, reference, currency),
                Sides {
                    ours_minor,
                    stripe_minor,
                    booking_id,
                    stripe_at,
                    ..
                },
            )| Difference {
                kind,
                reference,
                currency,
                ours_minor,
                stripe_minor,
                booking_id,
                stripe_at,
            },
        )
        .collect()
}

/// The fees that Stripe kept for these lines, as entries: what only its statement tells. `booking_of` names the
/// booking of a line. The fee of a dispute is the one that the dispute's own event may have told already.
#[must_use]
pub fn fees(
    lines: &[StatementLine],
    booking_of: impl Fn(&StatementLine) -> Option<String>,
) -> Vec<LedgerEntry> {
    let name = |line: &StatementLine| match (line.kind, line.fee_minor < 0) {
        (EntryKind::Dispute, false) => format!("fee:{}", line.reference),
        (EntryKind::Dispute, true) => format!("fee_returned:{}", line.reference),
        _ => format!("fee:{}", line.line_id),
    };
    let fee = |line: &StatementLine| LedgerEntry {
        entry_id: name(line),
        booking_id: booking_of(line).unwrap_or_default(),
        kind: EntryKind::Fee,
        reference: line.reference.clone(),
        amount_minor: -line.fee_minor,
        currency: line.fee_currency.to_uppercase(),
        occurred_at: line.created,
        told_by: None,
    };
    lines
        .iter()
        .filter(|line| line.fee_minor != 0)
        .map(fee)
        .collect()
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
            told_by: None,
        }
    }

    #[test]
    fn appending_twice_is_appending_once_and_currencies_stay_apart() {
        let mut ledger = Ledger::default();
        assert!(ledger.append(entry("charge:pi_1", EntryKind::Charge, "pi_1", 15_000)));
        assert!(!ledger.append(entry("charge:pi_1", EntryKind::Charge, "pi_1", 99)));
        ledger.append(LedgerEntry {
            currency: "EUR".to_owned(),
            ..entry("charge:pi_2", EntryKind::Charge, "pi_2", 7)
        });
        ledger.append(entry("refund:b1:1", EntryKind::Refund, "pi_1", -15_000));
        assert_eq!(
            ledger.balance(),
            BTreeMap::from([("EUR".to_owned(), 7), ("USD".to_owned(), 0)])
        );
    }

    fn line(kind: EntryKind, reference: &str, amount_minor: i64, created: &str) -> StatementLine {
        StatementLine {
            line_id: format!("txn_{reference}_{amount_minor}"),
            kind,
            reference: reference.to_owned(),
            amount_minor,
            currency: "USD".to_owned(),
            fee_minor: 0,
            fee_currency: "USD".to_owned(),
            created: at(created),
            booking_id: None,
        }
    }

    #[test]
    fn reconciliation_names_every_difference_to_the_cent() {
        let noon = "2026-03-01T12:00:00Z";
        let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"));
        let ours = [
            entry("a", EntryKind::Charge, "pi_1", 15_000),
            entry("b", EntryKind::Charge, "pi_2", 100),
        ];
        let stripe = [
            line(EntryKind::Charge, "pi_1", 15_000, noon),
            line(EntryKind::Charge, "pi_2", 101, noon),
            line(EntryKind::Refund, "pi_1", -5, noon),
        ];
        let differences = reconcile(&ours, &stripe, from, to);
        let named: Vec<_> = differences
            .iter()
            .map(|d| (d.kind, d.reference.as_str(), d.ours_minor, d.stripe_minor))
            .collect();
        assert_eq!(
            named,
            [
                (EntryKind::Charge, "pi_2", 100, 101),
                (EntryKind::Refund, "pi_1", 0, -5)
            ]
        );
        assert!(reconcile(&ours[..1], &stripe[..1], from, to).is_empty());
    }

    #[test]
    fn what_lies_in_the_margin_is_another_days() {
        let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"));
        let late = LedgerEntry {
            occurred_at: at("2026-03-02T00:00:01Z"),
            ..entry("a", EntryKind::Charge, "pi_1", 15_000)
        };
        assert!(reconcile(std::slice::from_ref(&late), &[], from, to).is_empty());
        // The clocks differ by two seconds over midnight: still the same charge.
        assert!(
            reconcile(
                &[late],
                &[line(
                    EntryKind::Charge,
                    "pi_1",
                    15_000,
                    "2026-03-01T23:59:59Z"
                )],
                from,
                to
            )
            .is_empty()
        );
    }

    #[test]
    fn fees_are_posted_once_per_line_and_those_of_a_dispute_under_its_own_name() {
        let noon = "2026-03-01T12:00:00Z";
        let charge = StatementLine {
            fee_minor: 465,
            ..line(EntryKind::Charge, "pi_1", 15_000, noon)
        };
        let dispute = StatementLine {
            fee_minor: 1_500,
            ..line(EntryKind::Dispute, "dp_1", -15_000, noon)
        };
        let won = StatementLine {
            fee_minor: -1_500,
            ..line(EntryKind::Dispute, "dp_1", 15_000, noon)
        };
        let posted = fees(
            &[
                charge,
                dispute,
                won,
                line(EntryKind::Refund, "pi_1", -1, noon),
            ],
            |l| Some(format!("of-{}", l.reference)),
        );
        let named: Vec<_> = posted
            .iter()
            .map(|e| (e.entry_id.as_str(), e.booking_id.as_str(), e.amount_minor))
            .collect();
        assert_eq!(
            named,
            [
                ("fee:txn_pi_1_15000", "of-pi_1", -465),
                ("fee:dp_1", "of-dp_1", -1_500),
                ("fee_returned:dp_1", "of-dp_1", 1_500)
            ]
        );
    }
}
