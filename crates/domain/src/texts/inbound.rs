//! Inbound texts: replies, STOP, START, HELP (X36, X39).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conversation::{Conversation, Reply};
use super::reply::{Keyword, ReplyIntent, classify, keyword};
use super::table::ConversationEvent;
use super::{Intent, IntentKind, Reason, Text};
use crate::people::phone::Phone;

/// What is known of a number, across all its bookings. It never expires (X40).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhoneRecord {
    pub opted_out_at: Option<Timestamp>,
    pub opted_in_at: Option<Timestamp>,
    /// Inbound messages that were taken in already.
    pub messages: BTreeSet<String>,
}

impl PhoneRecord {
    /// The newest word of the person; of two at the same instant the one that came later.
    #[must_use]
    pub fn opted_out(&self) -> bool {
        self.opted_out_at
            .is_some_and(|out| self.opted_in_at.is_none_or(|back| out >= back))
    }
}

/// One inbound text, from any two-way number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundText {
    pub message_id: String,
    pub from: Phone,
    pub body: Text,
    pub at: Timestamp,
}

/// What a text was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbound {
    Stop,
    Start,
    Help,
    Reply(ReplyIntent),
    /// The same message again.
    Duplicate,
}

/// What is to be written: the number's record and every conversation that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundDecision {
    pub was: Inbound,
    pub phone: PhoneRecord,
    pub conversations: Vec<Conversation>,
    /// An answer to HELP from a number without a conversation.
    pub orphan: Option<Intent>,
    /// The bookings that the text may be about.
    pub bookings: Vec<String>,
    /// What to offer in answer to a wish to move: the booking's own page.
    pub reschedule_url: Option<String>,
}

/// Takes in a text from the number whose record and conversations are given, the expired ones left out.
#[must_use]
pub fn on_inbound(
    phone: &PhoneRecord,
    conversations: &[Conversation],
    text: &InboundText,
) -> InboundDecision {
    let mut out = InboundDecision {
        was: Inbound::Duplicate,
        phone: phone.clone(),
        conversations: Vec::new(),
        orphan: None,
        bookings: conversations
            .iter()
            .filter(|c| c.open())
            .map(|c| c.booking_id.clone())
            .collect(),
        reschedule_url: None,
    };
    if !out.phone.messages.insert(text.message_id.clone()) {
        return out;
    }
    let mut all = conversations.to_vec();
    match keyword(&text.body.0) {
        Some(Keyword::Stop) => {
            out.was = Inbound::Stop;
            out.phone.opted_out_at = out.phone.opted_out_at.max(Some(text.at));
            out.phone.opted_in_at = out.phone.opted_in_at.filter(|back| *back > text.at);
            if out.phone.opted_out() {
                for conversation in &mut all {
                    conversation.suppress(Reason::OptedOut, |_| true);
                    conversation.event(ConversationEvent::OptedOut);
                }
            }
        }
        Some(Keyword::Start) => {
            out.was = Inbound::Start;
            out.phone.opted_in_at = out.phone.opted_in_at.max(Some(text.at));
            out.phone.opted_out_at = out.phone.opted_out_at.filter(|out| *out > text.at);
            if !out.phone.opted_out() {
                all.iter_mut()
                    .for_each(|c| c.event(ConversationEvent::OptedIn));
            }
        }
        Some(Keyword::Help) => {
            out.was = Inbound::Help;
            help(&mut out, &mut all, text);
        }
        None => replied(&mut out, &mut all, text),
    }
    out.conversations = all
        .into_iter()
        .zip(conversations)
        .filter(|(new, old)| new != *old)
        .map(|(new, _)| new)
        .collect();
    out.conversations.iter_mut().for_each(|c| c.version += 1);
    out
}

/// The newest conversation, an open one if there is any: where a text is kept, once.
fn home(all: &mut [Conversation]) -> Option<&mut Conversation> {
    all.iter_mut()
        .max_by_key(|c| (c.open(), c.created_at, c.booking_id.clone()))
}

fn help(out: &mut InboundDecision, all: &mut [Conversation], text: &InboundText) {
    let mut intent = Intent::pending(
        IntentKind::HelpReply,
        &text.message_id,
        Some(text.from.clone()),
        text.at,
    );
    if out.phone.opted_out() {
        intent.suppress(Reason::OptedOut);
    }
    match home(all) {
        Some(conversation) => {
            conversation
                .intents
                .insert(intent.intent_id.clone(), intent);
        }
        None => out.orphan = Some(intent),
    }
}

/// A reply is kept once and closes every open follow-up of the number (X36).
fn replied(out: &mut InboundDecision, all: &mut [Conversation], text: &InboundText) {
    let intent = classify(&text.body.0);
    out.was = Inbound::Reply(intent);
    for conversation in all.iter_mut() {
        conversation.suppress(Reason::Responded, |i| i.kind == IntentKind::FollowUp);
        conversation.event(ConversationEvent::Replied);
    }
    let Some(conversation) = home(all) else {
        return;
    };
    conversation.replies.push(Reply {
        message_id: text.message_id.clone(),
        at: text.at,
        body: text.body.clone(),
        intent,
    });
    if matches!(
        intent,
        ReplyIntent::Reschedule | ReplyIntent::Cancel | ReplyIntent::No
    ) {
        out.reschedule_url = conversation
            .chain
            .details()
            .and_then(|s| s.reschedule_url.clone());
    }
}
