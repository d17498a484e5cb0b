//! A conversation: one phone and one booking, with its intents and replies (X36).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::reply::ReplyIntent;
use super::table::{ConversationEvent, ConversationState, transition};
use super::{Intent, IntentState, Reason, Text};
use crate::bookings::invitee::Chain;
use crate::people::phone::Phone;

/// How long a conversation is kept after its call (S2-16, S2-24). Readers filter by expiry themselves (X40).
pub const RETENTION_DAYS: i64 = 90;

/// One text of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub message_id: String,
    pub at: Timestamp,
    pub body: Text,
    pub intent: ReplyIntent,
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

impl Conversation {
    pub(super) fn new(booking_id: &str, now: Timestamp) -> Self {
        Self {
            booking_id: booking_id.to_owned(),
            phone: None,
            // Until a time is booked there is nothing to talk about.
            status: ConversationState::Closed,
            chain: Chain::default(),
            intents: BTreeMap::new(),
            replies: Vec::new(),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * RETENTION_DAYS),
            version: 0,
        }
    }

    /// A number that wrote without any booking: a closed conversation that holds our answer. Its id is the intent's.
    #[must_use]
    pub fn unbooked(intent: Intent, now: Timestamp) -> Self {
        let mut conversation = Self::new(&intent.intent_id, now);
        conversation.phone.clone_from(&intent.to);
        conversation
            .intents
            .insert(intent.intent_id.clone(), intent);
        conversation.version = 1;
        conversation
    }

    /// Whether a booking stands behind it.
    #[must_use]
    pub fn booked(&self) -> bool {
        !self.intents.contains_key(&self.booking_id)
    }

    /// The store deletes late, so every reader asks this.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// What is still to be sent, and when.
    pub fn pending(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.intents
            .values()
            .filter(|i| i.state == IntentState::Pending)
            .map(|i| (i.intent_id.as_str(), i.due_at))
    }

    pub(super) fn event(&mut self, event: ConversationEvent) {
        self.status = transition(self.status, event);
    }

    pub(super) fn keep_until(&mut self, end: Timestamp) {
        self.expires_at = self
            .expires_at
            .max(end + SignedDuration::from_hours(24 * RETENTION_DAYS));
    }

    /// Suppresses every pending intent that `which` names; whether there was one.
    pub(super) fn suppress(&mut self, reason: Reason, which: impl Fn(&Intent) -> bool) -> bool {
        let mut any = false;
        for intent in self.intents.values_mut().filter(|i| which(i)) {
            any |= intent.suppress(reason);
        }
        any
    }

    /// Why the chain, as it is known now, forbids anything about `uri`.
    pub(super) fn ended(&self, uri: &str) -> Option<Reason> {
        if self.chain.superseded(uri) {
            Some(Reason::Rescheduled)
        } else {
            self.chain
                .snapshot(uri)
                .is_some_and(|s| s.canceled)
                .then_some(Reason::Canceled)
        }
    }

    /// Gives every pending intent of a cancelled or replaced invitee its reason.
    pub(super) fn settle(&mut self) {
        let ended: BTreeMap<String, Reason> = self
            .intents
            .values()
            .filter_map(|i| Some((i.intent_id.clone(), self.ended(i.invitee_uri.as_deref()?)?)))
            .collect();
        for (id, reason) in ended {
            if let Some(intent) = self.intents.get_mut(&id) {
                intent.suppress(reason);
            }
        }
        if self.chain.cancellation().is_some() {
            self.event(ConversationEvent::Closed);
        }
    }

    /// The one conversation of two whose chains proved to be one; the booking of `self` keeps its id.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
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
        if other.created_at > self.created_at {
            self.status = other.status;
            self.phone = other.phone.clone().or(self.phone);
        }
        self.created_at = self.created_at.min(other.created_at);
        self.expires_at = self.expires_at.max(other.expires_at);
        self.version = self.version.max(other.version);
        self.settle();
        self.version += 1;
        self
    }

    /// A reply would answer this conversation.
    #[must_use]
    pub fn open(&self) -> bool {
        self.status != ConversationState::Closed
    }
}
