//! The charges of a booking: what was paid, whether it is the price, and what came back of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::fact::{ActionKind, When};
use super::payment::{PaidFact, Payment};
use super::refund::Refund;
use super::{Booking, BookingState};
use crate::money::Money;

/// The mode of a Checkout session that is paid once; the others belong to subscriptions and stored cards.
const ONE_TIME: &str = "payment";

/// One charge: all reports about the same payment taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The payment intent where it is known, else the session.
    pub id: String,
    /// Every name that the same payment goes by.
    pub names: BTreeSet<String>,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
    /// What the customer saw, where Stripe converted the price for them (Adaptive Pricing).
    pub presented: Option<Money>,
    /// Its amount, currency or mode is not the booking's price, and no admin has accepted it.
    pub differs: bool,
    pub when: When,
}

impl Charge {
    /// The money of the charge.
    #[must_use]
    pub fn money(&self) -> Money {
        Money {
            amount_minor: self.amount_minor,
            currency: self.currency.clone(),
        }
    }
}

impl Booking {
    /// The charges, the booking's own first (the oldest that is the price). Any other that is the price was paid by
    /// mistake; those that differ from the price come last and wait for an admin.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        let mut best: BTreeMap<String, (u8, Charge)> = BTreeMap::new();
        for fact in self.payment.paid.values() {
            let (rank, charge) = self.charge_of(fact);
            match best.entry(charge.id.clone()) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert((rank, charge));
                }
                std::collections::btree_map::Entry::Occupied(mut place) => {
                    let (known_rank, known) = place.get_mut();
                    let when = known.when.min(charge.when);
                    let names = known.names.union(&charge.names).cloned().collect();
                    if rank > *known_rank {
                        (*known_rank, *known) = (rank, charge);
                    }
                    (known.when, known.names) = (when, names);
                }
            }
        }
        let mut charges: Vec<Charge> = best.into_values().map(|(_, charge)| charge).collect();
        for charge in &mut charges {
            charge.differs = charge.differs && !self.accepts(charge.when);
        }
        let own = self.payment.own_charge.as_ref();
        let place = |c: &Charge| {
            let fixed = own.is_some_and(|own| c.names.contains(own));
            (c.differs, !fixed, c.when, c.id.clone())
        };
        charges.sort_by_key(place);
        charges
    }

    /// A reported payment as a charge, and a rank: 2 if its money is the price, 1 if it differs, 0 if it names no money.
    fn charge_of(&self, fact: &PaidFact) -> (u8, Charge) {
        let id = self.payment.charge_id(fact);
        let names = std::iter::once(id.clone()).chain(fact.session_id.clone());
        let price = self.price();
        let (amount, currency) = (
            fact.amount_minor.unwrap_or(price.amount_minor),
            fact.currency.as_deref().unwrap_or(&price.currency),
        );
        let once = fact.mode.as_deref().is_none_or(|mode| mode == ONE_TIME);
        let equal =
            once && amount == price.amount_minor && currency.eq_ignore_ascii_case(&price.currency);
        let rank = match (fact.amount_minor.is_some(), equal) {
            (true, true) => 2,
            (true, false) => 1,
            (false, _) => 0,
        };
        let charge = Charge {
            names: names.collect(),
            id,
            amount_minor: amount,
            currency: currency.to_uppercase(),
            presented: fact.presented.clone(),
            differs: !equal,
            when: fact.when,
        };
        (rank, charge)
    }

    /// Whether an admin has confirmed the booking after this payment was known.
    fn accepts(&self, when: When) -> bool {
        self.actions.iter().enumerate().any(|(index, taken)| {
            let confirms = ActionKind::Override {
                to: BookingState::Confirmed,
            };
            taken.action.kind == confirms && usize::try_from(when.epoch).is_ok_and(|e| e <= index)
        })
    }

    /// What the booking costs; 0 without a session type.
    #[must_use]
    pub fn price(&self) -> Money {
        Money {
            amount_minor: self.price_minor(),
            currency: self.currency().to_uppercase(),
        }
    }

    /// The booking's own charge.
    #[must_use]
    pub fn own_charge(&self) -> Option<Charge> {
        self.charges().into_iter().next().filter(|c| !c.differs)
    }

    /// The address that was given where the booking's own charge was paid. Only a session that Bookpath opened proves it:
    /// anybody can pay on a page of their own that names the booking.
    pub(super) fn payer_email(&self) -> Option<&str> {
        let own = self.own_charge()?;
        let proves = |paid: &&PaidFact| {
            let session = paid.session_id.as_ref();
            session.is_some_and(|id| own.names.contains(id) && self.payment.opened(id))
        };
        let mut paid = self.payment.paid.values().filter(proves);
        paid.find_map(|p| Some(p.email.as_ref()?.0.as_str()))
    }

    /// The charge that an admin may give back: the booking's own, else one that differs from the price.
    #[must_use]
    pub fn refundable(&self) -> Option<Charge> {
        self.charges().into_iter().next()
    }

    /// What an admin may still give back of [`Booking::refundable`], in minor units: neither given nor on its way.
    #[must_use]
    pub fn refundable_minor(&self) -> i64 {
        let charges = self.charges();
        charges.first().map_or(0, |charge| {
            charge.amount_minor
                - self.payment.refunded_minor(&charges, 0)
                - self.payment.in_flight_minor(&charges, 0)
        })
    }

    /// Charges that differ from the price and are not fully given back.
    #[must_use]
    pub fn differing(&self) -> Vec<Charge> {
        let charges = self.charges();
        let left = |index: usize, charge: &Charge| {
            charge.amount_minor
                - self.payment.refunded_minor(&charges, index)
                - self.payment.in_flight_minor(&charges, index)
        };
        charges
            .iter()
            .enumerate()
            .filter(|(index, charge)| charge.differs && left(*index, charge) > 0)
            .map(|(_, charge)| charge.clone())
            .collect()
    }

    /// Why a payment that is not the price waits for an admin: its money and the price.
    pub(super) fn difference(&self, charge: &Charge) -> String {
        format!(
            "{} paid by {}; the price is {}",
            charge.money(),
            charge.id,
            self.price()
        )
    }
}

