//! Text messages: confirmation, follow-up, reminder, feedback, and what stops them.
//!
//! **Invariants.** An intent has a deterministic id and is claimed before the provider is called, so it is sent at
//! most once; a claim whose outcome is lost becomes `unknown` and is never sent again blindly (X37). What may be
//! sent is judged anew at the moment of the claim. An invitee that was cancelled or replaced before it was first
//! seen gets no intent at all.

mod conversation;
mod inbound;
pub mod metrics;
mod optout;
mod outbound;
mod quiet;
mod reply;
pub mod segments;
mod table;
mod template;
#[cfg(test)]
mod tests;
pub mod what_if;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::people::phone::Phone;
use segments::Encoding;

pub use conversation::{Conversation, RETENTION_DAYS, Reply};
pub use inbound::{Inbound, InboundDecision, InboundText, PhoneRecord, on_inbound};
pub use optout::optout_hash;
pub use outbound::{
    BookingFact, Due, Message, Origin, SendResult, on_booking, on_delivery, on_due, on_erased,
    on_lost_claim, on_send_result, postponed,
};
pub use quiet::next_allowed;
pub use reply::{Keyword, ReplyIntent, Sentiment, classify, keyword, sentiment};
pub use table::{ConversationEvent, ConversationState, TRANSITIONS, transition};
pub use template::{Composed, MAX_PARTS, compose, variant};

/// A text of a person or to a person. `Debug` shows its length only (S2-29).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} characters)", self.0.chars().count())
    }
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IntentKind {
    #[serde(rename = "confirmation")]
    Confirmation,
    #[serde(rename = "follow_up")]
    FollowUp,
    #[serde(rename = "reminder_24h")]
    Reminder24h,
    #[serde(rename = "help_reply")]
    HelpReply,
    /// A question after the call (S2-54).
    #[serde(rename = "feedback")]
    Feedback,
}

impl IntentKind {
    /// The text of answers and ids.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::FollowUp => "follow_up",
            Self::Reminder24h => "reminder_24h",
            Self::HelpReply => "help_reply",
            Self::Feedback => "feedback",
        }
    }

    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Confirmation,
        Self::FollowUp,
        Self::Reminder24h,
        Self::HelpReply,
        Self::Feedback,
    ];

    /// The id of the intent of this kind for `subject`, an invitee uri or an inbound message id.
    ///
    /// Short enough for the `Context` of a send call, and the same whoever computes it.
    #[must_use]
    pub fn intent_id(self, subject: &str) -> String {
        let hash = hex::encode(Sha256::digest(subject.as_bytes()));
        format!("{}:{}", self.as_str(), &hash[..32])
    }
}

/// Where an intent is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    Pending,
    /// It will not be sent; the intent has its [`Reason`].
    Suppressed,
    /// The provider is being asked right now.
    Claimed,
    /// The provider was asked and its answer was lost; a delivery event resolves it.
    Unknown,
    Failed,
    Sent,
}

/// Why an intent is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Responded,
    OptedOut,
    Canceled,
    Rescheduled,
    AppointmentStarted,
    NoSlotBeforeStart,
    InvalidPhone,
    NoPhone,
    SkippedStaleBackfill,
    Erased,
    /// Nobody came, so there is nothing to ask about.
    NoShow,
}

impl Reason {
    /// The text of answers and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Responded => "responded",
            Self::OptedOut => "opted_out",
            Self::Canceled => "canceled",
            Self::Rescheduled => "rescheduled",
            Self::AppointmentStarted => "appointment_started",
            Self::NoSlotBeforeStart => "no_slot_before_start",
            Self::InvalidPhone => "invalid_phone",
            Self::NoPhone => "no_phone",
            Self::SkippedStaleBackfill => "skipped_stale_backfill",
            Self::Erased => "erased",
            Self::NoShow => "no_show",
        }
    }
}

/// One message that is to be sent, was sent, or will not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub intent_id: String,
    pub kind: IntentKind,
    /// `None` for an answer to HELP.
    pub invitee_uri: Option<String>,
    /// `None` where there is no usable number.
    pub to: Option<Phone>,
    pub state: IntentState,
    /// Set exactly when the state is `suppressed`.
    pub reason: Option<Reason>,
    pub due_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// Set by the claim.
    pub body: Option<Text>,
    pub encoding: Option<Encoding>,
    pub parts: Option<u32>,
    pub language: Option<String>,
    /// The provider's own id of the message.
    pub provider_id: Option<String>,
    /// Which wording was sent: `a`, `b`, …; `None` where there is only one.
    #[serde(default)]
    pub variant: Option<String>,
    /// The instant that the number's throughput has room for it, once that was asked for.
    #[serde(default)]
    pub paced_for: Option<Timestamp>,
}

impl Intent {
    pub(crate) fn pending(
        kind: IntentKind,
        subject: &str,
        to: Option<Phone>,
        due_at: Timestamp,
    ) -> Self {
        Self {
            intent_id: kind.intent_id(subject),
            kind,
            invitee_uri: (kind != IntentKind::HelpReply).then(|| subject.to_owned()),
            to,
            state: IntentState::Pending,
            reason: None,
            due_at,
            sent_at: None,
            body: None,
            encoding: None,
            parts: None,
            language: None,
            provider_id: None,
            variant: None,
            paced_for: None,
        }
    }

    /// Gives a pending intent its reason; any other is left alone.
    pub(crate) fn suppress(&mut self, reason: Reason) -> bool {
        let open = self.state == IntentState::Pending;
        if open {
            self.state = IntentState::Suppressed;
            self.reason = Some(reason);
        }
        open
    }
}
