//! The states of a conversation: one table (S2-17).
//!
//! What is not in the table leaves the state as it is. A thread remembers what ended it: one that was opted out
//! and one of which nothing could be sent stay so until a new time is booked, also after START (X67).

use serde::{Deserialize, Serialize};

use ConversationEvent::{Booked, Closed, FollowUpSent, OptedOut, Replied, Suppressed};
use ConversationState::{AwaitingReply, FollowedUp, Responded};

/// `(from, event, to)`.
pub const TRANSITIONS: &[(ConversationState, ConversationEvent, ConversationState)] = &[
    (AwaitingReply, Replied, Responded),
    (AwaitingReply, FollowUpSent, FollowedUp),
    (AwaitingReply, OptedOut, ConversationState::OptedOut),
    (AwaitingReply, Suppressed, ConversationState::Suppressed),
    (AwaitingReply, Closed, ConversationState::Closed),
    (Responded, Booked, AwaitingReply), // a new time, a new question
    (Responded, OptedOut, ConversationState::OptedOut),
    (Responded, Closed, ConversationState::Closed),
    (FollowedUp, Booked, AwaitingReply),
    (FollowedUp, Replied, Responded),
    (FollowedUp, OptedOut, ConversationState::OptedOut),
    (FollowedUp, Closed, ConversationState::Closed),
    (ConversationState::OptedOut, Booked, AwaitingReply),
    (ConversationState::Suppressed, Booked, AwaitingReply),
    (ConversationState::Closed, Booked, AwaitingReply),
];

/// Where `event` leads from `from`.
#[must_use]
pub fn transition(from: ConversationState, event: ConversationEvent) -> ConversationState {
    TRANSITIONS
        .iter()
        .find(|(f, e, _)| (*f, *e) == (from, event))
        .map_or(from, |(_, _, to)| *to)
}

/// Where a conversation is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(const_into_str, serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ConversationState {
    AwaitingReply,
    Responded,
    FollowedUp,
    OptedOut,
    /// Nothing could be sent.
    Suppressed,
    /// Cancelled, started, or erased.
    Closed,
}

/// What moves a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConversationEvent {
    /// A time was booked; also the new time of a reschedule.
    Booked,
    Replied,
    FollowUpSent,
    OptedOut,
    /// The confirmation can't be sent.
    Suppressed,
    /// The booking was cancelled, the call has started, or the person was erased.
    Closed,
}

impl ConversationState {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::AwaitingReply,
        Self::Responded,
        Self::FollowedUp,
        Self::OptedOut,
        Self::Suppressed,
        Self::Closed,
    ];

    /// The text of answers and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

impl ConversationEvent {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Booked,
        Self::Replied,
        Self::FollowUpSent,
        Self::OptedOut,
        Self::Suppressed,
        Self::Closed,
    ];
}