/// Index of the charge that goes by `name`; 0 if none does.
pub(super) fn index_of(charges: &[Charge], name: &str) -> usize {
    charges
        .iter()
        .position(|c| c.names.contains(name))
        .unwrap_or(0)
}

impl Payment {
    pub(super) fn refunds_at<'a>(
        &'a self,
        charges: &'a [Charge],
        index: usize,
    ) -> impl Iterator<Item = (&'a String, &'a Refund)> {
        self.refunds.iter().filter(move |(_, refund)| {
            index_of(charges, refund.payment_intent.as_deref().unwrap_or("")) == index
        })
    }

    /// What came back of the charge at `index`, in its own minor units: the sum of its refunds, or the total that the charge
    /// itself reports, whichever is greater.
    #[must_use]
    pub fn refunded_minor(&self, charges: &[Charge], index: usize) -> i64 {
        let minors = self.refund_minors(charges, index);
        let sum = |keep: fn(&Refund) -> bool| -> i64 {
            self.refunds_at(charges, index)
                .filter(|(_, refund)| keep(refund))
                .filter_map(|(id, _)| minors.get(id.as_str()))
                .sum()
        };
        let total = |(intent, (_, total)): (&String, &(Timestamp, i64))| {
            self.total_minor(charges.get(index), intent, *total)
        };
        let totals: i64 = self
            .charge_totals
            .iter()
            .filter(|(intent, _)| index_of(charges, intent) == index)
            .map(total)
            .sum();
        sum(Refund::stands).max(totals - sum(Refund::has_failed))
    }

    /// What is on its way back of the charge at `index`, in its own minor units: refunds that we asked for and whose end
    /// nobody has told, and those that Stripe calls pending.
    #[must_use]
    pub fn in_flight_minor(&self, charges: &[Charge], index: usize) -> i64 {
        // A report that does not name our call, as those of before 2026-12, is told apart by its amount.
        let answers = |refund: &Refund, id: &String, key: &String, minor: i64| {
            !refund.is_open()
                && match &refund.effect_key {
                    Some(of) => of == key,
                    None => id == key || refund.amount_minor == Some(minor),
                }
        };
        let told = |key: &String, minor: i64| {
            self.refunds_at(charges, index)
                .any(|(id, refund)| answers(refund, id, key, minor))
        };
        let asked: i64 = self
            .refunds_asked
            .iter()
            .filter(|(_, charge)| index_of(charges, charge) == index)
            .filter_map(|(key, _)| Some((key, *self.refund_amounts.get(key)?)))
            .filter(|(key, minor)| !told(key, *minor))
            .map(|(_, minor)| minor)
            .sum();
        let ours = |refund: &Refund| {
            refund
                .effect_key
                .as_ref()
                .is_some_and(|key| self.refund_amounts.contains_key(key))
        };
        let minors = self.refund_minors(charges, index);
        let elsewhere: i64 = self
            .refunds_at(charges, index)
            .filter(|(_, refund)| refund.is_open() && !ours(refund))
            .filter_map(|(id, _)| minors.get(id.as_str()))
            .sum();
        asked + elsewhere
    }

    /// When a refund of the charge at `index` of `charges` was last heard of. A refund has Stripe's `created` of its own;
    /// one that came back has the time of that news.
    #[must_use]
    pub fn newest_refund(&self, charges: &[Charge], index: usize) -> Option<Timestamp> {
        let dated = |r: &Refund| {
            if r.stands() {
                r.created.or(r.succeeded.map(|w| w.at))
            } else {
                r.failed.map(|w| w.at)
            }
        };
        self.refunds_at(charges, index)
            .filter_map(|(_, refund)| dated(refund))
            .max()
    }

    /// The refund is one of the charge that comes first.
    pub(super) fn of_first_charge(charges: &[Charge], refund: &Refund) -> bool {
        index_of(charges, refund.payment_intent.as_deref().unwrap_or("")) == 0
    }

    /// The keys of the refunds that we asked for of a charge.
    pub(super) fn asked_of(&self, charge: &Charge) -> Vec<&String> {
        self.refunds_asked
            .iter()
            .filter(|(_, name)| charge.names.contains(*name))
            .map(|(key, _)| key)
            .collect()
    }

    /// When the refund with this key of our effects failed; `None` while it has not, or stands after all.
    pub(super) fn failure_of(&self, key: &str) -> Option<When> {
        self.refunds
            .iter()
            .filter(|(id, refund)| id.as_str() == key || refund.effect_key.as_deref() == Some(key))
            .filter(|(_, refund)| refund.has_failed())
            .find_map(|(_, refund)| refund.failed)
    }
}
