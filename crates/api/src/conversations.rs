//! `GET /api/conversations`: texts with their intents and the reasons why some were not sent.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{
    Conversation, ConversationState, Intent, IntentKind, IntentState, Reason, Reply, ReplyIntent,
    Sentiment, segments::Encoding, sentiment,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::list::{List, Paging, limit};
use crate::permission::{Allowed, ReadAll};
use crate::{BookingsApi, Problem};
use bookpath_app::texts::conversations;

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new()
        .routes(routes!(get_conversations))
        .routes(routes!(get_conversation))
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
}

impl OutboundText {
    fn of(conversation: &Conversation, intent: &Intent) -> Self {
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
        }
    }
}

/// One text of a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InboundView {
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
}

/// A text of either direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "direction", rename_all = "lowercase")]
pub enum ThreadText {
    Outbound(OutboundText),
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
        } = reply;
        let sentiment = sentiment(&body.0);
        Self::Inbound(InboundView {
            message_id: message_id.clone(),
            at: *at,
            body: body.0.clone(),
            reply_intent: *intent,
            sentiment,
        })
    }
}

/// The texts about one booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Thread {
    pub booking_id: Option<String>,
    /// The number of the booking, E.164.
    pub phone: Option<String>,
    #[schema(value_type = String)]
    pub status: ConversationState,
    pub messages: Vec<ThreadText>,
    /// The booking's own page to move the call, where the customer asked for another time.
    pub reschedule_url: Option<String>,
}

impl Thread {
    fn of(conversation: &Conversation) -> Self {
        let out = conversation
            .intents
            .values()
            .map(|i| ThreadText::Outbound(OutboundText::of(conversation, i)));
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
            reschedule_url: conversation.reschedule_url().map(str::to_owned),
        }
    }
}

/// Every text of these conversations in any state, in order of its due time.
#[must_use]
pub fn outbound(conversations: &[Conversation]) -> Vec<OutboundText> {
    let mut texts: Vec<OutboundText> = conversations
        .iter()
        .flat_map(|c| c.intents.values().map(move |i| OutboundText::of(c, i)))
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

/// Conversations, newest first.
#[utoipa::path(
    get, path = "/api/conversations", tag = "conversations", params(Paging),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = List<Thread>), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_conversations(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<List<Thread>>, Problem> {
    let Query(params) = params?;
    let now = api.clock.now();
    let (found, next_cursor) =
        conversations::newest(api.store.as_ref(), now, limit(params.limit)?, params.cursor).await?;
    let items = found.iter().map(Thread::of).collect();
    Ok(Json(List {
        as_of: Some(now),
        lag_seconds: Some(0),
        items,
        next_cursor,
    }))
}

/// Everything said to and by one number.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneView {
    phone: String,
    opted_out: bool,
    threads: Vec<Thread>,
}

/// The conversations of one number, newest first.
#[utoipa::path(
    get, path = "/api/conversations/{phone}", tag = "conversations",
    params(("phone" = String, Path, description = "E.164, percent-encoded")),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = PhoneView), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_conversation(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    Path(text): Path<String>,
) -> Result<Json<PhoneView>, Problem> {
    let reactor = &api.performer.reactor;
    // A number is never repeated in an answer that may end up in a log.
    let phone = Phone::parse(&text, &api.rules.default_country)
        .ok_or_else(|| Problem::invalid("that is no phone number"))?;
    let store = api.store.as_ref();
    let found = conversations::of_phone(store, &phone, api.clock.now()).await?;
    let opted_out = conversations::known_phone(store, &reactor.phone_secret, &phone)
        .await?
        .record
        .opted_out();
    if found.is_empty() && !opted_out {
        return Err(Problem::not_found("nobody has talked with this number"));
    }
    let threads = found.iter().map(|f| Thread::of(&f.conversation)).collect();
    Ok(Json(PhoneView {
        phone: phone.as_str().to_owned(),
        opted_out,
        threads,
    }))
}
