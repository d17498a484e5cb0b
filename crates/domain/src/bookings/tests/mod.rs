//! Tests of the booking machine, and the small steps that they share.

mod admin;
mod allowed;
mod attempts;
mod calendly_payment;
mod calls;
mod converted;
mod flows;
mod money;
mod order;
mod posting;
mod refunds;
mod search;
mod strangers;
mod table;

use jiff::Timestamp;

use super::{
    Action, ActionKind, Booking, BookingState, ClientPost, Decision, DisputeReport, Effect, Fact,
    Paid, PaymentFailed, RefundReport, RefundStatus, Rules, decide,
};
use crate::bookings::invitee::InviteeSnapshot;
use crate::config::BusinessConfig;
use crate::testing::{at, invitee};

pub(super) const NOW: &str = "2026-03-01T10:00:00Z";

pub(super) fn config() -> BusinessConfig {
    BusinessConfig::from_toml(include_str!("../../../tests/bookpath.full.toml")).unwrap()
}

pub(super) fn rules(config: &BusinessConfig) -> Rules<'_> {
    Rules {
        config,
        new_booking_id: "b1",
        expired_hold_seconds: 900,
        told_by: None,
    }
}

/// A booking and everything that it asked for, for tests that tell a story.
pub(super) struct Story {
    pub(super) config: BusinessConfig,
    pub(super) booking: Option<Booking>,
    pub(super) effects: Vec<Effect>,
    pub(super) ledger: crate::money::ledger::Ledger,
    pub(super) now: Timestamp,
}

impl Story {
    pub(super) fn new() -> Self {
        Self {
            config: config(),
            booking: None,
            effects: Vec::new(),
            ledger: crate::money::ledger::Ledger::default(),
            now: at(NOW),
        }
    }

    pub(super) fn take(&mut self, fact: &Fact) -> Decision {
        let decision = decide(self.booking.as_ref(), fact, self.now, &rules(&self.config));
        if let Some(next) = &decision.next {
            assert_eq!(
                next.version,
                self.booking.as_ref().map_or(0, |b| b.version) + 1
            );
            self.booking = Some(next.clone());
        }
        self.effects.extend(decision.effects.iter().cloned());
        for entry in &decision.ledger {
            assert!(
                self.ledger.append(entry.clone()),
                "{entry:?} was told twice"
            );
        }
        decision
    }

    pub(super) fn booking(&self) -> &Booking {
        self.booking.as_ref().unwrap()
    }

    pub(super) fn state(&self) -> BookingState {
        self.booking().state
    }

    /// The history as `TRIGGER FROM>TO`, with `!` before what was refused.
    pub(super) fn history(&self) -> Vec<String> {
        let line = |e: &super::HistoryEntry| {
            let sign = if e.accepted { "" } else { "!" };
            format!(
                "{sign}{} {}>{}",
                e.trigger.as_str(),
                e.from.map_or("", BookingState::as_str),
                e.to.as_str()
            )
        };
        self.booking().history.iter().map(line).collect()
    }

    pub(super) fn keys(&self, prefix: &str) -> Vec<&str> {
        self.effects
            .iter()
            .map(|e| e.key.as_str())
            .filter(|k| k.starts_with(prefix))
            .collect()
    }

    pub(super) fn balance(&self) -> i128 {
        self.ledger.balance().values().sum()
    }
}

pub(super) fn seen(snapshot: &InviteeSnapshot) -> Fact {
    Fact::Invitee(Box::new(snapshot.clone()))
}

/// The cancellation of `snapshot` at `time`.
pub(super) fn canceled(snapshot: &InviteeSnapshot, time: &str) -> InviteeSnapshot {
    InviteeSnapshot {
        canceled: true,
        updated_at: at(time),
        canceled_at: Some(at(time)),
        sha256: format!("{}-canceled", snapshot.uri),
        ..snapshot.clone()
    }
}

pub(super) fn paid(session: &str, time: &str) -> Fact {
    let payment_intent = Some(session.replace("cs", "pi"));
    Fact::Paid(Paid {
        session_id: Some(session.to_owned()),
        payment_intent,
        amount_minor: Some(15_000),
        currency: None,
        presented: None,
        mode: None,
        email: None,
        at: at(time),
    })
}

pub(super) fn failed(event: &str, session: Option<&str>, time: &str) -> Fact {
    let session_id = session.map(str::to_owned);
    Fact::PaymentFailed(PaymentFailed {
        event_id: event.to_owned(),
        session_id,
        payment_intent: None,
        attempt: None,
        ends_session: false,
        at: at(time),
    })
}

pub(super) fn expired(session: &str, time: &str) -> Fact {
    Fact::SessionExpired {
        session_id: session.to_owned(),
        attempt: None,
        at: at(time),
    }
}

pub(super) fn refund(id: &str, status: RefundStatus, amount: i64, time: &str) -> Fact {
    Fact::Refund(RefundReport {
        refund_id: Some(id.to_owned()),
        payment_intent: Some("pi_1".to_owned()),
        status,
        amount_minor: Some(amount),
        charge_total_minor: None,
        currency: None,
        created: None,
        attempt: None,
        effect_key: None,
        at: at(time),
    })
}

/// A dispute `dp_1` of the whole price that was opened at `time`, without a fee.
pub(super) fn disputed(time: &str) -> DisputeReport {
    DisputeReport {
        dispute_id: "dp_1".into(),
        payment_intent: None,
        amount_minor: 15_000,
        currency: None,
        fee_minor: 0,
        fee_returned_minor: 0,
        fee_currency: None,
        won: false,
        closed: false,
        taken_at: None,
        returned_at: None,
        at: at(time),
    }
}

pub(super) fn created(key: &str, session: &str) -> Fact {
    Fact::SessionCreated {
        key: key.to_owned(),
        session_id: session.to_owned(),
        url: format!("https://checkout.stripe.com/{session}"),
        expires_at: at("2026-03-01T11:00:00Z"),
        payment_intent: None,
    }
}

pub(super) fn act(kind: ActionKind) -> Fact {
    Fact::Action(Action {
        kind,
        actor: "customer".to_owned(),
        reason: None,
    })
}

pub(super) fn post(session_type: &str, uri: Option<&str>) -> Fact {
    Fact::Client(ClientPost {
        session_type_id: Some(session_type.to_owned()),
        invitee_uri: uri.map(str::to_owned),
        ..ClientPost::default()
    })
}

/// A booking whose checkout `cs_1` is open.
pub(super) fn booked() -> Story {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story
}

/// The same, paid.
pub(super) fn confirmed() -> Story {
    let mut story = booked();
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    assert_eq!(story.state(), BookingState::Confirmed);
    story
}
