//! Conversations as the API shows them.

use bookpath_app::bookings::booker::{Booker, whose};
use bookpath_app::ports::Store;
use bookpath_domain::texts::{
    CheckAnswer, Conversation, ConversationState, Intent, IntentKind, IntentState, Reason, Reply,
    ReplyIntent, Sentiment, segments::Encoding, sentiment,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Problem;
use crate::deliveries::names;

/// One of the checks that a text must pass, in the order in which they are asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    code: &'static str,
    /// `null`: not reached.
    passed: Option<bool>,
    /// What is so, in words.
    fact: Option<&'static str>,
    /// When the fact happened or happens: the reply, the cancellation, the start of the call.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// The delivery that told the fact, where one did.
    delivery_id: Option<String>,
}

impl From<CheckAnswer> for CheckView {
    fn from(answer: CheckAnswer) -> Self {
        let CheckAnswer {
            check,
            passed,
            at,
            delivery_id,
        } = answer;
        Self {
            code: check.as_str(),
            passed,
            fact: passed.map(|passed| check.fact(passed)),
            at,
            delivery_id,
        }
    }
}

/// One text to a customer, in any state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutboundText {
    pub intent_id: String,
    #[schema(value_type = String)]
    pub intent: IntentKind,
    /// `null` for the answer to a number without a booking.
    pub booking_id: Option<String>,
    pub invitee_uri: Option<String>,
    /// E.164; `null` where there is no usable number.
    pub to: Option<String>,
    /// `null` until it is sent.
    pub body: Option<String>,
    #[schema(value_type = Option<String>)]
    pub encoding: Option<Encoding>,
    pub parts: Option<u32>,
    #[schema(value_type = String)]
    pub state: IntentState,
    #[schema(value_type = Option<String>)]
    pub reason: Option<Reason>,
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    pub language: Option<String>,
    /// Which wording was sent, where there are several: `a`, `b`, …
    pub variant: Option<String>,
    /// When its checks were last asked; `null` for a text from before that was kept and that was not sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub judged_at: Option<Timestamp>,
    /// When they are asked again; `null` for a text that is not planned any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_check_at: Option<Timestamp>,
    /// The delivery that asked for it: of the booking, or of the text that it answers.
    pub delivery_id: Option<String>,
    /// The body of that delivery: `GET /api/raw/{sha256}`.
    pub raw_sha256: Option<String>,
    /// Every check of a text of its kind, in the order in which they are asked: the first that fails decides. Only
    /// in the answer about one number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<Vec<CheckView>>,
}

impl OutboundText {
    pub(super) fn new(conversation: &Conversation, intent: &Intent) -> Self {
        let (delivery_id, raw_sha256) = names(intent.told_by.as_ref());
        Self {
            intent_id: intent.intent_id.clone(),
            intent: intent.kind,
            booking_id: conversation
                .booked()
                .then(|| conversation.booking_id.clone()),
            invitee_uri: intent.invitee_uri.clone(),
            to: intent.to.as_ref().map(|to| to.as_str().to_owned()),
            body: intent.body.as_ref().map(|body| body.0.clone()),
            encoding: intent.encoding,
            parts: intent.parts,
            state: intent.state,
            reason: intent.reason,
            due_at: intent.due_at,
            sent_at: intent.sent_at,
            language: intent.language.clone(),
            variant: intent.variant.clone(),
            judged_at: intent.judged_at(),
            next_check_at: intent.next_check_at(),
            delivery_id,
            raw_sha256,
            checks: None,
        }
    }

    /// The text with the answers to its checks.
    pub(super) fn explained(conversation: &Conversation, intent: &Intent) -> Self {
        let answers = intent.answers().into_iter();
        Self {
            checks: Some(answers.map(CheckView::from).collect()),
            ..Self::new(conversation, intent)
        }
    }
}

/// One text of a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InboundView {
    pub message_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub body: String,
    /// What it was taken for.
    #[schema(value_type = String)]
    pub reply_intent: ReplyIntent,
    /// How it sounds: positive, neutral or negative.
    #[schema(value_type = String)]
    pub sentiment: Sentiment,
    /// The delivery that brought it.
    pub delivery_id: Option<String>,
    /// The body of that delivery: `GET /api/raw/{sha256}`.
    pub raw_sha256: Option<String>,
}

