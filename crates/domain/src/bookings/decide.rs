//! `decide`: a booking and a fact in; the next booking, effects and ledger entries out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::effect::{Effect, remember, wanted};
use super::fact::{Action, ActionKind, ClientPost, Fact, PaymentFailed};
use super::fold::{Folded, Traced, fold};
use super::legal;
use super::payment::{SessionFact, When};
use super::table::{BookingState, Trigger};
use super::{Booking, HistoryEntry, Seen, Slot, TakenAction, Terms};
use crate::bookings::attendance::NoShowMarks;
use crate::bookings::invitee::{InviteeSnapshot, Learned};
use crate::config::BusinessConfig;
use crate::money::ledger::{self, LedgerEntry};

/// What a decision may look at besides the booking and the fact.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub config: &'a BusinessConfig,
    /// Used if the fact creates a booking.
    pub new_booking_id: &'a str,
    /// How long an unpaid slot is held after its session expired.
    pub expired_hold_seconds: u32,
}

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is a new booking.
    Created,
    /// The state moved.
    Applied,
    /// The fact is kept, or refused and recorded; the state did not move.
    Recorded,
    /// A person asked for something that is illegal now: 409 `illegal_transition`.
    Refused,
    /// A person asked for something that needs no transition: pay while the page is open, reschedule.
    Allowed,
    /// Nothing new.
    Duplicate,
    /// It belongs to no booking.
    NoBooking,
}

/// What is to be written, all in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// `None`: nothing to write.
    pub next: Option<Booking>,
    pub effects: Vec<Effect>,
    /// Append by `entry_id`.
    pub ledger: Vec<LedgerEntry>,
    pub outcome: Outcome,
}

impl Decision {
    fn nothing(outcome: Outcome) -> Self {
        Self {
            next: None,
            effects: Vec::new(),
            ledger: Vec::new(),
            outcome,
        }
    }
}

