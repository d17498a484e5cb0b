//! Text messages: confirmation, follow-up, reminder, feedback, and what stops them (S2, X36-X42).
//!
//! **Invariants.** An intent has a deterministic id and is claimed before the carrier is called, so it is sent at
//! most once. If the carrier's answer is lost, the intent becomes `unknown` and is never sent again (X37). All
//! rules are checked again at the claim. An invitee that was cancelled or rescheduled before its first snapshot
//! arrived gets no intents.

mod checks;
mod conversation;
mod due;
mod inbound;
mod judged;
mod keyword;
pub mod metrics;
mod optout;
mod origin;
mod outbound;
mod outcome;
mod phone_record;
mod quiet_hours;
mod reaction;
mod reply;
pub mod segments;
mod sentiment;
mod table;
mod template;
#[cfg(test)]
mod tests;
pub mod what_if;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::inbox::told::ToldBy;
use crate::people::phone::Phone;
use segments::Encoding;

pub use checks::{Check, CheckResult, Judgement, STALE_BACKFILL};
pub use conversation::{Conversation, Reply};
pub use due::{Due, Message, on_due, postponed};
pub use inbound::{Inbound, InboundText, hear, home_rank, keep, quiet};
pub use judged::CheckAnswer;
pub use keyword::{Keyword, keyword};
pub use optout::optout_hash;
pub use origin::Origin;
pub use outbound::{BookingFact, on_booking};
pub use outcome::{SendResult, on_delivery, on_lost_claim, on_send_result};
pub use phone_record::PhoneRecord;
pub use quiet_hours::next_allowed;
pub use reaction::reaction;
pub use reply::{ReplyIntent, classify};
pub use sentiment::{Sentiment, sentiment};
pub use table::{ConversationEvent, ConversationState, TRANSITIONS, transition};
pub use template::{Composed, MAX_PARTS, compose, variant};

/// A text of a person or to a person. `Debug` shows its length only (S2-29).
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[debug("Text({} characters)", _0.chars().count())]
#[serde(transparent)]
pub struct Text(pub String);

/// What a message is for.
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
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum IntentKind {
    Confirmation,
    FollowUp,
    #[serde(rename = "reminder_24h")]
    #[strum(serialize = "reminder_24h")]
    Reminder24h,
    HelpReply,
    /// A question after the call (S2-54).
    Feedback,
}

impl IntentKind {
    /// The text of answers and ids.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
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

/// Where an intent is.
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
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
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
    /// The customer did not come to the call.
    NoShow,
    /// The account is in the carrier's sandbox and this number is not verified there.
    NotVerified,
}

impl Reason {
    /// The text of answers and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
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
    /// Set when the intent is claimed.
    pub body: Option<Text>,
    pub encoding: Option<Encoding>,
    pub parts: Option<u32>,
    pub language: Option<String>,
    /// The provider's own id of the message.
    pub provider_id: Option<String>,
    /// Which wording was sent: `a`, `b`, …; `None` where there is only one.
    #[serde(default)]
    pub variant: Option<String>,
    /// When the sending number's throughput has room for it; set once it was reserved.
    #[serde(default)]
    pub paced_for: Option<Timestamp>,
    /// How often it waited because the account's quota was spent.
    #[serde(default)]
    pub quota_waits: u32,
    /// The newest answers to its checks; `None` for a text from before they were kept.
    #[serde(default)]
    pub judged: Option<Judgement>,
    /// The delivery that asked for it: of the booking, or of the text that it answers.
    #[serde(default)]
    pub told_by: Option<ToldBy>,
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
            quota_waits: 0,
            judged: None,
            told_by: None,
        }
    }

    /// Whether nothing about it can change: it was sent, has failed, or will not be sent.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(
            self.state,
            IntentState::Sent | IntentState::Failed | IntentState::Suppressed
        )
    }

    /// Suppresses a pending intent; any other stays. `true` if it was pending.
    pub(crate) fn suppress(&mut self, reason: Reason) -> bool {
        let open = self.state == IntentState::Pending;
        if open {
            self.state = IntentState::Suppressed;
            self.reason = Some(reason);
        }
        open
    }
}