/// A text of either direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "direction", rename_all = "lowercase")]
pub(super) enum ThreadText {
    Outbound(Box<OutboundText>),
    Inbound(InboundView),
}

impl ThreadText {
    fn at(&self) -> Timestamp {
        match self {
            Self::Outbound(text) => text.sent_at.unwrap_or(text.due_at),
            Self::Inbound(text) => text.at,
        }
    }

    fn reply(reply: &Reply) -> Self {
        let Reply {
            message_id,
            at,
            body,
            intent,
            told_by,
        } = reply;
        let (delivery_id, raw_sha256) = names(told_by.as_ref());
        let sentiment = sentiment(&body.0);
        Self::Inbound(InboundView {
            message_id: message_id.clone(),
            at: *at,
            body: body.0.clone(),
            reply_intent: *intent,
            sentiment,
            delivery_id,
            raw_sha256,
        })
    }
}

/// The texts about one booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Thread {
    pub booking_id: Option<String>,
    /// The number of the booking, E.164.
    pub phone: Option<String>,
    #[schema(value_type = String)]
    pub status: ConversationState,
    pub messages: Vec<ThreadText>,
    /// The last word is the customer's, and asks for something.
    pub needs_reply: bool,
    /// Who booked, as they call themselves.
    pub name: Option<String>,
    /// Their contact; `null` where the booking is not known or has no address.
    pub contact_id: Option<String>,
    /// The booking's own page to move the call, where the customer asked for another time.
    pub reschedule_url: Option<String>,
}

impl Thread {
    /// The thread of a conversation, each intent shown by `show`.
    fn new(
        conversation: &Conversation,
        whose: Booker,
        show: fn(&Conversation, &Intent) -> OutboundText,
    ) -> Self {
        let out = conversation
            .intents
            .values()
            .map(|i| ThreadText::Outbound(Box::new(show(conversation, i))));
        let mut messages: Vec<ThreadText> = out
            .chain(conversation.replies.iter().map(ThreadText::reply))
            .collect();
        messages.sort_by_key(ThreadText::at);
        Self {
            booking_id: conversation
                .booked()
                .then(|| conversation.booking_id.clone()),
            phone: conversation.phone.as_ref().map(|p| p.as_str().to_owned()),
            status: conversation.status,
            messages,
            needs_reply: conversation.needs_reply(),
            name: whose.name,
            contact_id: whose.contact_id,
            reschedule_url: conversation.reschedule_url().map(str::to_owned),
        }
    }
}

/// The threads of these conversations with who booked, each intent shown by `show`.
pub(super) async fn threads(
    store: &dyn Store,
    conversations: &[&Conversation],
    show: fn(&Conversation, &Intent) -> OutboundText,
) -> Result<Vec<Thread>, Problem> {
    let ids: Vec<&str> = conversations
        .iter()
        .map(|c| c.booking_id.as_str())
        .collect();
    let whose = whose(store, &ids).await?;
    let all = conversations.iter().zip(whose);
    Ok(all.map(|(c, whose)| Thread::new(c, whose, show)).collect())
}

/// Every text of these conversations in any state, in order of its due time.
#[must_use]
pub fn outbound(conversations: &[Conversation]) -> Vec<OutboundText> {
    let mut texts: Vec<OutboundText> = conversations
        .iter()
        .flat_map(|c| c.intents.values().map(move |i| OutboundText::new(c, i)))
        .collect();
    texts.sort_by(|a, b| {
        (a.due_at, a.intent.as_str(), &a.intent_id).cmp(&(
            b.due_at,
            b.intent.as_str(),
            &b.intent_id,
        ))
    });
    texts
}

/// A text as a line of a file, with what it is part of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TextLine {
    booking_id: Option<String>,
    phone: Option<String>,
    name: Option<String>,
    #[schema(value_type = String)]
    status: ConversationState,
    #[serde(flatten)]
    text: ThreadText,
}

impl Thread {
    pub(super) fn lines(self) -> impl Iterator<Item = TextLine> {
        let (booking_id, phone, name) = (self.booking_id, self.phone, self.name);
        let status = self.status;
        self.messages.into_iter().map(move |text| TextLine {
            booking_id: booking_id.clone(),
            phone: phone.clone(),
            name: name.clone(),
            status,
            text,
        })
    }
}