/// Decides what one fact changes, and does nothing itself.
///
/// Never fails: what is illegal is recorded (X45), what is known already is a duplicate.
#[must_use]
pub fn decide(
    booking: Option<&Booking>,
    fact: &Fact,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Decision {
    let (mut next, created) = match (booking, fact) {
        (Some(booking), _) => (booking.clone(), false),
        (None, Fact::Invitee(s)) => (
            Booking::new(rules.new_booking_id, s.created_at, now, "calendly"),
            true,
        ),
        (None, Fact::Client(_)) => (
            Booking::new(rules.new_booking_id, now, now, "customer"),
            true,
        ),
        (None, _) => return Decision::nothing(Outcome::NoBooking),
    };
    if let Fact::Action(action) = fact {
        return act(next, action, now, rules);
    }
    let before = next.clone();
    let trigger = absorb(&mut next, fact, now, rules);
    if next == before && !created {
        return Decision::nothing(Outcome::Duplicate);
    }
    let (old, new) = (fold(&before), fold(&next));
    let entries = entries(&before, &old, &new, trigger, fact_time(fact, now));
    let mut decision = conclude(next, &new, entries, now, rules);
    if created {
        decision.outcome = Outcome::Created;
    }
    decision
}

/// Re-derives state, history, effects and ledger after the facts have changed.
pub(super) fn conclude(
    mut next: Booking,
    folded: &Folded,
    entries: Vec<Traced>,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Decision {
    let before = next.state;
    for entry in entries {
        push(&mut next, entry, now);
    }
    next.state = folded.state;
    next.version += 1;
    let effects = wanted(&next, before, folded, now, rules);
    remember(&mut next, &effects);
    let ledger = ledger::of_booking(&mut next);
    let outcome = if next.state == before {
        Outcome::Recorded
    } else {
        Outcome::Applied
    };
    Decision {
        next: Some(next),
        effects,
        ledger,
        outcome,
    }
}

fn push(booking: &mut Booking, entry: Traced, now: Timestamp) {
    let Traced {
        trigger,
        from,
        to,
        at,
        actor,
        accepted,
        reason,
    } = entry;
    let seq = booking.history.last().map_or(1, |last| last.seq + 1);
    booking.history.push(HistoryEntry {
        seq,
        at,
        recorded_at: now,
        trigger,
        from: Some(from),
        to,
        actor,
        accepted,
        reason,
    });
}

/// The new lines of the history: what the fold has more than before; or, when a late fact changed the fold in its
/// middle, one line that says where the booking is now.
fn entries(
    before: &Booking,
    old: &Folded,
    new: &Folded,
    trigger: Option<Trigger>,
    at: Timestamp,
) -> Vec<Traced> {
    // A cancellation that is the first thing Calendly says is one line, not the life that it implies.
    let first_is_last = trigger == Some(Trigger::CalendlyCanceled) && before.seen.is_empty();
    if new.trace.starts_with(&old.trace) && old.state == before.state && !first_is_last {
        return new.trace[old.trace.len()..].to_vec();
    }
    // The same life, told with better times: a webhook that comes after we had asked for its news.
    if old.state == before.state && !first_is_last && retimed(&old.trace, &new.trace) {
        return Vec::new();
    }
    let moved = new.state != before.state;
    let Some(trigger) = trigger.or(moved.then_some(Trigger::CalendlyWebhookReceived)) else {
        return Vec::new();
    };
    let actor = match trigger {
        Trigger::CalendlyWebhookReceived | Trigger::CalendlyCanceled => "calendly",
        Trigger::CallCompleted | Trigger::CallNoShow => "host",
        _ => "stripe",
    };
    vec![Traced {
        trigger,
        from: before.state,
        to: new.state,
        at,
        actor: actor.to_owned(),
        accepted: moved,
        reason: None,
    }]
}

/// Whether two traces differ in their times only.
fn retimed(old: &[Traced], new: &[Traced]) -> bool {
    let same = |(a, b): (&Traced, &Traced)| {
        (a.trigger, a.from, a.to, a.accepted) == (b.trigger, b.from, b.to, b.accepted)
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}

fn fact_time(fact: &Fact, now: Timestamp) -> Timestamp {
    match fact {
        Fact::Invitee(s) => s.updated_at,
        Fact::Paid(p) => p.at,
        Fact::PaymentFailed(p) => p.at,
        Fact::Refund(r) => r.at,
        Fact::Dispute(d) => d.at,
        Fact::NoShow { at, .. }
        | Fact::CallOutcome { at, .. }
        | Fact::SessionExpired { at, .. }
        | Fact::PaymentProcessing { at, .. }
        | Fact::EffectRefused { at, .. } => *at,
        Fact::CallTimePassed
        | Fact::Client(_)
        | Fact::Booked { .. }
        | Fact::SessionCreated { .. }
        | Fact::Action(_) => now,
    }
}

/// Joins a fact into the booking; says which trigger it is, if it is one.
fn absorb(
    booking: &mut Booking,
    fact: &Fact,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Option<Trigger> {
    let epoch = u32::try_from(booking.actions.len()).unwrap_or(u32::MAX);
    let payment = &mut booking.payment;
    match fact {
        Fact::Invitee(snapshot) => return learn_snapshot(booking, snapshot, epoch, rules),
        Fact::NoShow { .. } | Fact::CallOutcome { .. } | Fact::CallTimePassed => {
            return learn_outcome(booking, fact, epoch, now);
        }
        Fact::Client(_) | Fact::Booked { .. } => {
            learn_slot(booking, fact, rules);
            return None;
        }
        Fact::Paid(paid) => {
            payment.learn_paid(paid, epoch);
            return Some(Trigger::PaymentSucceeded);
        }
        Fact::PaymentProcessing { session_id, .. } => {
            payment.processing.insert(session_id.clone());
        }
        Fact::PaymentFailed(failed) => {
            let &PaymentFailed {
                ref session_id,
                ref payment_intent,
                attempt,
                at,
                ..
            } = failed;
            let (session_id, payment_intent) = (session_id.clone(), payment_intent.clone());
            let fact = SessionFact {
                session_id,
                payment_intent,
                attempt,
                when: When { epoch, at },
            };
            keep_first(&mut payment.failures, &failed.event_id, fact);
            return Some(Trigger::PaymentFailed);
        }
        Fact::SessionExpired {
            session_id,
            attempt,
            at,
        } => {
            let when = When { epoch, at: *at };
            let fact = SessionFact {
                session_id: Some(session_id.clone()),
                payment_intent: None,
                attempt: *attempt,
                when,
            };
            keep_first(&mut payment.expired, session_id, fact);
            return Some(Trigger::SessionExpired);
        }
        Fact::Refund(report) => {
            use super::payment::RefundStatus::{Failed, Pending, Succeeded};
            payment.learn_refund(report, epoch);
            return match report.status {
                Succeeded => Some(Trigger::RefundSucceeded),
                Failed => Some(Trigger::RefundFailed),
                Pending => None,
            };
        }
        Fact::Dispute(report) => payment.learn_dispute(report),
        Fact::SessionCreated { .. } => payment.learn_session(fact),
        Fact::EffectRefused { key, at } => {
            return learn_refusal(booking, key, When { epoch, at: *at });
        }
        Fact::Action(_) => {}
    }
    None
}

fn keep_first(facts: &mut BTreeMap<String, SessionFact>, id: &str, fact: SessionFact) {
    let when = fact.when;
    let known = facts.entry(id.to_owned()).or_insert(fact);
    known.when = known.when.min(when);
}

fn learn_snapshot(
    booking: &mut Booking,
    snapshot: &InviteeSnapshot,
    epoch: u32,
    rules: &Rules<'_>,
) -> Option<Trigger> {
    let (first, canceled, marks) = (
        booking.seen.is_empty(),
        booking.chain.cancellation().is_some(),
        booking.marks(),
    );
    let learned = booking.chain.learn(snapshot);
    if learned == Learned::First
        && let Some(terms) = snapshot
            .event_type
            .as_deref()
            .and_then(|t| rules.config.session_type_of(t))
            .map(Terms::from)
    {
        booking.terms.insert(snapshot.uri.clone(), terms);
    }
    if learned != Learned::Known {
        let seen = booking.seen.entry(snapshot.uri.clone()).or_insert(Seen {
            first_epoch: epoch,
            newest_epoch: epoch,
        });
        seen.newest_epoch = epoch;
    }
    if booking.chain.cancellation().is_some() && !canceled {
        Some(Trigger::CalendlyCanceled)
    } else if first {
        Some(Trigger::CalendlyWebhookReceived)
    } else if booking.marks().in_force() && !marks.in_force() {
        booking.call.epoch = epoch;
        Some(Trigger::CallNoShow)
    } else {
        None
    }
}

fn learn_outcome(
    booking: &mut Booking,
    fact: &Fact,
    epoch: u32,
    now: Timestamp,
) -> Option<Trigger> {
    let before = (booking.chain.clone(), booking.call);
    let trigger = match fact {
        Fact::NoShow {
            invitee_uri,
            marked,
            at,
        } => {
            let (created_at, deleted_at) = if *marked {
                (Some(*at), None)
            } else {
                (None, Some(*at))
            };
            booking.chain.mark(
                invitee_uri,
                NoShowMarks {
                    created_at,
                    deleted_at,
                },
            );
            if *marked {
                Trigger::CallNoShow
            } else {
                Trigger::CallCompleted
            }
        }
        Fact::CallOutcome { attended, at } => {
            booking.call.crm = booking.call.crm.max(Some((*at, *attended)));
            if *attended == Some(false) {
                Trigger::CallNoShow
            } else {
                Trigger::CallCompleted
            }
        }
        _ => {
            let end = booking
                .times()
                .map(|(_, end)| end)
                .filter(|end| *end <= now);
            booking.call.passed = booking.call.passed.max(end);
            Trigger::CallCompleted
        }
    };
    if before != (booking.chain.clone(), booking.call) {
        booking.call.epoch = epoch;
    }
    Some(trigger)
}

/// What a client names, or what our own call booked.
fn learn_slot(booking: &mut Booking, fact: &Fact, rules: &Rules<'_>) {
    match fact {
        Fact::Client(post) => learn_client(booking, post, rules),
        Fact::Booked {
            invitee_uri,
            event_uri,
        } => {
            booking.chain.name(invitee_uri);
            booking.own_slot.get_or_insert_with(|| Slot {
                invitee_uri: Some(invitee_uri.clone()),
                event_uri: Some(event_uri.clone()),
            });
        }
        _ => {}
    }
}

fn learn_client(booking: &mut Booking, post: &ClientPost, rules: &Rules<'_>) {
    if let Some(uri) = &post.invitee_uri {
        booking.chain.name(uri);
    }
    let wanted = post
        .session_type_id
        .as_ref()
        .and_then(|id| rules.config.session_types.iter().find(|s| s.id == *id));
    if let Some(session) = wanted {
        booking
            .terms
            .entry(String::new())
            .or_insert_with(|| Terms::from(session));
    }
    let client = booking.client.get_or_insert_with(|| post.clone());
    client.invitee_uri = client
        .invitee_uri
        .take()
        .or_else(|| post.invitee_uri.clone());
    client.event_uri = client.event_uri.take().or_else(|| post.event_uri.clone());
}

/// A session that can't be created is a payment that failed, so the customer may try again; a refund that Stripe
/// refuses is a refund that failed.
fn learn_refusal(booking: &mut Booking, key: &str, when: When) -> Option<Trigger> {
    if let Some(session) = booking.payment.sessions.get(key) {
        let fact = SessionFact {
            session_id: None,
            payment_intent: None,
            attempt: Some(session.attempt),
            when,
        };
        booking
            .payment
            .failures
            .entry(key.to_owned())
            .or_insert(fact);
        return Some(Trigger::PaymentFailed);
    }
    let rest = key
        .strip_prefix("refund:")
        .filter(|_| booking.requested.contains(key))?;
    let attempt = booking.ids().find_map(|id| match rest.strip_prefix(id)? {
        "" => Some(1),
        suffix => suffix.strip_prefix(':')?.parse::<u32>().ok(),
    })?;
    let refund = booking.payment.refunds.entry(key.to_owned()).or_default();
    refund.attempt = Some(attempt);
    refund.failed = Some(refund.failed.map_or(when, |known| known.min(when)));
    Some(Trigger::RefundFailed)
}

/// A person's action: judged by the state that they saw, recorded in either case.
fn act(mut booking: Booking, action: &Action, now: Timestamp, rules: &Rules<'_>) -> Decision {
    let state = booking.state;
    let trigger = match action.kind {
        ActionKind::Pay if state == BookingState::AwaitingPayment => {
            return Decision::nothing(Outcome::Allowed);
        }
        ActionKind::Reschedule => {
            use BookingState::{AwaitingPayment, Confirmed, PaymentFailed};
            let open = matches!(state, AwaitingPayment | Confirmed | PaymentFailed);
            return Decision::nothing(if open {
                Outcome::Allowed
            } else {
                Outcome::Refused
            });
        }
        ActionKind::Pay | ActionKind::RetryRefund => Trigger::Retry,
        ActionKind::Cancel => Trigger::Cancel,
        ActionKind::Override { .. } | ActionKind::Refund { .. } => Trigger::Override,
    };
    if !legal::legal(&booking, action.kind, trigger) {
        if !legal::keeps_refusal(&booking) {
            return Decision::nothing(Outcome::Refused);
        }
        let (actor, reason) = (action.actor.clone(), legal::kept_reason(action));
        push(
            &mut booking,
            Traced {
                trigger,
                from: state,
                to: state,
                at: now,
                actor,
                accepted: false,
                reason,
            },
            now,
        );
        booking.version += 1;
        return Decision {
            next: Some(booking),
            outcome: Outcome::Refused,
            ..Decision::nothing(Outcome::Refused)
        };
    }
    let old = fold(&booking);
    booking.actions.push(TakenAction {
        action: action.clone(),
        at: now,
    });
    let new = fold(&booking);
    let entries = new
        .trace
        .get(old.trace.len()..)
        .unwrap_or_default()
        .to_vec();
    conclude(booking, &new, entries, now, rules)
}
