//! Inbound texts: replies, STOP, START, HELP (X36, X39, X67).
//!
//! A text is taken in by three steps, each of which may be written on its own and taken again after a crash:
//! [`hear`] gives the number's new record, [`quiet`] ends what a conversation still has to send, [`keep`] puts
//! the text into one conversation.

use jiff::{SignedDuration, Timestamp};

use super::checks::{Check, Situation};
use super::conversation::{Conversation, Reply};
use super::keyword::{Keyword, keyword};
use super::phone_record::PhoneRecord;
use super::reply::{ReplyIntent, classify};
use super::table::ConversationEvent;
use super::{Intent, IntentKind, Text};
use crate::config::{BusinessConfig, RetentionConfig};
use crate::inbox::told::ToldBy;
use crate::people::phone::Phone;

/// Answers to HELP that a conversation gives within [`HELP_WINDOW`].
const HELP_ANSWERS_MAX: usize = 5;
const HELP_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// One inbound text, from any two-way number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundText {
    pub message_id: String,
    pub from: Phone,
    pub body: Text,
    pub at: Timestamp,
    /// The delivery that brought it.
    pub told_by: Option<ToldBy>,
}

impl InboundText {
    fn delivery_id(&self) -> Option<&str> {
        self.told_by.as_ref().map(|by| by.delivery_id.as_str())
    }
}

/// What a text was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbound {
    Stop,
    Start,
    Help,
    Reply,
}

/// What a text is, and the number's record after it.
#[must_use]
pub fn hear(phone: &PhoneRecord, text: &InboundText) -> (Inbound, PhoneRecord) {
    let mut next = phone.clone();
    let inbound = match keyword(&text.body.0) {
        Some(Keyword::Stop) => {
            next.opt_out(text.at);
            Inbound::Stop
        }
        Some(Keyword::Start) => {
            next.opt_in(text.at);
            Inbound::Start
        }
        Some(Keyword::Help) => Inbound::Help,
        None => Inbound::Reply,
    };
    (inbound, next)
}

/// A conversation of the number after the text: STOP suppresses all that is pending, any other text the open
/// follow-ups. `phone` is the record after the text. `None`: nothing changes.
#[must_use]
pub fn quiet(
    conversation: &Conversation,
    inbound: Inbound,
    phone: &PhoneRecord,
    text: &InboundText,
) -> Option<Conversation> {
    let mut next = conversation.clone();
    let situation = Situation {
        delivery_id: text.delivery_id(),
        ..Situation::new(phone, text.at)
    };
    match inbound {
        // A START that came before this STOP was processed has the last word.
        Inbound::Stop if !phone.opted_out() => return None,
        Inbound::Stop => {
            next.ask(Check::NotOptedOut, &situation, |_| true);
            next.event(ConversationEvent::OptedOut);
        }
        Inbound::Start | Inbound::Help | Inbound::Reply => {
            let replied = Situation {
                replied: true,
                replied_at: Some(text.at),
                ..situation
            };
            next.ask(Check::NoReply, &replied, |i| i.kind == IntentKind::FollowUp);
            next.event(ConversationEvent::Replied);
        }
    }
    if next == *conversation {
        return None;
    }
    next.version += 1;
    Some(next)
}

/// Where a text is kept, once: the newest conversation, an open one if there is any. The greatest key wins.
#[must_use]
pub fn home_rank(conversation: &Conversation) -> (bool, Timestamp, &str) {
    (
        conversation.open(),
        conversation.created_at,
        &conversation.booking_id,
    )
}

/// Puts the text into its home: a reply, or our answer to HELP. STOP and START are in the number's record only.
/// `home` is `None` where the number has no conversation: then an answer to HELP makes one. `None`: there is
/// nothing to keep.
#[must_use]
pub fn keep(
    home: Option<&Conversation>,
    inbound: Inbound,
    phone: &PhoneRecord,
    text: &InboundText,
    rules: &BusinessConfig,
) -> Option<Conversation> {
    match inbound {
        Inbound::Stop | Inbound::Start => None,
        Inbound::Help => {
            let answer = help(phone, text);
            let Some(home) = home else {
                let kept = RetentionConfig::length(rules.retention.texts_days);
                return Some(Conversation::unbooked(answer, text.at, kept));
            };
            if !home.answers_help(text.at) {
                return None;
            }
            let mut next = home.clone();
            next.add_help(answer);
            next.version += 1;
            Some(next)
        }
        Inbound::Reply => {
            let mut next = home?.clone();
            let sent: Vec<&str> = next
                .intents
                .values()
                .filter_map(|i| i.body.as_ref())
                .map(|body| body.0.as_str())
                .collect();
            let intent = classify(&text.body.0, &sent);
            next.add_reply(Reply {
                message_id: text.message_id.clone(),
                at: text.at,
                body: text.body.clone(),
                intent,
                told_by: text.told_by.clone(),
            });
            next.version += 1;
            Some(next)
        }
    }
}

fn help(phone: &PhoneRecord, text: &InboundText) -> Intent {
    let mut intent = Intent::pending(
        IntentKind::HelpReply,
        &text.message_id,
        Some(text.from.clone()),
        text.at,
    );
    intent.told_by.clone_from(&text.told_by);
    intent.judge(&Situation {
        delivery_id: text.delivery_id(),
        ..Situation::new(phone, text.at)
    });
    intent
}

impl Conversation {
    /// Whether one more HELP is answered: a number that asks all day long is no person.
    fn answers_help(&self, now: Timestamp) -> bool {
        let today = |i: &&Intent| {
            i.kind == IntentKind::HelpReply && now.duration_since(i.due_at) < HELP_WINDOW
        };
        self.intents.values().filter(today).count() < HELP_ANSWERS_MAX
    }

    /// The booking's own page to move or cancel the call, where the customer's last text asks for that.
    #[must_use]
    pub fn reschedule_url(&self) -> Option<&str> {
        let wish = self.replies.last()?.intent;
        matches!(
            wish,
            ReplyIntent::Reschedule | ReplyIntent::Cancel | ReplyIntent::No
        )
        .then(|| self.chain.details()?.reschedule_url.as_deref())?
    }
}
