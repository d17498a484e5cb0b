//! What can happen to a booking: facts from vendors, actions of people, answers of our own effects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::table::BookingState;
use crate::bookings::invitee::{Contact, InviteeSnapshot, Private};
use crate::money::Money;

/// A fact's own time, and how many accepted actions of people it came after. Facts are ordered by time within an
/// epoch only, so a late fact never changes what a person had seen when they acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct When {
    pub epoch: u32,
    pub at: Timestamp,
}

/// Stripe's refund states that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    Succeeded,
    /// Also `canceled`.
    Failed,
}

/// One thing that happened. Which booking it belongs to is found before (by [`Fact::uris`], a session id or
/// the metadata that we gave to Stripe); a wire body never becomes a fact without a parser in between.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A Calendly invitee as a webhook, a sync or a replay shows it.
    Invitee(Box<InviteeSnapshot>),
    /// A no-show mark was set, or taken back.
    NoShow {
        invitee_uri: String,
        marked: bool,
        at: Timestamp,
    },
    /// The CRM says how the call went; `None` takes an earlier outcome back (X5).
    CallOutcome {
        attended: Option<bool>,
        at: Timestamp,
    },
    /// The end of the call has come (our own timer).
    CallTimePassed,
    /// `POST /api/bookings`: creates the booking, or attaches to the one of the webhook (X47).
    Client(ClientPost),
    /// Calendly's answer to our own call that booked a slot.
    Booked {
        invitee_uri: String,
        event_uri: String,
    },
    /// `checkout.session.completed` with payment_status paid, `.async_payment_succeeded`, `payment_intent.succeeded`.
    Paid(Paid),
    /// `checkout.session.completed` that is not paid yet.
    PaymentProcessing { session_id: String, at: Timestamp },
    /// `.async_payment_failed`, `payment_intent.payment_failed`.
    PaymentFailed(PaymentFailed),
    /// `checkout.session.expired`.
    SessionExpired {
        session_id: String,
        attempt: Option<u32>,
        at: Timestamp,
    },
    /// `refund.*`, `charge.refunded`, or the answer to our own refund call.
    Refund(RefundReport),
    /// `charge.dispute.*`.
    Dispute(DisputeReport),
    /// Stripe's answer to our `CreateCheckoutSession`.
    SessionCreated {
        key: String,
        session_id: String,
        url: String,
        expires_at: Timestamp,
        payment_intent: Option<String>,
    },
    /// A vendor refused one of our effects for good (never a passing error: those are tried again).
    EffectRefused { key: String, at: Timestamp },
    /// An effect was dropped before any try, because the booking no longer wanted it. It may be asked for again.
    EffectDropped { key: String },
    /// A person did something.
    Action(Action),
}

/// The body of `POST /api/bookings`, already checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClientPost {
    pub session_type_id: Option<String>,
    pub invitee_uri: Option<String>,
    pub event_uri: Option<String>,
    pub timezone: Option<String>,
    pub contact: Contact,
    /// An open slot that is to be booked for the customer.
    #[serde(default)]
    pub start: Option<Timestamp>,
}

/// A payment that succeeded. `amount_minor` is `None` where a body lacks it: then it is the price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    pub session_id: Option<String>,
    pub payment_intent: Option<String>,
    pub amount_minor: Option<i64>,
    /// ISO 4217, any case; `None` is the booking's currency.
    pub currency: Option<String>,
    /// What the customer saw, where Stripe converted the price for them (Adaptive Pricing).
    pub presented: Option<Money>,
    /// The session's mode; `None` where a body does not say.
    pub mode: Option<String>,
    /// The address that the customer gave on the payment page.
    pub email: Option<Private>,
    /// Stripe's `created` of the event.
    pub at: Timestamp,
}

/// A payment that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFailed {
    pub event_id: String,
    pub session_id: Option<String>,
    pub payment_intent: Option<String>,
    /// From the metadata that we set.
    pub attempt: Option<u32>,
    /// The session takes no other try (`.async_payment_failed`).
    pub ends_session: bool,
    pub at: Timestamp,
}

/// What a body says about a refund. `charge.refunded` names no refund, only the charge's total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundReport {
    pub refund_id: Option<String>,
    pub payment_intent: Option<String>,
    pub status: RefundStatus,
    pub amount_minor: Option<i64>,
    /// `amount_refunded` of the charge.
    pub charge_total_minor: Option<i64>,
    /// ISO 4217 of both amounts; `None` is the currency of the charge.
    pub currency: Option<String>,
    /// When Stripe made the refund.
    pub created: Option<Timestamp>,
    /// Which of the cancellation's refund calls made it, from the call itself or from the metadata that we set.
    pub attempt: Option<u32>,
    /// The key of our effect that made it, from the call itself or from the metadata that we set.
    pub effect_key: Option<String>,
    pub at: Timestamp,
}

/// What a body says about a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeReport {
    pub dispute_id: String,
    /// Of the payment that is disputed.
    pub payment_intent: Option<String>,
    pub amount_minor: i64,
    /// ISO 4217; `None` is the booking's currency.
    pub currency: Option<String>,
    /// What the bank charged for the dispute itself, in minor units of `fee_currency`.
    pub fee_minor: i64,
    /// The part of it that was refunded.
    pub fee_returned_minor: i64,
    /// ISO 4217: that of the account's balance; `None` is that of the dispute.
    pub fee_currency: Option<String>,
    /// The bank gave the money back to us.
    pub won: bool,
    pub closed: bool,
    /// When Stripe took the money, from its own balance transaction.
    pub taken_at: Option<Timestamp>,
    /// When Stripe gave it back, from its own balance transaction.
    pub returned_at: Option<Timestamp>,
    /// `created` of the event.
    pub at: Timestamp,
}

/// Something a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub kind: ActionKind,
    /// `customer`, or the admin's user id.
    pub actor: String,
    pub reason: Option<String>,
}

/// What they asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ActionKind {
    /// Pay, or pay again: RETRY after a failure or an expiry.
    Pay,
    /// Refund again after a refund failed (admin).
    RetryRefund,
    Cancel,
    /// The customer goes to Calendly's own page; the chain follows by webhook.
    Reschedule,
    /// S4-36: an admin sets the state.
    Override {
        to: BookingState,
    },
    /// An admin gives back part or all of the payment; the state stays.
    Refund {
        amount_minor: i64,
    },
}

impl Fact {
    /// The invitee uris under which a booking of this fact may already be stored; found under two, the two
    /// bookings are one and must be merged first.
    #[must_use]
    pub fn uris(&self) -> Vec<&str> {
        match self {
            Self::Invitee(s) => [Some(&s.uri), s.old_invitee.as_ref(), s.new_invitee.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            Self::NoShow { invitee_uri, .. } | Self::Booked { invitee_uri, .. } => {
                vec![invitee_uri]
            }
            Self::Client(post) => post.invitee_uri.as_deref().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}
