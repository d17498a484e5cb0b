//! `decide`: a booking and a fact in; the next booking, effects and ledger entries out.

use jiff::Timestamp;

use super::effect::Effect;
use super::fact::{Action, ActionKind, Fact};
use super::fold::{Folded, Traced, fold};
use super::learn::absorb;
use super::legal;
use super::lines::new_lines;
use super::posting;
use super::rules::Rules;
use super::table::Trigger;
use super::wishes::{remember, wanted};
use super::{Booking, HistoryEntry, TakenAction};
use crate::inbox::told::{FirstTold, ToldBy};
use crate::money::ledger::LedgerEntry;

/// The effect of a fact on its booking.
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
    /// The fact belongs to no booking.
    NoBooking,
}

/// Writes of a decision, all in one transaction.
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
        (None, Fact::Invitee(s)) => (Booking::new(rules, s.created_at, now, "calendly"), true),
        (None, Fact::Client(_)) => (Booking::new(rules, now, now, "customer"), true),
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
    let lines = new_lines(&before, &old, &new, trigger, fact_time(fact, now));
    let mut decision = conclude(next, &new, lines, now, rules);
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
        push(&mut next, entry, now, rules);
    }
    next.state = folded.state;
    next.version += 1;
    let effects = wanted(&next, before, folded, now, rules);
    remember(&mut next, &effects);
    let ledger = posting::post(&mut next);
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

fn push(booking: &mut Booking, entry: Traced, now: Timestamp, rules: &Rules<'_>) {
    let told_by = teller(booking, &entry, rules);
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
        told_by,
    });
}

/// The delivery that told what a line says. Money that waited for its turn was told by an earlier one than the fact that
/// is decided upon.
pub(super) fn teller(booking: &Booking, entry: &Traced, rules: &Rules<'_>) -> Option<ToldBy> {
    let waited = match entry.trigger {
        Trigger::PaymentSucceeded => booking.payment.payment_told(entry.at),
        Trigger::RefundSucceeded | Trigger::RefundFailed => booking.payment.refund_told(entry.at),
        _ => None,
    };
    let told_by = waited.map_or(rules.told_by, FirstTold::by);
    told_by.cloned()
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
        | Fact::EffectDropped { .. }
        | Fact::Action(_) => now,
    }
}

/// The page is open or on its way, unless nobody was asked to pay.
fn ask_for_payment(mut booking: Booking, now: Timestamp, rules: &Rules<'_>) -> Decision {
    if !booking.payment_unasked {
        return Decision::nothing(Outcome::Allowed);
    }
    booking.payment_unasked = false;
    let folded = fold(&booking);
    Decision {
        outcome: Outcome::Allowed,
        ..conclude(booking, &folded, Vec::new(), now, rules)
    }
}

/// Applies a person's action if the present state allows it. A refused action is recorded too.
fn act(mut booking: Booking, action: &Action, now: Timestamp, rules: &Rules<'_>) -> Decision {
    let state = booking.state;
    let trigger = match action.kind {
        ActionKind::Pay if booking.awaits_page() => {
            return ask_for_payment(booking, now, rules);
        }
        ActionKind::Reschedule => {
            return Decision::nothing(if booking.may_move() {
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
            rules,
        );
        booking.version += 1;
        return Decision {
            next: Some(booking),
            outcome: Outcome::Refused,
            ..Decision::nothing(Outcome::Refused)
        };
    }
    let old = fold(&booking);
    booking.payment_unasked = false;
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
