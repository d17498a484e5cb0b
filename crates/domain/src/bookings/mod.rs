//! Bookings and their payment (S4, X43-X50): a pure machine. `decide` takes a booking and a fact and returns the
//! next booking and the effects to put into the outbox; nothing is done here.
//!
//! **Invariants.** The state is a function of the facts known, not of their order: facts are joined into the
//! booking and folded through the transition table in the order of their own times ([`fold`]). The history is
//! append-only, in order of arrival. An effect is asked for once per idempotency key. A payment that comes after
//! a cancellation is given back once.

mod allowed;
pub mod attendance;
mod charge;
mod converted;
mod crm_news;
mod decide;
mod effect;
mod fact;
mod failures;
pub mod fold;
pub mod invitee;
mod learn;
mod legal;
mod lines;
mod merge;
pub mod metrics;
mod movements;
mod other_payment;
mod payment;
mod posting;
mod refund;
mod rules;
pub mod snapshot;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bookings::attendance::NoShowMarks;
use crate::bookings::invitee::{Chain, Contact};
use crate::config::{RefundPolicy, SessionType};
use crate::inbox::told::ToldBy;

pub use allowed::Allowed;
pub use charge::Charge;
pub use crm_news::crm_news;
pub use decide::{Decision, Outcome, decide};
pub use effect::{Effect, EffectKind, Notice};
pub use fact::{
    Action, ActionKind, ClientPost, DisputeReport, Fact, Paid, PaymentFailed, RefundReport,
    RefundStatus, When,
};
pub use merge::merge;
pub use other_payment::OtherPayment;
pub use payment::{ChargeTotal, PaidFact, Payment, PaymentStatus, Posted, Session, SessionFact};
pub use posting::movement_of;
pub use refund::{Dispute, Refund};
pub use rules::Rules;
pub use table::{BookingState, Guard, Guards, TRANSITIONS, Trigger, mermaid, transition};

/// Price and refund policy of a booking; fixed when the booking is first seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub session_type_id: String,
    pub price_minor: i64,
    pub currency: String,
    pub refund_policy: RefundPolicy,
}

impl From<&SessionType> for Terms {
    fn from(session: &SessionType) -> Self {
        Self {
            session_type_id: session.id.clone(),
            price_minor: session.price_minor,
            currency: session.currency.clone(),
            refund_policy: session.refund_policy.clone(),
        }
    }
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub seq: u32,
    /// The fact's own time.
    pub at: Timestamp,
    pub recorded_at: Timestamp,
    pub trigger: Trigger,
    /// `None` for `CREATED` only.
    pub from: Option<BookingState>,
    pub to: BookingState,
    pub actor: String,
    pub accepted: bool,
    pub reason: Option<String>,
    /// The delivery that told the fact; `None` for what a person, our own call or the clock did.
    #[serde(default)]
    pub told_by: Option<ToldBy>,
}

/// An action that was accepted, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenAction {
    #[serde(flatten)]
    pub action: Action,
    pub at: Timestamp,
}

/// When an invitee uri was first seen, and its newest snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub first_epoch: u32,
    pub newest_epoch: u32,
}

/// Outcome of the call, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallFacts {
    /// The CRM's newest word: (its time, attended).
    pub crm: Option<(Timestamp, Option<bool>)>,
    /// The latest end of a call at which our timer has fired.
    pub passed: Option<Timestamp>,
    pub epoch: u32,
}

/// A slot in Calendly: the invitee and the event that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub invitee_uri: Option<String>,
    pub event_uri: Option<String>,
}

/// A booking: one chain of invitees, its money and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    pub booking_id: String,
    /// Ids of bookings that were merged into this one.
    pub aliases: BTreeSet<String>,
    pub created_at: Timestamp,
    /// Grows by one with every write: the condition of the store.
    pub version: u64,
    pub state: BookingState,
    pub history: Vec<HistoryEntry>,
    pub chain: Chain,
    pub seen: BTreeMap<String, Seen>,
    pub client: Option<ClientPost>,
    /// What our own call booked in Calendly.
    #[serde(default)]
    pub own_slot: Option<Slot>,
    /// Terms by invitee uri; the key "" is what the client asked for.
    pub terms: BTreeMap<String, Terms>,
    pub payment: Payment,
    pub call: CallFacts,
    /// Accepted actions, oldest first.
    pub actions: Vec<TakenAction>,
    /// Idempotency keys of every effect that was ever put into the outbox.
    pub requested: BTreeSet<String>,
    /// A sync found it long after it was made, so no page to pay on was opened; the next action of a person ends this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub payment_unasked: bool,
}

impl Booking {
    pub(crate) fn new(rules: &Rules<'_>, at: Timestamp, now: Timestamp, actor: &str) -> Self {
        let state = BookingState::Pending;
        let created = HistoryEntry {
            seq: 1,
            at,
            recorded_at: now,
            trigger: Trigger::Created,
            from: None,
            to: state,
            actor: actor.to_owned(),
            accepted: true,
            reason: None,
            told_by: rules.told_by.cloned(),
        };
        Self {
            booking_id: rules.new_booking_id.to_owned(),
            aliases: BTreeSet::new(),
            created_at: now,
            version: 0,
            state,
            history: vec![created],
            chain: Chain::default(),
            seen: BTreeMap::new(),
            client: None,
            own_slot: None,
            terms: BTreeMap::new(),
            payment: Payment::default(),
            call: CallFacts::default(),
            actions: Vec::new(),
            requested: BTreeSet::new(),
            payment_unasked: false,
        }
    }

