//! The states of a conversation: one table (S2-17).
//!
//! What is not in the table leaves the state as it is.

use serde::{Deserialize, Serialize};

use ConversationEvent::{Booked, Closed, FollowUpSent, OptedIn, OptedOut, Replied, Suppressed};
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
    (ConversationState::OptedOut, OptedIn, AwaitingReply),
    (
        ConversationState::OptedOut,
        Closed,
        ConversationState::Closed,
    ),
    (ConversationState::Suppressed, Booked, AwaitingReply),
    (ConversationState::Suppressed, Replied, Responded),
    (
        ConversationState::Suppressed,
        OptedOut,
        ConversationState::OptedOut,
    ),
    (
        ConversationState::Suppressed,
        Closed,
        ConversationState::Closed,
    ),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    OptedIn,
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
        match self {
            Self::AwaitingReply => "AWAITING_REPLY",
            Self::Responded => "RESPONDED",
            Self::FollowedUp => "FOLLOWED_UP",
            Self::OptedOut => "OPTED_OUT",
            Self::Suppressed => "SUPPRESSED",
            Self::Closed => "CLOSED",
        }
    }
}

impl ConversationEvent {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::Booked,
        Self::Replied,
        Self::FollowUpSent,
        Self::OptedOut,
        Self::OptedIn,
        Self::Suppressed,
        Self::Closed,
    ];
}
