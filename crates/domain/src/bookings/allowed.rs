//! What a booking allows now, for the pages that offer it: the same rules as when the action is asked for.

use jiff::Timestamp;
use serde::Serialize;

use super::fact::ActionKind;
use super::fold::fold;
use super::legal::legal;
use super::{Booking, BookingState, Notice, Trigger};
use crate::money::currency::share;

/// Something that may be done with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    Pay,
    Cancel,
    Reschedule,
    Override,
    Refund,
    /// The e-mail of the present state, once more.
    Resend,
}

impl Booking {
    /// Whether the call may be moved on Calendly's page.
    #[must_use]
    pub(super) fn may_move(&self) -> bool {
        use BookingState::{AwaitingPayment, Confirmed, PaymentFailed};
        matches!(self.state, AwaitingPayment | Confirmed | PaymentFailed)
    }

    /// Whether its customer is to pay on the page that is open, or on its way. While a bank transfer is on its way there is
    /// nothing to pay.
    #[must_use]
    pub(super) fn awaits_page(&self) -> bool {
        self.state == BookingState::AwaitingPayment && !self.payment.any_processing()
    }

    /// What its customer may do.
    #[must_use]
    pub fn allows_customer(&self) -> Vec<Allowed> {
        let pays = self.awaits_page() || legal(self, ActionKind::Pay, Trigger::Retry);
        let all = [
            (pays, Allowed::Pay),
            (self.may_cancel(), Allowed::Cancel),
            (
                self.may_move() && self.times().is_some(),
                Allowed::Reschedule,
            ),
        ];
        held(all)
    }

    /// What an admin may do, the customer's actions included.
    #[must_use]
    pub fn allows_admin(&self) -> Vec<Allowed> {
        let amount_minor = self.refundable_minor();
        let refunds = legal(self, ActionKind::Refund { amount_minor }, Trigger::Override);
        let writes = Notice::for_state(self.state).is_some() && self.proven_email().is_some();
        let mut all = self.allows_customer();
        all.extend(held([
            (true, Allowed::Override),
            (refunds, Allowed::Refund),
            (writes, Allowed::Resend),
        ]));
        all
    }

    /// What a cancellation asked for at `at` would give back, in minor units of the booking's currency; `None` where
    /// none is possible. 0 while the bank holds the money of a dispute, and after a lost one.
    #[must_use]
    pub fn refund_if_cancelled_minor(&self, at: Timestamp) -> Option<i64> {
        if !self.may_cancel() {
            return None;
        }
        let paid = self.own_charge().map_or(0, |charge| charge.amount_minor);
        let Some(terms) = self
            .terms()
            .filter(|_| paid > 0 && !self.payment.disputed())
        else {
            return Some(0);
        };
        let notice = self
            .times()
            .map_or(0, |(start, _)| start.as_second() - at.as_second());
        let percent = terms.refund_policy.percent_at(notice);
        let due = share(paid, percent, self.currency());
        let given = paid - self.refundable_minor();
        Some((due - given).max(0))
    }

    /// What the cancellation gives back, in minor units, while that is on its way; else `None`.
    #[must_use]
    pub fn refund_due_minor(&self) -> Option<i64> {
        use BookingState::{RefundFailed, RefundPending};
        matches!(self.state, RefundPending | RefundFailed).then(|| fold(self).refund_due_minor)
    }

    /// Until when the customer may pay on the page that is open now.
    #[must_use]
    pub fn held_until(&self) -> Option<Timestamp> {
        self.checkout_url()?;
        let open = self.payment.sessions.values();
        let newest = open
            .filter(|session| !self.payment.closed(session))
            .max_by_key(|session| session.attempt)?;
        Some(newest.expires_at)
    }

    fn may_cancel(&self) -> bool {
        legal(self, ActionKind::Cancel, Trigger::Cancel)
    }
}

fn held<const N: usize>(all: [(bool, Allowed); N]) -> Vec<Allowed> {
    all.into_iter()
        .filter_map(|(may, what)| may.then_some(what))
        .collect()
}
