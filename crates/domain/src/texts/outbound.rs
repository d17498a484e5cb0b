//! What is sent, and what stops it: decisions on bookings, due times and the provider's answers (X37, X38).

use jiff::{SignedDuration, Timestamp};

use super::conversation::Conversation;
use super::inbound::PhoneRecord;
use super::quiet::next_allowed;
use super::table::ConversationEvent;
use super::template::{Composed, compose, contact_key, zone_of};
use super::{Intent, IntentKind, IntentState, Reason, Text};
use crate::bookings::invitee::{InviteeSnapshot, Learned};
use crate::config::BusinessConfig;
use crate::people::phone::Phone;

/// A booking that a sync finds later than this after it was made is not confirmed: it is no news.
const STALE_BACKFILL: SignedDuration = SignedDuration::from_mins(30);
const REMINDER_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// How a booking fact was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Webhook,
    Sync,
}

/// A Calendly invitee, as the conversation sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingFact {
    pub booking_id: String,
    pub snapshot: InviteeSnapshot,
    pub origin: Origin,
}

/// Takes in a booking fact; `None` when it says nothing new.
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

/// A new time is booked: its intents.
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
                // Opted out: the follow-up is recorded as suppressed too.
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

/// Due one wait after the booking was processed, or when the night ends; without a slot it is suppressed at once.
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

/// Only if booked more than a day ahead, and only while the day before has not come.
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

/// Some time after the call, if that is asked for and still to come.
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

/// A claimed intent, as the provider needs it. The intent id travels as its `Context`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub intent_id: String,
    pub to: Phone,
    pub body: Text,
    pub parts: u32,
    /// After this the text is of no use: the provider's time to live.
    pub useless_after: Option<Timestamp>,
}

/// What to do with an intent whose time has come. Every variant but `Nothing` is to be written first, under the
/// version condition; only then may the provider be called.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    Send {
        next: Conversation,
        message: Message,
    },
    Suppressed {
        next: Conversation,
        reason: Reason,
    },
    Deferred {
        next: Conversation,
        until: Timestamp,
    },
    /// It is not pending, or not due yet.
    Nothing,
}

/// The last look before sending: claims the intent, suppresses it, or lets it wait.
#[must_use]
pub fn on_due(
    conversation: &Conversation,
    phone: &PhoneRecord,
    intent_id: &str,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Due {
    let Some(intent) = conversation
        .intents
        .get(intent_id)
        .filter(|i| i.state == IntentState::Pending && i.due_at <= now)
    else {
        return Due::Nothing;
    };
    let kind = intent.kind;
    let snapshot = intent
        .invitee_uri
        .as_deref()
        .and_then(|uri| conversation.chain.snapshot(uri));
    let mut next = conversation.clone();
    next.version += 1;
    let slot = match snapshot {
        Some(s) if matches!(kind, IntentKind::FollowUp | IntentKind::Reminder24h) => {
            next_allowed(now, &zone_of(s, rules), &rules.quiet_hours, s.start)
        }
        Some(s) if kind == IntentKind::Feedback => {
            next_allowed(now, &zone_of(s, rules), &rules.quiet_hours, Timestamp::MAX)
        }
        _ => Some(now),
    };
    let blocked = blocked(conversation, phone, intent, snapshot, now)
        .or(slot.is_none().then_some(Reason::NoSlotBeforeStart));
    let Some(own) = next.intents.get_mut(intent_id) else {
        return Due::Nothing;
    };
    match (blocked, slot, own.to.clone()) {
        (Some(reason), _, _) => {
            own.suppress(reason);
            if reason == Reason::AppointmentStarted {
                next.event(ConversationEvent::Closed);
            }
            Due::Suppressed { next, reason }
        }
        (None, Some(until), _) if until > now => {
            own.due_at = until;
            Due::Deferred { next, until }
        }
        (None, _, Some(to)) => {
            let Composed {
                body,
                encoding,
                parts,
                language,
                variant,
            } = compose(kind, snapshot, rules);
            own.state = IntentState::Claimed;
            (own.encoding, own.parts, own.language, own.variant) =
                (Some(encoding), Some(parts), Some(language), variant);
            own.body = Some(Text(body.clone()));
            let useless_after = snapshot
                .filter(|_| kind != IntentKind::Feedback)
                .map(|s| s.start);
            let message = Message {
                intent_id: intent_id.to_owned(),
                to,
                body: Text(body),
                parts,
                useless_after,
            };
            Due::Send { next, message }
        }
        (None, _, None) => {
            own.suppress(Reason::NoPhone);
            Due::Suppressed {
                next,
                reason: Reason::NoPhone,
            }
        }
    }
}

fn blocked(
    conversation: &Conversation,
    phone: &PhoneRecord,
    intent: &Intent,
    snapshot: Option<&InviteeSnapshot>,
    now: Timestamp,
) -> Option<Reason> {
    let ended = intent
        .invitee_uri
        .as_deref()
        .and_then(|uri| conversation.ended(uri));
    let opted_out = phone.opted_out().then_some(Reason::OptedOut);
    let about_the_call = intent.kind == IntentKind::Feedback;
    let started = snapshot
        .is_some_and(|s| s.start <= now && !about_the_call)
        .then_some(Reason::AppointmentStarted);
    let nobody_came =
        (about_the_call && conversation.chain.marks().in_force()).then_some(Reason::NoShow);
    ended.or(opted_out).or(started).or(nobody_came)
}

/// A pending intent that waits until the number's throughput has room for it; `None` when it is pending no more.
#[must_use]
pub fn postponed(
    conversation: &Conversation,
    intent_id: &str,
    until: Timestamp,
) -> Option<Conversation> {
    let mut next = conversation.clone();
    let intent = next
        .intents
        .get_mut(intent_id)
        .filter(|i| i.state == IntentState::Pending)?;
    (intent.due_at, intent.paced_for) = (until, Some(until));
    next.version += 1;
    Some(next)
}

/// The provider's answer to our call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    Accepted {
        provider_id: Option<String>,
    },
    /// It said no for good.
    Refused,
    /// It said that it did not take the message, and to come again.
    NotTaken {
        again_at: Timestamp,
    },
    /// No answer: it may have taken the message.
    Lost,
}

