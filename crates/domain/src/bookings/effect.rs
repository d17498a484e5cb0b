//! What a booking wants done in the world. Each wish is put into the outbox once, under its idempotency key.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Booking;
use super::decide::Rules;
use super::fact::ActionKind;
use super::fold::{Folded, fold};
use super::payment::{Charge, Session};
use super::table::BookingState;
use crate::bookings::invitee::Private;
use crate::config::last_segment;

/// Stripe accepts an expiry from 30 minutes ahead; the rest is our own delay.
const SHORTEST_SESSION_MINUTES: u32 = 35;

/// One entry of the outbox.
///
/// Whoever performs it claims it first and marks it after. It may drop an effect that was **never tried** and is
/// no longer [wanted](Self::still_wanted); one that was tried must be tried again with the same key until its
/// outcome is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub key: String,
    pub booking_id: String,
    /// `None` is at once.
    pub not_before: Option<Timestamp>,
    #[serde(flatten)]
    pub kind: EffectKind,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectKind {
    CreateCheckoutSession {
        attempt: u32,
        amount_minor: i64,
        currency: String,
        expires_at: Timestamp,
        email: Option<Private>,
    },
    ExpireSession {
        session_id: String,
    },
    /// `look_first`: an earlier refund of this booking failed or is unknown, so the charge is read before.
    Refund {
        attempt: Option<u32>,
        charge: String,
        amount_minor: i64,
        currency: String,
        look_first: bool,
    },
    /// Calendly knows no idempotency keys: whoever tries again looks first.
    BookInCalendly {
        event_type: String,
        start: Timestamp,
        timezone: String,
    },
    CancelInCalendly {
        invitee_uri: Option<String>,
        event_uri: Option<String>,
        reason: String,
    },
    NotifyCustomer {
        notice: Notice,
    },
    AlertAdmin {
        code: String,
    },
}

impl EffectKind {
    /// Whether it is a call to the payment service.
    #[must_use]
    pub const fn pays(&self) -> bool {
        matches!(
            self,
            Self::CreateCheckoutSession { .. } | Self::ExpireSession { .. } | Self::Refund { .. }
        )
    }
}

/// What the customer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    Confirmed,
    PaymentFailed,
    Expired,
    Cancelled,
    Refunded,
    RefundDelayed,
}

impl Notice {
    /// What a customer is told when a booking comes to this state; `None` for the states in between.
    #[must_use]
    pub const fn of(state: BookingState) -> Option<Self> {
        Some(match state {
            BookingState::Confirmed => Self::Confirmed,
            BookingState::PaymentFailed => Self::PaymentFailed,
            BookingState::Expired => Self::Expired,
            BookingState::Cancelled => Self::Cancelled,
            BookingState::Refunded => Self::Refunded,
            BookingState::RefundFailed => Self::RefundDelayed,
            _ => return None,
        })
    }
}

