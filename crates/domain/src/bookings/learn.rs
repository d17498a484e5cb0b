//! Adds a fact to what a booking knows.

use jiff::Timestamp;

use super::fact::{ClientPost, Fact, RefundStatus, When};
use super::payment::SessionFact;
use super::rules::Rules;
use super::table::Trigger;
use super::{Booking, Seen, Slot, Terms};
use crate::bookings::attendance::NoShowMarks;
use crate::bookings::invitee::{InviteeSnapshot, Learned};

/// Adds a fact to what the booking knows. Returns the trigger of the state machine that the fact is, if it is one.
pub(super) fn absorb(
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
            payment.learn_paid(paid, epoch, rules.told_by);
            return Some(Trigger::PaymentSucceeded);
        }
        Fact::PaymentProcessing { session_id, .. } => {
            payment.learn_processing(session_id);
        }
        Fact::PaymentFailed(failed) => {
            let fact = SessionFact {
                session_id: failed.session_id.clone(),
                payment_intent: failed.payment_intent.clone(),
                attempt: failed.attempt,
                ends_session: failed.ends_session,
                when: When {
                    epoch,
                    at: failed.at,
                },
            };
            payment.learn_failure(&failed.event_id, fact);
            return Some(Trigger::PaymentFailed);
        }
        Fact::SessionExpired {
            session_id,
            attempt,
            at,
        } => {
            let fact = ended(session_id, *attempt, When { epoch, at: *at });
            payment.learn_expiry(session_id, fact);
            return Some(Trigger::SessionExpired);
        }
        Fact::Refund(report) => {
            payment.learn_refund(report, epoch, rules.told_by);
            return refund_trigger(report.status);
        }
        Fact::Dispute(report) => payment.learn_dispute(report, rules.told_by),
        Fact::SessionCreated { .. } => payment.learn_session(fact),
        Fact::EffectRefused { key, at } => {
            return learn_refusal(booking, key, When { epoch, at: *at });
        }
        Fact::EffectDropped { key } => {
            booking.requested.remove(key);
            payment.forget_effect(key);
        }
        Fact::Action(_) => {}
    }
    None
}

/// The session's time is over.
fn ended(session_id: &str, attempt: Option<u32>, when: When) -> SessionFact {
    SessionFact {
        session_id: Some(session_id.to_owned()),
        payment_intent: None,
        attempt,
        ends_session: true,
        when,
    }
}

const fn refund_trigger(status: RefundStatus) -> Option<Trigger> {
    match status {
        RefundStatus::Succeeded => Some(Trigger::RefundSucceeded),
        RefundStatus::Failed => Some(Trigger::RefundFailed),
        RefundStatus::Pending => None,
    }
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
        forget_middle(booking);
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

/// Drops the terms and sightings of invitees whose snapshot the chain has dropped.
fn forget_middle(booking: &mut Booking) {
    let chain = &booking.chain;
    let kept = |uri: &str| chain.snapshot(uri).is_some();
    booking.seen.retain(|uri, _| kept(uri));
    booking.terms.retain(|uri, _| uri.is_empty() || kept(uri));
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

/// Adds the slot that a client has named, or that our own call has booked.
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

/// Adds Stripe's final refusal of an effect. A refused checkout counts as a failed payment, so the customer may try again;
/// a refused refund counts as a failed refund.
fn learn_refusal(booking: &mut Booking, key: &str, when: When) -> Option<Trigger> {
    if let Some(session) = booking.payment.sessions.get(key) {
        let fact = SessionFact {
            session_id: None,
            payment_intent: None,
            attempt: Some(session.attempt),
            ends_session: false,
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
    // The cancellation's own refunds are numbered; an admin's and those of a second payment are not.
    let attempt = booking.ids().find_map(|id| match rest.strip_prefix(id)? {
        "" => Some(1),
        suffix => suffix.strip_prefix(':')?.parse::<u32>().ok(),
    });
    let charge = booking.payment.refunds_asked.get(key).cloned();
    let refund = booking.payment.refunds.entry(key.to_owned()).or_default();
    refund.attempt = attempt;
    refund.effect_key = Some(key.to_owned());
    refund.payment_intent = refund.payment_intent.take().or(charge);
    refund.failed = Some(refund.failed.map_or(when, |known| known.min(when)));
    Some(Trigger::RefundFailed)
}
