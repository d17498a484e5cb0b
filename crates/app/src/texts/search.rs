//! The list of conversations, filtered.

use bookpath_domain::texts::{
    Conversation, ConversationState, Intent, IntentKind, IntentState, Reason,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::conversations::ALL;
use crate::ports::{Item, Newest, Store, StoreError};

/// The question that a list of conversations answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The last word is the customer's, and asks for something.
    NeedsReply,
    /// The customer has said something.
    Replied,
    /// A text was not sent.
    NotSent,
    /// The number has opted out.
    OptedOut,
}

/// The filters of the list. A conversation is listed when it passes all of them; `None` lets every one pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConversationFilter {
    pub about: Option<About>,
    /// A text was not sent for this reason.
    pub reason: Option<Reason>,
    /// A text is of this kind; with `reason`, the one that was not sent.
    pub intent: Option<IntentKind>,
}

impl ConversationFilter {
    fn is(&self, conversation: &Conversation) -> bool {
        let about = self.about.is_none_or(|about| about.holds(conversation));
        let any = self.reason.is_none() && self.intent.is_none();
        about
            && (any
                || conversation
                    .intents
                    .values()
                    .any(|intent| self.fits(intent)))
    }

    fn fits(&self, intent: &Intent) -> bool {
        let suppressed = intent.state == IntentState::Suppressed && self.reason == intent.reason;
        (self.reason.is_none() || suppressed) && self.intent.is_none_or(|kind| kind == intent.kind)
    }
}

impl About {
    fn holds(self, conversation: &Conversation) -> bool {
        let mut intents = conversation.intents.values();
        match self {
            Self::NeedsReply => conversation.needs_reply(),
            Self::Replied => !conversation.replies.is_empty(),
            Self::NotSent => intents.any(|intent| intent.state == IntentState::Suppressed),
            Self::OptedOut => conversation.status == ConversationState::OptedOut,
        }
    }
}

/// A page of the conversations that are sought, newest first, those that have expired left out, and where the next one
/// begins. It may be short although others follow: it looks at a bounded number of conversations.
///
/// # Errors
/// As [`Store::query`].
pub async fn search(
    store: &dyn Store,
    sought: ConversationFilter,
    now: Timestamp,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<Conversation>, Option<String>), StoreError> {
    let asked = Newest::new(vec![ALL.to_owned()], limit).search(cursor);
    let wanted = |item: &Item| {
        let conversation: Conversation = item.read()?;
        let shown = !conversation.expired(now) && sought.is(&conversation);
        Ok(shown.then_some(conversation))
    };
    asked.page(store, &wanted).await
}
