//! What a booking gives to send: confirmation, follow-up, reminder and feedback, each with its due time (X38).

use jiff::{SignedDuration, Timestamp};

use super::checks::{Number, Situation, Slot};
use super::conversation::Conversation;
use super::origin::Origin;
use super::phone_record::PhoneRecord;
use super::quiet_hours::next_allowed;
use super::table::ConversationEvent;
use super::template::{contact_key, zone_of};
use super::{Intent, IntentKind, Reason};
use crate::bookings::invitee::{InviteeSnapshot, Learned};
use crate::config::{BusinessConfig, RetentionConfig};
use crate::inbox::told::ToldBy;
use crate::people::phone::Phone;

const REMINDER_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// An invitee snapshot as input of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingFact {
    pub booking_id: String,
    pub snapshot: InviteeSnapshot,
    pub origin: Origin,
    /// The delivery that told it; `None` for what our own call or a sweep found.
    pub told_by: Option<ToldBy>,
}

impl BookingFact {
    fn delivery_id(&self) -> Option<&str> {
        self.told_by.as_ref().map(|by| by.delivery_id.as_str())
    }
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
    let kept = RetentionConfig::length(rules.retention.texts_days);
    let mut next = conversation
        .cloned()
        .unwrap_or_else(|| Conversation::new(&fact.booking_id, now, kept));
    let before = next.clone();
    let first = next.chain.learn(snapshot) == Learned::First;
    next.settle(now, fact.delivery_id());
    next.forget_middle();
    if first && !next.ended(&snapshot.uri) && next.chain.current() == Some(&snapshot.uri) {
        open(&mut next, phone, fact, now, rules);
    }
    if next == before && conversation.is_some() {
        return None;
    }
    next.keep_until(snapshot.end, kept);
    next.version += 1;
    Some(next)
}

/// Adds the intents of a newly booked time, each judged.
fn open(
    next: &mut Conversation,
    phone: &PhoneRecord,
    fact: &BookingFact,
    now: Timestamp,
    rules: &BusinessConfig,
) {
    let snapshot = &fact.snapshot;
    let (number, to) = number(snapshot, rules);
    next.phone.clone_from(&to);
    next.event(ConversationEvent::Booked);
    let chain = next.chain.clone();
    let situation = Situation {
        number,
        chain: Some(&chain),
        uri: Some(&snapshot.uri),
        origin: Some(fact.origin),
        delivery_id: fact.delivery_id(),
        ..Situation::new(phone, now)
    };
    let mut confirmation =
        Intent::pending(IntentKind::Confirmation, &snapshot.uri, to.clone(), now);
    let stopped = confirmation.judge(&situation);
    add(next, fact, confirmation);
    // An opt-out is recorded with the follow-up too; a reminder is not too late where a confirmation is.
    if matches!(stopped, None | Some(Reason::OptedOut)) {
        let follow_up = follow_up(snapshot, to.clone(), &situation, rules);
        add(next, fact, follow_up);
    }
    if matches!(stopped, None | Some(Reason::SkippedStaleBackfill)) {
        for mut later in [
            reminder(snapshot, to.clone(), now, rules),
            feedback(snapshot, to, now, rules),
        ]
        .into_iter()
        .flatten()
        {
            later.judge(&situation);
            add(next, fact, later);
        }
    }
    match stopped {
        None => {}
        Some(Reason::OptedOut) => next.event(ConversationEvent::OptedOut),
        Some(_) => next.event(ConversationEvent::Suppressed),
    }
}

/// What the booking's form says of the number.
fn number(snapshot: &InviteeSnapshot, rules: &BusinessConfig) -> (Number, Option<Phone>) {
    let typed = snapshot.contact.phone.as_deref().map(str::trim);
    let Some(typed) = typed.filter(|typed| !typed.is_empty()) else {
        return (Number::Missing, None);
    };
    match Phone::parse(typed, &rules.default_country) {
        Some(phone) => (Number::Usable, Some(phone)),
        None => (Number::Unusable, None),
    }
}

fn add(conversation: &mut Conversation, fact: &BookingFact, intent: Intent) {
    let told_by = fact.told_by.clone();
    conversation
        .intents
        .entry(intent.intent_id.clone())
        .or_insert(Intent { told_by, ..intent });
}

/// The follow-up: due one wait after processing, or at the end of quiet hours; suppressed if that is not before the start.
fn follow_up(
    snapshot: &InviteeSnapshot,
    to: Option<Phone>,
    situation: &Situation<'_>,
    rules: &BusinessConfig,
) -> Intent {
    let due = situation.now + SignedDuration::from_secs(i64::from(rules.follow_up_wait_seconds));
    let slot = next_allowed(
        due,
        &zone_of(snapshot, rules),
        &rules.quiet_hours,
        snapshot.start,
    );
    let mut intent = Intent::pending(IntentKind::FollowUp, &snapshot.uri, to, slot.unwrap_or(due));
    intent.judge(&Situation {
        slot: Some(Slot::from(slot)),
        ..*situation
    });
    intent
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
