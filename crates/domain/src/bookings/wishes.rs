//! Lists the effects that a booking wants and has not asked for yet.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Booking;
use super::charge::Charge;
use super::effect::{Effect, EffectKind, Notice};
use super::fact::ActionKind;
use super::fold::Folded;
use super::payment::{Session, session_key};
use super::rules::Rules;
use super::table::BookingState;
use crate::bookings::invitee::Private;
use crate::config::last_segment;

/// Stripe accepts an expiry from 30 minutes ahead; the rest is our own delay.
const SHORTEST_SESSION_MINUTES: u32 = 35;

/// Collects the effects of one decision.
pub(super) struct Wishes<'a> {
    booking: &'a Booking,
    now: Timestamp,
    rules: &'a Rules<'a>,
    out: Vec<Effect>,
}

/// The effects that `booking` wants and has not asked for yet.
pub(super) fn wanted(
    booking: &Booking,
    before: BookingState,
    folded: &Folded,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Vec<Effect> {
    let mut wishes = Wishes {
        booking,
        now,
        rules,
        out: Vec::new(),
    };
    let charges = booking.charges();
    wishes.sessions(folded);
    wishes.refunds(folded, &charges);
    wishes.slot();
    wishes.calendly(folded);
    wishes.notices(before, folded);
    wishes.alerts(&charges);
    wishes.out
}

impl Wishes<'_> {
    fn ask(&mut self, key: String, kind: EffectKind) {
        self.ask_at(key, None, kind);
    }

    fn ask_at(&mut self, key: String, not_before: Option<Timestamp>, kind: EffectKind) {
        if !self.booking.requested.contains(&key) && self.out.iter().all(|e| e.key != key) {
            self.out.push(Effect {
                key,
                booking_id: self.booking.booking_id.clone(),
                not_before,
                kind,
            });
        }
    }

    fn sessions(&mut self, folded: &Folded) {
        let booking = self.booking;
        let state = booking.state;
        let key = session_key(&booking.booking_id, folded.attempt);
        let current = |s: &&Session| {
            booking
                .payment
                .sessions
                .get(&key)
                .is_some_and(|own| own == *s)
        };
        let open = booking
            .payment
            .sessions
            .values()
            .filter(|s| booking.payment.may_be_open(s));
        // After a failed payment the customer may try again on the same page.
        let may_pay = matches!(
            state,
            BookingState::AwaitingPayment | BookingState::PaymentFailed
        );
        let unwanted: Vec<String> = open
            .filter(|s| !(may_pay && current(s)))
            .filter_map(|s| s.session_id.clone())
            .collect();
        for session_id in unwanted {
            self.ask(
                format!("expire:{session_id}"),
                EffectKind::ExpireSession { session_id },
            );
        }
        let asks = state == BookingState::AwaitingPayment && !booking.payment_unasked;
        if asks && booking.price_minor() > 0 {
            let minutes = self
                .rules
                .config
                .stripe
                .session_minutes
                .max(SHORTEST_SESSION_MINUTES);
            let create = EffectKind::CreateCheckoutSession {
                attempt: folded.attempt,
                amount_minor: booking.price_minor(),
                currency: booking.currency().to_owned(),
                expires_at: self.now + SignedDuration::from_mins(i64::from(minutes)),
                email: booking.contact().email.map(Private),
            };
            self.ask(key, create);
        }
    }

    fn refunds(&mut self, folded: &Folded, charges: &[Charge]) {
        let booking = self.booking;
        if booking.payment.disputed() {
            // In a dispute the bank has taken the money back; a refund would return it twice.
            if booking.state == BookingState::RefundPending {
                self.alert("disputed", "refund_of_disputed_charge", None);
            }
            return;
        }
        let payment = &booking.payment;
        let left = |index: usize, amount: i64| {
            amount
                - payment.refunded_minor(charges, index)
                - payment.in_flight_minor(charges, index)
        };
        if booking.state == BookingState::RefundPending
            && let Some(own) = charges.first().filter(|c| !c.differs)
        {
            let amount_minor = left(0, folded.refund_due_minor.min(own.amount_minor));
            self.refund(
                &refund_suffix(folded.refund_attempt),
                own,
                amount_minor,
                Some(folded.refund_attempt),
            );
        }
        for (index, second) in charges.iter().enumerate().skip(1) {
            if let Some(suffix) = booking.second_refund(second) {
                self.refund(&suffix, second, left(index, second.amount_minor), None);
            }
        }
        let target = charges.first();
        for (index, taken) in booking.actions.iter().enumerate() {
            if let (ActionKind::Refund { amount_minor }, Some(own)) = (taken.action.kind, target) {
                // Named by its time: its place among the actions may change in a merge.
                let twin = booking.actions[..index]
                    .iter()
                    .filter(|t| t.at == taken.at)
                    .count();
                self.refund(
                    &format!(":admin:{}:{twin}", taken.at.as_microsecond()),
                    own,
                    amount_minor,
                    None,
                );
            }
        }
    }

    /// Asks for a refund, unless it was asked for under this booking's id or under one that was merged into it.
    fn refund(&mut self, suffix: &str, charge: &Charge, amount_minor: i64, attempt: Option<u32>) {
        let booking = self.booking;
        let asked = booking
            .ids()
            .any(|id| booking.requested.contains(&format!("refund:{id}{suffix}")));
        if amount_minor > 0 && !asked {
            let look_first = attempt.is_some_and(|n| n > 1);
            let currency = charge.currency.clone();
            let refund = EffectKind::Refund {
                attempt,
                charge: charge.id.clone(),
                amount_minor,
                currency,
                look_first,
            };
            self.ask(format!("refund:{}{suffix}", booking.booking_id), refund);
        }
    }

    fn slot(&mut self) {
        let booking = self.booking;
        let (true, Some(client)) = (booking.wants_slot(), &booking.client) else {
            return;
        };
        let wanted = client
            .session_type_id
            .as_ref()
            .and_then(|id| self.rules.config.session_types.iter().find(|s| s.id == *id));
        if let (Some(start), Some(session)) = (client.start, wanted) {
            let timezone = client.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
            let kind = EffectKind::BookInCalendly {
                event_type: session.event_type.clone(),
                start,
                timezone,
            };
            self.ask(format!("book:{}", booking.booking_id), kind);
        }
    }

    fn calendly(&mut self, folded: &Folded) {
        let booking = self.booking;
        let (true, Some(slot)) = (booking.releases_slot(), booking.slot()) else {
            return;
        };
        let (invitee_uri, event_uri) = (slot.invitee_uri, slot.event_uri);
        let expired = booking.state == BookingState::Expired;
        let asked = booking
            .actions
            .iter()
            .rev()
            .find(|t| t.action.kind == ActionKind::Cancel)
            .and_then(|t| t.action.reason.clone());
        let reason = if expired {
            "Not paid in time".to_owned()
        } else {
            asked.unwrap_or_else(|| "Canceled by the customer".to_owned())
        };
        let id = &booking.booking_id;
        let slot = invitee_uri
            .as_deref()
            .or(event_uri.as_deref())
            .map_or("", last_segment);
        let (key, not_before) = if expired {
            // The customer gets a moment to pay again before the slot is given away.
            let hold = SignedDuration::from_secs(i64::from(self.rules.expired_hold_seconds));
            (
                format!("release:{id}:{slot}:{}", folded.attempt),
                Some(self.now + hold),
            )
        } else {
            (format!("cancel:{id}:{slot}"), None)
        };
        self.ask_at(
            key,
            not_before,
            EffectKind::CancelInCalendly {
                invitee_uri,
                event_uri,
                reason,
            },
        );
    }

    fn notices(&mut self, before: BookingState, folded: &Folded) {
        let booking = self.booking;
        if booking.state == before {
            return;
        }
        let (id, state) = (&booking.booking_id, booking.state.as_str());
        let Some(notice) = Notice::for_state(booking.state) else {
            return;
        };
        let key = format!(
            "notify:{id}:{state}:{}:{}",
            folded.attempt, folded.refund_attempt
        );
        self.ask(key, EffectKind::NotifyCustomer { notice });
        if booking.state == BookingState::Cancelled && booking.chain.paid_in_calendly() {
            // We never had this money, so a person must give it back in Calendly.
            let code = "canceled_after_payment_in_calendly";
            self.alert("paid_in_calendly", code, None);
        }
        if booking.state == BookingState::RefundFailed {
            let name = format!("refund_failed:{}", folded.refund_attempt);
            self.alert(&name, "refund_failed", None);
        }
    }

    fn alert(&mut self, name: &str, code: &str, detail: Option<String>) {
        let key = format!("alert:{}:{name}", self.booking.booking_id);
        let code = code.to_owned();
        self.ask(key, EffectKind::AlertAdmin { code, detail });
    }

    /// Alerts for admins: disputes, refunds that did not reach the customer, payments that differ from the price.
    fn alerts(&mut self, charges: &[Charge]) {
        let booking = self.booking;
        for dispute in booking.payment.disputes.keys() {
            // Evidence is due within days.
            self.alert(&format!("dispute:{dispute}"), "dispute_opened", None);
        }
        for (id, refund) in &booking.payment.refunds {
            if !refund.has_failed() {
                continue;
            }
            if refund.succeeded.is_some() {
                // The customer's bank refused the refund; the state stays REFUNDED, so only this alert tells.
                self.alert(&format!("returned:{id}"), "refund_came_back", None);
                continue;
            }
            let name = match refund.attempt {
                // Told already by the state that it led to.
                Some(attempt) => format!("refund_failed:{attempt}"),
                None => format!("refund_failed:{id}"),
            };
            self.alert(&name, "refund_failed", None);
        }
        for charge in charges.iter().filter(|c| c.differs) {
            let detail = booking.difference(charge);
            let name = format!("payment_differs:{}", charge.id);
            self.alert(&name, "payment_differs", Some(detail));
        }
    }
}