    /// Its own id, and those that were merged into it.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.booking_id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// The terms that hold: those of the oldest invitee whose event type has a session type, so that a client
    /// can't choose the price; else what the client asked for; `None` is free.
    #[must_use]
    pub fn terms(&self) -> Option<&Terms> {
        let oldest = self
            .chain
            .snapshots()
            .filter(|s| self.terms.contains_key(&s.uri))
            .min_by_key(|s| (s.created_at, &s.uri));
        oldest
            .and_then(|s| self.terms.get(&s.uri))
            .or_else(|| self.terms.get(""))
    }

    /// What the customer still has to pay us for, in minor units: 0 without a session type,
    /// and where Calendly took the money itself.
    #[must_use]
    pub fn price_minor(&self) -> i64 {
        if self.chain.paid_in_calendly() {
            return 0;
        }
        self.terms().map_or(0, |t| t.price_minor)
    }

    /// Three letters, as the session type has them.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.terms().map_or("USD", |t| &t.currency)
    }

    /// The uri that stands for the booking now.
    #[must_use]
    pub fn invitee_uri(&self) -> Option<&str> {
        self.chain.current()
    }

    /// The scheduled event, from Calendly or from the client.
    #[must_use]
    pub fn event_uri(&self) -> Option<&str> {
        let known = self.chain.details().and_then(|s| s.event_uri.as_deref());
        known.or_else(|| self.client.as_ref().and_then(|c| c.event_uri.as_deref()))
    }

    /// The slot that a signed webhook, a sync or our own call tied to the booking. What a client only named is not
    /// part of it: Bookpath acts in Calendly on this slot and on no other.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        let told = self.chain.details().map(|details| Slot {
            invitee_uri: self.invitee_uri().map(str::to_owned),
            event_uri: details.event_uri.clone(),
        });
        told.or_else(|| self.own_slot.clone())
    }

    /// The e-mail address that Calendly's signed webhook gave; without one, the address of whoever paid the price on a
    /// page that Bookpath opened for this booking. E-mails go to this address only.
    #[must_use]
    pub fn proven_email(&self) -> Option<&str> {
        let told = self
            .chain
            .details()
            .and_then(|s| s.contact.email.as_deref());
        told.or_else(|| self.payer_email())
    }

    /// Start and end of the call.
    #[must_use]
    pub fn times(&self) -> Option<(Timestamp, Timestamp)> {
        self.chain.details().map(|s| (s.start, s.end))
    }

    /// The person, from Calendly first.
    #[must_use]
    pub fn contact(&self) -> Contact {
        let said = self
            .client
            .as_ref()
            .map(|c| c.contact.clone())
            .unwrap_or_default();
        self.chain
            .details()
            .map_or(said.clone(), |s| s.contact.clone().or(&said))
    }

    /// Set and taken-back marks of the current invitee.
    #[must_use]
    pub fn marks(&self) -> NoShowMarks {
        self.chain.marks()
    }

    /// The address of the open Checkout session, if the customer may pay now.
    #[must_use]
    pub fn checkout_url(&self) -> Option<&str> {
        if !matches!(
            self.state,
            BookingState::AwaitingPayment | BookingState::PaymentFailed
        ) {
            return None;
        }
        let newest = self
            .payment
            .sessions
            .values()
            .filter(|s| !self.payment.closed(s))
            .max_by_key(|s| s.attempt)?;
        newest.url.as_deref()
    }

    /// What the customer has paid of the price, also twice, without what came back.
    #[must_use]
    pub fn paid_minor(&self) -> i64 {
        self.charges()
            .iter()
            .filter(|c| !c.differs)
            .map(|c| c.amount_minor)
            .sum()
    }

    /// Refunded amount of the booking's own charge.
    #[must_use]
    pub fn refunded_minor(&self) -> i64 {
        self.payment.refunded_minor(&self.charges(), 0)
    }

    /// What came back of every charge, one paid by mistake included. Payments that differ from the price are left out:
    /// their currency may be another.
    #[must_use]
    pub fn refunded_in_all_minor(&self) -> i64 {
        let charges = self.charges();
        let own = charges.iter().take_while(|c| !c.differs).count();
        let indexes = 0..if charges.is_empty() { 1 } else { own };
        indexes
            .map(|index| self.payment.refunded_minor(&charges, index))
            .sum()
    }

    /// The furthest status that the payment has reached (X48).
    #[must_use]
    pub fn payment_status(&self) -> PaymentStatus {
        let (paid, refunded) = (self.paid_minor(), self.refunded_in_all_minor());
        if self.own_charge().is_some() {
            return match refunded {
                r if r <= 0 => PaymentStatus::Paid,
                r if r >= paid => PaymentStatus::Refunded,
                _ => PaymentStatus::PartiallyRefunded,
            };
        }
        if self.payment.any_processing() {
            PaymentStatus::Processing
        } else if !self.payment.failures.is_empty() {
            PaymentStatus::Failed
        } else if self.price_minor() == 0 {
            PaymentStatus::NotRequired
        } else {
            PaymentStatus::Unpaid
        }
    }
}
