//! A conversation: one phone and one booking, with its intents and replies (X36).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::checks::{Check, Situation, judge};
use super::phone_record::PhoneRecord;
use super::reply::ReplyIntent;
use super::table::{ConversationEvent, ConversationState, transition};
use super::{Intent, IntentKind, IntentState, Reason, Text};
use crate::bookings::invitee::Chain;
use crate::inbox::told::ToldBy;
use crate::people::phone::Phone;

/// Replies that a conversation keeps: the first ones, and the newest. Whoever has the number may write as often as they
/// like; the archive has every text.
pub(super) const REPLIES_MAX: usize = 64;
const FIRST_REPLIES: usize = 16;
/// Bytes of a reply that are kept: more than the parts of one long text hold.
pub(super) const REPLY_BYTES_MAX: usize = 2_048;
/// Answers to HELP that a conversation keeps, the newest.
const HELP_REPLIES_MAX: usize = 20;

/// One text of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub message_id: String,
    pub at: Timestamp,
    pub body: Text,
    pub intent: ReplyIntent,
    /// The delivery that brought it.
    #[serde(default)]
    pub told_by: Option<ToldBy>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub booking_id: String,
    /// `None` while the booking has no usable number.
    pub phone: Option<Phone>,
    pub status: ConversationState,
    pub chain: Chain,
    /// By intent id.
    pub intents: BTreeMap<String, Intent>,
    pub replies: Vec<Reply>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Grows by one with every write.
    pub version: u64,
}

fn later(at: Timestamp, kept: SignedDuration) -> Timestamp {
    at.checked_add(kept).unwrap_or(Timestamp::MAX)
}

impl Conversation {
    pub(super) fn new(booking_id: &str, now: Timestamp, kept: SignedDuration) -> Self {
        Self {
            booking_id: booking_id.to_owned(),
            phone: None,
            // `Booked` opens it.
            status: ConversationState::Closed,
            chain: Chain::default(),
            intents: BTreeMap::new(),
            replies: Vec::new(),
            created_at: now,
            expires_at: later(now, kept),
            version: 0,
        }
    }

    /// The conversation of a number without a booking that asked for HELP: closed, with our answer. Its id is the intent's.
    #[must_use]
    pub fn unbooked(intent: Intent, now: Timestamp, kept: SignedDuration) -> Self {
        let mut conversation = Self::new(&intent.intent_id, now, kept);
        conversation.phone.clone_from(&intent.to);
        conversation
            .intents
            .insert(intent.intent_id.clone(), intent);
        conversation.version = 1;
        conversation
    }

    /// Whether it belongs to a booking.
    #[must_use]
    pub fn booked(&self) -> bool {
        !self.intents.contains_key(&self.booking_id)
    }

    /// Whether it is past its retention. The store deletes late, so every reader checks this.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Pending intents: id and due time.
    pub fn pending(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.intents
            .values()
            .filter(|i| i.state == IntentState::Pending)
            .map(|i| (i.intent_id.as_str(), i.due_at))
    }

    pub(super) fn event(&mut self, event: ConversationEvent) {
        self.status = transition(self.status, event);
    }

    pub(super) fn keep_until(&mut self, end: Timestamp, kept: SignedDuration) {
        self.expires_at = self.expires_at.max(later(end, kept));
    }

    /// Keeps what is counted without the person: no number, no word; what waits is not sent. `chain` is the conversation's own,
    /// without the person (X61).
    #[must_use]
    pub fn erased(mut self, chain: Chain) -> Self {
        self.chain = chain;
        self.phone = None;
        for intent in self.intents.values_mut() {
            (intent.to, intent.body) = (None, None);
            if intent.state == IntentState::Pending {
                (intent.state, intent.reason) = (IntentState::Suppressed, Some(Reason::Erased));
            }
        }
        for reply in &mut self.replies {
            reply.body = Text(String::new());
        }
        self.event(ConversationEvent::Closed);
        self.version += 1;
        self
    }

    /// Asks one check of the pending intents that `which` selects, because an event may have changed it.
    pub(super) fn ask(
        &mut self,
        check: Check,
        situation: &Situation<'_>,
        which: impl Fn(&Intent) -> bool,
    ) {
        for intent in self.intents.values_mut().filter(|i| which(i)) {
            intent.event(&[check], situation);
        }
    }