impl Booking {
    /// Key suffix of the refund of a second charge, if one is due: the first refund, or a further one that an admin has asked
    /// for after the last one failed.
    fn second_refund(&self, second: &Charge) -> Option<String> {
        if second.differs {
            return None;
        }
        let asked = self.payment.asked_of(second);
        let failed = asked
            .iter()
            .map(|key| self.payment.failure_of(key))
            .collect::<Option<Vec<_>>>()?;
        let Some(last) = failed.into_iter().max() else {
            return Some(format!(":{}", second.id));
        };
        let repeated = self.actions.iter().enumerate().any(|(index, taken)| {
            taken.action.kind == ActionKind::RetryRefund
                && usize::try_from(last.epoch).is_ok_and(|epoch| epoch <= index)
        });
        repeated.then(|| format!(":{}:{}", second.id, asked.len() + 1))
    }

    /// Whether an admin may repeat a failed refund: the cancellation's, or that of a second payment. A failed refund of an
    /// admin's own is repeated by a new one.
    #[must_use]
    pub fn refund_can_be_repeated(&self) -> bool {
        let failed = |charge: &Charge| {
            let asked = self.payment.asked_of(charge);
            let all = asked
                .iter()
                .all(|key| self.payment.failure_of(key).is_some());
            !charge.differs && !asked.is_empty() && all
        };
        let charges = self.charges();
        self.state == BookingState::RefundFailed || charges.iter().skip(1).any(failed)
    }
}
/// Key suffix of the cancellation's refund: empty for the first attempt, `:<attempt>` for a later one, because Stripe repeats
/// its answer to a known key.
fn refund_suffix(attempt: u32) -> String {
    if attempt == 1 {
        String::new()
    } else {
        format!(":{attempt}")
    }
}