/// Marks a claimed intent; `None` when it is not claimed. One that was given up for lost while the provider was still
/// at it is marked when the provider has taken it after all.
#[must_use]
pub fn on_send_result(
    conversation: &Conversation,
    intent_id: &str,
    result: &SendResult,
    now: Timestamp,
) -> Option<Conversation> {
    let mut next = conversation.clone();
    let taken = matches!(result, SendResult::Accepted { .. });
    let open = |i: &&mut Intent| {
        i.state == IntentState::Claimed || (taken && i.state == IntentState::Unknown)
    };
    let intent = next.intents.get_mut(intent_id).filter(open)?;
    match result {
        SendResult::Accepted { provider_id } => {
            intent.provider_id.clone_from(provider_id);
            sent(&mut next, intent_id, now);
        }
        SendResult::Refused => intent.state = IntentState::Failed,
        SendResult::Lost => intent.state = IntentState::Unknown,
        SendResult::NotTaken { again_at } => {
            intent.state = IntentState::Pending;
            intent.due_at = *again_at;
            // What happened meanwhile counts for it again.
            let responded = matches!(intent.kind, IntentKind::FollowUp)
                && next.status == super::ConversationState::Responded;
            if responded {
                next.suppress(Reason::Responded, |i| i.intent_id == intent_id);
            }
            next.settle();
        }
    }
    next.version += 1;
    Some(next)
}

/// A claim whose owner died: nobody knows whether the provider was asked, so it is never sent again (X37).
#[must_use]
pub fn on_lost_claim(conversation: &Conversation, intent_id: &str) -> Option<Conversation> {
    on_send_result(
        conversation,
        intent_id,
        &SendResult::Lost,
        conversation.created_at,
    )
}

/// The provider's delivery event, found by its `Context`. It resolves `unknown`; delivered wins over failed.
#[must_use]
pub fn on_delivery(
    conversation: &Conversation,
    intent_id: &str,
    delivered: bool,
    now: Timestamp,
) -> Option<Conversation> {
    use IntentState::{Claimed, Failed, Sent, Unknown};
    let mut next = conversation.clone();
    let intent = next.intents.get_mut(intent_id)?;
    match (intent.state, delivered) {
        (Unknown | Claimed | Failed, true) => sent(&mut next, intent_id, now),
        (Unknown | Claimed | Sent, false) if intent.state != Failed => intent.state = Failed,
        _ => return None,
    }
    next.version += 1;
    Some(next)
}

fn sent(conversation: &mut Conversation, intent_id: &str, now: Timestamp) {
    let Some(intent) = conversation.intents.get_mut(intent_id) else {
        return;
    };
    intent.state = IntentState::Sent;
    intent.sent_at = intent.sent_at.or(Some(now));
    if intent.kind == IntentKind::FollowUp {
        let uri = intent.invitee_uri.clone();
        if conversation.chain.current() == uri.as_deref() {
            conversation.event(ConversationEvent::FollowUpSent);
        }
    }
}

/// The person was erased: nothing more is sent, and no text, number or name is kept (X60).
#[must_use]
pub fn on_erased(conversation: &Conversation) -> Conversation {
    let mut next = conversation.clone();
    next.suppress(Reason::Erased, |_| true);
    next.event(ConversationEvent::Closed);
    next.phone = None;
    next.chain = crate::bookings::invitee::Chain::default();
    next.replies.clear();
    for intent in next.intents.values_mut() {
        (intent.to, intent.body) = (None, None);
    }
    next.version += 1;
    next
}