    /// `situation` with what the conversation knows of the customer's answer.
    pub(super) fn with_reply<'a>(&self, situation: Situation<'a>) -> Situation<'a> {
        let replied = self.status == ConversationState::Responded;
        let newest = self.replies.last().map(|r| r.at);
        Situation {
            replied,
            replied_at: newest.filter(|_| replied),
            ..situation
        }
    }

    /// Asks the pending intents whether their time was cancelled or moved; `delivery_id` told the newest fact.
    pub(super) fn settle(&mut self, now: Timestamp, delivery_id: Option<&str>) {
        let nobody = PhoneRecord::default();
        for intent in self.intents.values_mut() {
            let uri = intent.invitee_uri.clone();
            let situation = Situation {
                chain: Some(&self.chain),
                uri: uri.as_deref(),
                delivery_id,
                ..Situation::new(&nobody, now)
            };
            intent.event(&Check::OF_THE_TIME, &situation);
        }
        if self.chain.cancellation().is_some() {
            self.event(ConversationEvent::Closed);
        }
    }

    /// Whether nothing may be sent about `uri`: it was cancelled or moved.
    pub(super) fn ended(&self, uri: &str) -> bool {
        let nobody = PhoneRecord::default();
        let situation = Situation {
            chain: Some(&self.chain),
            uri: Some(uri),
            ..Situation::new(&nobody, self.created_at)
        };
        judge(&Check::OF_THE_TIME, &situation).reason().is_some()
    }

    /// Merges two conversations of one chain; the booking id of `self` stays.
    #[must_use]
    pub fn merge(mut self, other: &Self, now: Timestamp) -> Self {
        self.chain.join(&other.chain);
        for (id, theirs) in &other.intents {
            let ours = self
                .intents
                .entry(id.clone())
                .or_insert_with(|| theirs.clone());
            if theirs.state > ours.state {
                *ours = theirs.clone();
            }
        }
        let known = |reply: &Reply| {
            self.replies
                .iter()
                .any(|r| r.message_id == reply.message_id)
        };
        let more: Vec<Reply> = other
            .replies
            .iter()
            .filter(|r| !known(r))
            .cloned()
            .collect();
        self.replies.extend(more);
        self.replies
            .sort_by(|a, b| (a.at, &a.message_id).cmp(&(b.at, &b.message_id)));
        self.limit_replies();
        self.forget_middle();
        if other.created_at > self.created_at {
            self.status = other.status;
            self.phone = other.phone.clone().or(self.phone);
        }
        self.created_at = self.created_at.min(other.created_at);
        self.expires_at = self.expires_at.max(other.expires_at);
        self.version = self.version.max(other.version);
        self.settle(now, None);
        self.version += 1;
        self
    }

    /// Keeps a reply; one in the middle goes where there are too many.
    pub(super) fn add_reply(&mut self, mut reply: Reply) {
        let body = &mut reply.body.0;
        body.truncate(body.floor_char_boundary(REPLY_BYTES_MAX));
        self.replies.push(reply);
        self.limit_replies();
    }

    fn limit_replies(&mut self) {
        let excess = self.replies.len().saturating_sub(REPLIES_MAX);
        if excess > 0 {
            self.replies.drain(FIRST_REPLIES..FIRST_REPLIES + excess);
        }
    }

    /// Keeps an answer to HELP; the oldest that are settled go where there are too many.
    pub(super) fn add_help(&mut self, answer: Intent) {
        self.intents.insert(answer.intent_id.clone(), answer);
        // The one that a conversation without a booking is named after stays.
        let settled = |i: &&Intent| {
            i.kind == IntentKind::HelpReply && i.is_settled() && i.intent_id != self.booking_id
        };
        let mut old: Vec<(Timestamp, String)> = self
            .intents
            .values()
            .filter(settled)
            .map(|i| (i.due_at, i.intent_id.clone()))
            .collect();
        old.sort_unstable();
        let excess = old.len().saturating_sub(HELP_REPLIES_MAX);
        for (_, id) in old.into_iter().take(excess) {
            self.intents.remove(&id);
        }
    }

    /// Forgets the settled texts of times of which the chain keeps the name only.
    pub(super) fn forget_middle(&mut self) {
        let chain = &self.chain;
        let forgotten = |uri: &String| {
            let member = chain.member(uri);
            member.is_some_and(|m| m.snapshot.is_none()) && chain.superseded(uri)
        };
        self.intents.retain(|_, intent| {
            !intent.is_settled() || !intent.invitee_uri.as_ref().is_some_and(forgotten)
        });
    }

    /// Whether the newest message is the customer's and needs an answer: it is anything but a yes, and the number has not
    /// opted out.
    #[must_use]
    pub fn needs_reply(&self) -> bool {
        let sent = self.intents.values();
        let sent = sent.filter(|intent| intent.state == IntentState::Sent);
        let sent = sent.filter_map(|intent| intent.sent_at);
        let last = self.replies.iter().max_by_key(|reply| reply.at);
        self.status != ConversationState::OptedOut
            && last.is_some_and(|last| {
                last.intent != ReplyIntent::Yes && sent.max().is_none_or(|sent| sent <= last.at)
            })
    }

    /// Whether a text of the customer may still be about it.
    #[must_use]
    pub fn open(&self) -> bool {
        self.status != ConversationState::Closed
    }
}