impl Booking {
    /// Takes back requests for effects that will not be performed, so that the next decision can ask for them again.
    pub fn forget_effects(&mut self, effects: &[Effect]) {
        for effect in effects {
            self.requested.remove(&effect.key);
            self.payment.forget_effect(&effect.key);
        }
    }
}

impl Booking {
    /// Removes the checkout from the effects. After a late sync no e-mail tells the customer of the page, and its expiry would
    /// give the slot away. A request to pay opens one; until then the booking counts as stuck.
    pub fn leave_unasked(&mut self, effects: &mut Vec<Effect>) {
        let is_page = |e: &mut Effect| matches!(e.kind, EffectKind::CreateCheckoutSession { .. });
        let pages: Vec<Effect> = effects.extract_if(.., is_page).collect();
        self.payment_unasked |= !pages.is_empty();
        self.forget_effects(&pages);
    }
}

/// Records the effects that were asked for: their keys, their refunds, and the checkout sessions to come.
pub(super) fn remember(booking: &mut Booking, effects: &[Effect]) {
    let keys: BTreeSet<String> = effects.iter().map(|e| e.key.clone()).collect();
    booking.requested.extend(keys);
    if effects
        .iter()
        .any(|e| matches!(e.kind, EffectKind::Refund { .. }))
        && booking.payment.own_charge.is_none()
    {
        booking.payment.own_charge = booking.own_charge().map(|c| c.id);
    }
    for effect in effects {
        if let EffectKind::Refund {
            charge,
            amount_minor,
            ..
        } = &effect.kind
        {
            let (key, payment) = (effect.key.clone(), &mut booking.payment);
            payment.refunds_asked.insert(key.clone(), charge.clone());
            payment.refund_amounts.insert(key, *amount_minor);
        }
        if let EffectKind::CreateCheckoutSession {
            attempt,
            expires_at,
            ..
        } = effect.kind
        {
            let session = Session {
                attempt,
                session_id: None,
                url: None,
                payment_intent: None,
                expires_at,
            };
            booking
                .payment
                .sessions
                .entry(effect.key.clone())
                .or_insert(session);
        }
    }
}
