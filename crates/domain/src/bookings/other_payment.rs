//! Payments that belong to no booking: of a Payment Link, or of another system on the same Stripe account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Booking, Fact, Rules, posting};
use crate::money::ledger::LedgerEntry;

/// The money of one such payment. It is kept and posted like the money of a booking, so the order of facts does not matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OtherPayment(Booking);

impl OtherPayment {
    /// The Stripe object by which a payment is known: its payment intent, else its session. `None`: the fact is about none.
    #[must_use]
    pub fn reference(fact: &Fact) -> Option<&str> {
        match fact {
            Fact::Paid(paid) => paid.payment_intent.as_ref().or(paid.session_id.as_ref()),
            Fact::Refund(report) => report.payment_intent.as_ref(),
            Fact::Dispute(report) => report.payment_intent.as_ref(),
            _ => None,
        }
        .map(String::as_str)
    }

    /// The payment with one fact more, and what the ledger has to add; `None` where nothing is new. It is posted once
    /// [`Self::is_paid`].
    #[must_use]
    pub fn learn(
        known: Option<&Self>,
        fact: &Fact,
        now: Timestamp,
        rules: &Rules<'_>,
    ) -> Option<(Self, Vec<LedgerEntry>)> {
        let rules = Rules {
            new_booking_id: "",
            ..*rules
        };
        let new = || Self(Booking::new(&rules, now, now, "stripe"));
        let mut next = known.cloned().unwrap_or_else(new);
        let payment = &mut next.0.payment;
        match fact {
            Fact::Paid(paid) => payment.learn_paid(paid, 0, rules.told_by),
            Fact::Refund(report) => payment.learn_refund(report, 0, rules.told_by),
            Fact::Dispute(report) => payment.learn_dispute(report, rules.told_by),
            _ => return None,
        }
        if known == Some(&next) {
            return None;
        }
        let ledger = if next.is_paid() {
            posting::post(&mut next.0)
        } else {
            Vec::new()
        };
        Some((next, ledger))
    }

    /// The event of a Checkout page is known. Before it there are only refunds, or a payment intent, which names no payer.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        let mut paid = self.0.payment.paid.values();
        paid.any(|paid| paid.session_id.is_some())
    }

    /// Refunds and disputes that came before their payment: they belong to the booking that it is of.
    pub fn join(&self, booking: &mut Booking) {
        booking.payment.join(&self.0.payment);
    }

    /// The deliveries that told of its refunds and disputes.
    #[must_use]
    pub fn told_of_what_came_back(&self) -> BTreeSet<&str> {
        let payment = &self.0.payment;
        let refunds = payment.refunds.values();
        let refunds = refunds.flat_map(|refund| [&refund.success_told, &refund.failure_told]);
        let disputes = payment.disputes.values();
        let disputes = disputes.flat_map(|dispute| [&dispute.told, &dispute.win_told]);
        let totals = payment.totals.values().flat_map(BTreeMap::values);
        let told = refunds
            .chain(disputes)
            .chain(totals.map(|total| &total.told));
        told.filter_map(|told| Some(&*told.by()?.delivery_id))
            .collect()
    }

    /// The address that the payer gave on Stripe's page.
    #[must_use]
    pub fn payer(&self) -> Option<&str> {
        self.0.payment.payer()
    }

    /// Its money in the shape of a booking's. The booking has no id.
    #[must_use]
    pub fn into_account(self) -> Booking {
        self.0
    }
}
