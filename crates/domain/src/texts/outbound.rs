//! What a booking gives to send: confirmation, follow-up, reminder and feedback, each with its due time (X38).

use jiff::{SignedDuration, Timestamp};

use super::conversation::Conversation;
use super::inbound::PhoneRecord;
use super::quiet_hours::next_allowed;
use super::table::ConversationEvent;
use super::template::{contact_key, zone_of};
use super::{Intent, IntentKind, IntentState, Reason};
use crate::bookings::invitee::{InviteeSnapshot, Learned};
use crate::config::BusinessConfig;
use crate::people::phone::Phone;

/// A booking that a sync found later than this gets no confirmation.
const STALE_BACKFILL: SignedDuration = SignedDuration::from_mins(30);
const REMINDER_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// How a booking fact was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Webhook,
    Sync,
}

/// An invitee snapshot on its way to a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingFact {
    pub booking_id: String,
    pub snapshot: InviteeSnapshot,
    pub origin: Origin,
}

/// Applies a booking fact; `None` when it changes nothing.
///
/// The conversation's pending intents, with their due times, are what the caller must schedule.
#[must_use]
pub fn on_booking(
    conversation: Option<&Conversation>,
    phone: &PhoneRecord,
    fact: &BookingFact,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Option<Conversation> {
    let snapshot = &fact.snapshot;
    let mut next = conversation
        .cloned()
        .unwrap_or_else(|| Conversation::new(&fact.booking_id, now));
    let before = next.clone();
    let first = next.chain.learn(snapshot) == Learned::First;
    next.settle();
    if first && next.ended(&snapshot.uri).is_none() && next.chain.current() == Some(&snapshot.uri) {
        open(&mut next, phone, fact, now, rules);
    }
    if next == before && conversation.is_some() {
        return None;
    }
    next.keep_until(snapshot.end);
    next.version += 1;
    Some(next)
}

/// Adds the intents of a newly booked time.
fn open(
    next: &mut Conversation,
    phone: &PhoneRecord,
    fact: &BookingFact,
    now: Timestamp,
    rules: &BusinessConfig,
) {
    let snapshot = &fact.snapshot;
    let typed = snapshot
        .contact
        .phone
        .as_deref()
        .map(str::trim)
        .filter(|p| !p.is_empty());
    let to = typed.and_then(|p| Phone::parse(p, &rules.default_country));
    next.phone.clone_from(&to);
    next.event(ConversationEvent::Booked);
    let stale =
        fact.origin == Origin::Sync && now.duration_since(snapshot.created_at) > STALE_BACKFILL;
    let reason = match (typed, &to) {
        (None, _) => Some(Reason::NoPhone),
        (_, None) => Some(Reason::InvalidPhone),
        _ if phone.opted_out() => Some(Reason::OptedOut),
        _ if snapshot.start <= now => Some(Reason::AppointmentStarted),
        _ => stale.then_some(Reason::SkippedStaleBackfill),
    };
    let mut confirmation =
        Intent::pending(IntentKind::Confirmation, &snapshot.uri, to.clone(), now);
    let follow_up = follow_up(snapshot, to.clone(), now, rules);
    match reason {
        None => {
            add(next, follow_up);
            add(next, reminder(snapshot, to.clone(), now, rules));
            add(next, feedback(snapshot, to, now, rules));
        }
        Some(reason) => {
            confirmation.suppress(reason);
            if reason == Reason::OptedOut {
                // Confirmation and follow-up are both recorded as suppressed.
                add(
                    next,
                    follow_up.map(|mut intent| {
                        intent.state = IntentState::Suppressed;
                        intent.reason = Some(reason);
                        intent
                    }),
                );
                next.event(ConversationEvent::OptedOut);
            } else {
                next.event(ConversationEvent::Suppressed);
            }
            if reason == Reason::SkippedStaleBackfill {
                add(next, reminder(snapshot, to.clone(), now, rules));
                add(next, feedback(snapshot, to, now, rules));
            }
        }
    }
    add(next, Some(confirmation));
}

fn add(conversation: &mut Conversation, intent: Option<Intent>) {
    if let Some(intent) = intent {
        conversation
            .intents
            .entry(intent.intent_id.clone())
            .or_insert(intent);
    }
}

/// The follow-up: due one wait after processing, or at the end of quiet hours; suppressed if that is not before the start.
fn follow_up(
    snapshot: &InviteeSnapshot,
    to: Option<Phone>,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Option<Intent> {
    let due = now + SignedDuration::from_secs(i64::from(rules.follow_up_wait_seconds));
    let slot = next_allowed(
        due,
        &zone_of(snapshot, rules),
        &rules.quiet_hours,
        snapshot.start,
    );
    let mut intent = Intent::pending(IntentKind::FollowUp, &snapshot.uri, to, slot.unwrap_or(due));
    if slot.is_none() {
        intent.suppress(Reason::NoSlotBeforeStart);
    }
    Some(intent)
}

/// The reminder 24 h before the start, if booked earlier than that and still ahead.
fn reminder(
    snapshot: &InviteeSnapshot,
    to: Option<Phone>,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Option<Intent> {
    let due = snapshot.start.checked_sub(REMINDER_BEFORE).ok()?;
    if !rules.sms.reminder_24h || snapshot.created_at >= due || now >= due {
        return None;
    }
    let slot = next_allowed(
        due,
        &zone_of(snapshot, rules),
        &rules.quiet_hours,
        snapshot.start,
    );
    Some(Intent::pending(
        IntentKind::Reminder24h,
        &snapshot.uri,
        to,
        slot.unwrap_or(due),
    ))
}

/// The question after the call, if it is configured and still ahead.
fn feedback(
    snapshot: &InviteeSnapshot,
    to: Option<Phone>,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Option<Intent> {
    let due = snapshot
        .end
        .checked_add(SignedDuration::from_mins(i64::from(
            rules.sms.feedback_after_minutes,
        )))
        .ok()?;
    if now >= due
        || !rules
            .sms
            .feedback
            .allows("feedback", &contact_key(snapshot))
    {
        return None;
    }
    let slot = next_allowed(
        due,
        &zone_of(snapshot, rules),
        &rules.quiet_hours,
        Timestamp::MAX,
    );
    Some(Intent::pending(
        IntentKind::Feedback,
        &snapshot.uri,
        to,
        slot.unwrap_or(due),
    ))
}
