//! What a booking wants done in the world. Each wish is put into the outbox once, under its idempotency key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Booking;
use super::fold::fold;
use super::table::BookingState;
use crate::bookings::invitee::Private;

/// One entry of the outbox.
///
/// Whoever performs it claims it first and marks it after. Before every try they ask whether the booking still
/// [wants](Self::still_wanted) it, and drop it if not. If an earlier call may have created something at the vendor
/// ([`EffectKind::leaves_a_trace`]), they look for that first.
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
    /// `attempt` is the number of the cancellation's refund call, `None` for any other refund. `look_first`: an earlier
    /// refund of the same money was refused, so the charge is read before this one is made.
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
        /// One line for people, without personal data.
        #[serde(default)]
        detail: Option<String>,
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

    /// Whether a call whose answer was lost may have created something: a page, a refund, a slot. The next try looks for it,
    /// also if the booking no longer wants the effect.
    #[must_use]
    pub const fn leaves_a_trace(&self) -> bool {
        matches!(
            self,
            Self::CreateCheckoutSession { .. } | Self::Refund { .. } | Self::BookInCalendly { .. }
        )
    }
}

/// E-mails to the customer.
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
    pub const fn for_state(state: BookingState) -> Option<Self> {
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

impl Notice {
    /// Whether the e-mail is still true in this state. That a booking was cancelled stays true while its money goes back.
    const fn holds(self, state: BookingState) -> bool {
        use BookingState::{Cancelled, RefundFailed, RefundPending, Refunded};
        match self {
            Self::Confirmed => matches!(state, BookingState::Confirmed),
            Self::PaymentFailed => matches!(state, BookingState::PaymentFailed),
            Self::Expired => matches!(state, BookingState::Expired),
            Self::Cancelled => {
                matches!(state, Cancelled | RefundPending | RefundFailed | Refunded)
            }
            Self::Refunded => matches!(state, Refunded),
            Self::RefundDelayed => matches!(state, RefundFailed | RefundPending),
        }
    }
}

impl Effect {
    /// Whether the booking, as it is now, still asks for this.
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
                    s.session_id.as_ref() == Some(session_id) && booking.payment.may_be_open(s)
                })
            }
            EffectKind::BookInCalendly { .. } => booking.wants_slot(),
            EffectKind::CancelInCalendly { .. } => booking.releases_slot(),
            // The bank holds the money of a disputed payment: a refund would pay it twice.
            EffectKind::Refund { .. } => !booking.payment.disputed(),
            EffectKind::NotifyCustomer { notice } => notice.holds(booking.state),
            EffectKind::AlertAdmin { .. } => true,
        }
    }
}

impl Booking {
    /// Whether the slot that the customer chose is still to be booked in Calendly.
    pub(super) fn wants_slot(&self) -> bool {
        self.state == BookingState::Pending
            && self.invitee_uri().is_none()
            && self.client.as_ref().is_some_and(|c| c.start.is_some())
    }

    /// Whether Calendly still holds a slot for a booking that is over.
    pub(super) fn releases_slot(&self) -> bool {
        let over = matches!(
            self.state,
            BookingState::CancelPending
                | BookingState::Cancelled
                | BookingState::Expired
                | BookingState::RefundPending
                | BookingState::RefundFailed
                | BookingState::Refunded
        );
        let held = self
            .chain
            .current()
            .and_then(|uri| self.chain.snapshot(uri))
            .is_none_or(|s| !s.canceled);
        over && held && self.slot().is_some()
    }
}
