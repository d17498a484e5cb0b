//! The last look before a text is sent: claim it, suppress it, or let it wait (X37, X38).

use jiff::Timestamp;

use super::conversation::Conversation;
use super::inbound::PhoneRecord;
use super::quiet_hours::next_allowed;
use super::table::ConversationEvent;
use super::template::{Composed, compose, zone_of};
use super::{Intent, IntentKind, IntentState, Reason, Text};
use crate::bookings::invitee::InviteeSnapshot;
use crate::config::BusinessConfig;
use crate::people::phone::Phone;

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
