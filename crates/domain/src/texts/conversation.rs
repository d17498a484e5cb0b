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
            // `Booked` opens it.
            status: ConversationState::Closed,
            chain: Chain::default(),
            intents: BTreeMap::new(),
            replies: Vec::new(),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * RETENTION_DAYS),
            version: 0,
        }
    }

    /// The conversation of a number without a booking that asked for HELP: closed, with our answer. Its id is the intent's.
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

    pub(super) fn keep_until(&mut self, end: Timestamp) {
        self.expires_at = self
            .expires_at
            .max(end + SignedDuration::from_hours(24 * RETENTION_DAYS));
    }

    /// Suppresses the pending intents that `which` selects; `true` if there was one.
    pub(super) fn suppress(&mut self, reason: Reason, which: impl Fn(&Intent) -> bool) -> bool {
        let mut any = false;
        for intent in self.intents.values_mut().filter(|i| which(i)) {
            any |= intent.suppress(reason);
        }
        any
    }

    /// Why nothing may be sent about `uri`: it was cancelled or rescheduled.
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

    /// Suppresses the pending intents of cancelled and rescheduled invitees.
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

    /// Merges two conversations of one chain; the booking id of `self` stays.
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

    /// Whether a text of the customer may still be about it.
    #[must_use]
    pub fn open(&self) -> bool {
        self.status != ConversationState::Closed
    }
}
