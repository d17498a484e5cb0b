//! The last look before a text is sent: claim it, suppress it, or let it wait (X37, X38).

use jiff::Timestamp;

use super::checks::{Number, Situation, Slot};
use super::conversation::Conversation;
use super::phone_record::PhoneRecord;
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
    let uri = intent.invitee_uri.as_deref();
    let snapshot = uri.and_then(|uri| conversation.chain.snapshot(uri));
    let slot = slot(intent.kind, snapshot, now, rules);
    let to = intent.to.clone();
    let situation = conversation.with_reply(Situation {
        number: to.as_ref().map_or(Number::Missing, |_| Number::Usable),
        chain: Some(&conversation.chain),
        uri,
        slot: Some(slot),
        ..Situation::new(phone, now)
    });
    let mut next = conversation.clone();
    next.version += 1;
    let Some(own) = next.intents.get_mut(intent_id) else {
        return Due::Nothing;
    };
    let stopped = own.judge(&situation);
    match (stopped, slot, to) {
        (Some(reason), ..) => {
            if reason == Reason::AppointmentStarted {
                next.event(ConversationEvent::Closed);
            }
            Due::Suppressed { next, reason }
        }
        (None, Slot::At(until), _) if until > now => {
            own.due_at = until;
            Due::Deferred { next, until }
        }
        (None, _, Some(to)) => {
            let message = claim(own, to, snapshot, rules);
            Due::Send { next, message }
        }
        // The first check has failed.
        (None, _, None) => Due::Nothing,
    }
}

/// When the text may go out: at once, or when quiet hours end.
fn slot(
    kind: IntentKind,
    snapshot: Option<&InviteeSnapshot>,
    now: Timestamp,
    rules: &BusinessConfig,
) -> Slot {
    let until =
        |s: &InviteeSnapshot, end| next_allowed(now, &zone_of(s, rules), &rules.quiet_hours, end);
    Slot::from(match (kind, snapshot) {
        (IntentKind::FollowUp | IntentKind::Reminder24h, Some(s)) => until(s, s.start),
        (IntentKind::Feedback, Some(s)) => until(s, Timestamp::MAX),
        _ => Some(now),
    })
}

/// Writes the text and claims its intent.
fn claim(
    own: &mut Intent,
    to: Phone,
    snapshot: Option<&InviteeSnapshot>,
    rules: &BusinessConfig,
) -> Message {
    let Composed {
        body,
        encoding,
        parts,
        language,
        variant,
    } = compose(own.kind, snapshot, rules);
    own.state = IntentState::Claimed;
    (own.encoding, own.parts) = (Some(encoding), Some(parts));
    (own.language, own.variant) = (Some(language), variant);
    own.body = Some(Text(body.clone()));
    let about_the_past = own.kind == IntentKind::Feedback;
    Message {
        intent_id: own.intent_id.clone(),
        to,
        body: Text(body),
        parts,
        useless_after: snapshot.filter(|_| !about_the_past).map(|s| s.start),
    }
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