impl Effect {
    /// Whether the booking, as it is now, still asks for this. Money that is owed is always wanted.
    #[must_use]
    pub fn still_wanted(&self, booking: &Booking) -> bool {
        match &self.kind {
            EffectKind::CreateCheckoutSession { attempt, .. } => {
                booking.state == BookingState::AwaitingPayment
                    && fold(booking).attempt == *attempt
                    && booking.booking_id == self.booking_id
            }
            EffectKind::ExpireSession { session_id } => {
                booking.payment.sessions.values().any(|s| {
                    s.session_id.as_ref() == Some(session_id) && !booking.payment.closed(s)
                })
            }
            EffectKind::BookInCalendly { .. } => Wishes::wants_slot(booking),
            EffectKind::CancelInCalendly { .. } => Wishes::releases_slot(booking),
            EffectKind::Refund { .. }
            | EffectKind::NotifyCustomer { .. }
            | EffectKind::AlertAdmin { .. } => true,
        }
    }
}

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
    let charges = booking.payment.charges(booking.price_minor());
    wishes.sessions(folded);
    wishes.refunds(folded, &charges);
    wishes.slot();
    wishes.calendly(folded);
    wishes.notices(before, folded);
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

    fn alert(&mut self, key: String, code: &str) {
        let code = code.to_owned();
        self.ask(key, EffectKind::AlertAdmin { code });
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
            .filter(|s| !booking.payment.closed(s));
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
        if state == BookingState::AwaitingPayment && booking.price_minor() > 0 {
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
        let id = &booking.booking_id;
        for dispute in booking.payment.disputes.keys() {
            // Evidence is due within days.
            self.alert(format!("alert:{id}:dispute:{dispute}"), "dispute_opened");
        }
        for (refund, _) in booking
            .payment
            .refunds
            .iter()
            .filter(|(_, r)| r.succeeded.is_some() && r.failed.is_some() && !r.stands())
        {
            // The customer's bank did not take it: the state may say REFUNDED for ever, so somebody must look.
            self.alert(format!("alert:{id}:returned:{refund}"), "refund_came_back");
        }
        if booking.payment.disputed() {
            // The bank has the money already: a refund would pay it twice.
            if booking.state == BookingState::RefundPending {
                self.alert(format!("alert:{id}:disputed"), "refund_of_disputed_charge");
            }
            return;
        }
        let left =
            |index: usize, amount: i64| amount - booking.payment.refunded_minor(charges, index);
        if booking.state == BookingState::RefundPending
            && let Some(own) = charges.first()
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
            let asked = booking
                .payment
                .refunds_asked
                .values()
                .any(|charge| second.names.contains(charge));
            if !asked {
                self.refund(
                    &format!(":{}", second.id),
                    second,
                    left(index, second.amount_minor),
                    None,
                );
            }
        }
        for (index, taken) in booking.actions.iter().enumerate() {
            if let (ActionKind::Refund { amount_minor }, Some(own)) =
                (taken.action.kind, charges.first())
            {
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
            let currency = booking.currency().to_owned();
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

    /// The customer chose a slot that nobody has booked yet.
    fn wants_slot(booking: &Booking) -> bool {
        booking.state == BookingState::Pending
            && booking.invitee_uri().is_none()
            && booking.client.as_ref().is_some_and(|c| c.start.is_some())
    }

    fn slot(&mut self) {
        let booking = self.booking;
        let (true, Some(client)) = (Self::wants_slot(booking), &booking.client) else {
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

    /// Calendly still holds a slot for a booking that is over.
    fn releases_slot(booking: &Booking) -> bool {
        let over = matches!(
            booking.state,
            BookingState::CancelPending
                | BookingState::Cancelled
                | BookingState::Expired
                | BookingState::RefundPending
                | BookingState::RefundFailed
                | BookingState::Refunded
        );
        let held = booking
            .chain
            .current()
            .and_then(|uri| booking.chain.snapshot(uri))
            .is_none_or(|s| !s.canceled);
        over && held && booking.slot().is_some()
    }

    fn calendly(&mut self, folded: &Folded) {
        let booking = self.booking;
        let (true, Some(slot)) = (Self::releases_slot(booking), booking.slot()) else {
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
        let Some(notice) = Notice::of(booking.state) else {
            return;
        };
        if booking.state == BookingState::Cancelled && booking.chain.paid_in_calendly() {
            // We never had this money, so a person must give it back in Calendly.
            self.alert(
                format!("alert:{id}:paid_in_calendly"),
                "canceled_after_payment_in_calendly",
            );
        }
        let key = format!(
            "notify:{id}:{state}:{}:{}",
            folded.attempt, folded.refund_attempt
        );
        self.ask(key, EffectKind::NotifyCustomer { notice });
        if booking.state == BookingState::RefundFailed {
            let key = format!("alert:{id}:refund_failed:{}", folded.refund_attempt);
            self.alert(key, "refund_failed");
        }
    }
}

/// Idempotency key of a checkout session: `session:<booking_id>:<attempt>`.
pub(super) fn session_key(booking_id: &str, attempt: u32) -> String {
    format!("session:{booking_id}:{attempt}")
}

/// The key is `refund:<booking_id>`; a retry needs one of its own, because Stripe stores the answer of the first.
fn refund_suffix(attempt: u32) -> String {
    if attempt == 1 {
        String::new()
    } else {
        format!(":{attempt}")
    }
}

/// Remembers what was asked for: keys, and the sessions that will exist.
pub(super) fn remember(booking: &mut Booking, effects: &[Effect]) {
    let keys: BTreeSet<String> = effects.iter().map(|e| e.key.clone()).collect();
    booking.requested.extend(keys);
    if effects
        .iter()
        .any(|e| matches!(e.kind, EffectKind::Refund { .. }))
        && booking.payment.own_charge.is_none()
    {
        booking.payment.own_charge = booking
            .payment
            .charges(booking.price_minor())
            .first()
            .map(|c| c.id.clone());
    }
    for effect in effects {
        if let EffectKind::Refund { charge, .. } = &effect.kind {
            booking
                .payment
                .refunds_asked
                .insert(effect.key.clone(), charge.clone());
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
