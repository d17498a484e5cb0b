//! What the carrier answers, and what its delivery events tell later (X37).

use jiff::{SignedDuration, Timestamp};

use super::checks::{Check, Situation};
use super::conversation::Conversation;
use super::phone_record::PhoneRecord;
use super::table::ConversationEvent;
use super::{Intent, IntentKind, IntentState, Reason};

/// The provider's answer to our call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    Accepted {
        provider_id: Option<String>,
    },
    /// It said no for good.
    Refused,
    /// It sends nothing to this number, for this reason: [`Reason::OptedOut`] or [`Reason::NotVerified`].
    Suppressed(Reason),
    /// It said that it did not take the message, and to come again.
    NotTaken {
        again_at: Timestamp,
    },
    /// The account's quota is spent. The pause before the next try grows, until the text is of no use.
    QuotaSpent,
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
            intent.carrier_said(None, now);
            sent(&mut next, intent_id, now);
        }
        SendResult::Refused => intent.state = IntentState::Failed,
        SendResult::Suppressed(reason) => {
            (intent.state, intent.reason) = (IntentState::Suppressed, Some(*reason));
            intent.carrier_said(Some(*reason), now);
            next.event(match reason {
                Reason::OptedOut => ConversationEvent::OptedOut,
                _ => ConversationEvent::Suppressed,
            });
        }
        SendResult::Lost => intent.state = IntentState::Unknown,
        SendResult::NotTaken { again_at } => wait(&mut next, intent_id, *again_at, now),
        SendResult::QuotaSpent => {
            intent.quota_waits += 1;
            let again_at = now + quota_pause(intent.quota_waits);
            wait(&mut next, intent_id, again_at, now);
        }
    }
    next.version += 1;
    Some(next)
}

/// A claimed intent is pending again, unless what happened meanwhile forbids it.
fn wait(next: &mut Conversation, intent_id: &str, again_at: Timestamp, now: Timestamp) {
    let Some(intent) = next.intents.get_mut(intent_id) else {
        return;
    };
    intent.state = IntentState::Pending;
    intent.due_at = again_at;
    let nobody = PhoneRecord::default();
    let situation = next.with_reply(Situation::new(&nobody, now));
    next.ask(Check::NoReply, &situation, |i| {
        i.intent_id == intent_id && i.kind == IntentKind::FollowUp
    });
    next.settle(now, None);
}

/// 1 minute after the first refusal, twice as long after each further one, at most an hour.
fn quota_pause(waits: u32) -> SignedDuration {
    let minutes = 1_i64 << waits.saturating_sub(1).min(6);
    SignedDuration::from_mins(minutes.min(60))
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
