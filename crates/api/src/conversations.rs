//! `GET /api/conversations`: texts with their intents and the reasons why some were not sent.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{
    CheckAnswer, Conversation, ConversationState, Intent, IntentKind, IntentState, Reason, Reply,
    ReplyIntent, Sentiment, segments::Encoding, sentiment,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{Sheet, csv_asked, every};
use crate::deliveries::names;
use crate::list::{Counted, Cursors, List, limit};
use crate::permission::{Allowed, ReadAll};
use crate::{BookingsApi, Problem};
use bookpath_app::texts::conversations;
use bookpath_app::texts::search::{About, Sought, search};

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new()
        .routes(routes!(get_conversations))
        .routes(routes!(get_conversation))
}

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
    fn new(conversation: &Conversation, intent: &Intent) -> Self {
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
    fn explained(conversation: &Conversation, intent: &Intent) -> Self {
        let answers = intent.answers().into_iter();
        Self {
            checks: Some(answers.map(CheckView::from).collect()),
            ..Self::new(conversation, intent)
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
    /// The delivery that brought it.
    pub delivery_id: Option<String>,
    /// The body of that delivery: `GET /api/raw/{sha256}`.
    pub raw_sha256: Option<String>,
}

/// A text of either direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "direction", rename_all = "lowercase")]
pub enum ThreadText {
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
pub struct Thread {
    pub booking_id: Option<String>,
    /// The number of the booking, E.164.
    pub phone: Option<String>,
    #[schema(value_type = String)]
    pub status: ConversationState,
    pub messages: Vec<ThreadText>,
    /// The last word is the customer's, and asks for something.
    pub needs_reply: bool,
    /// The booking's own page to move the call, where the customer asked for another time.
    pub reschedule_url: Option<String>,
}

impl Thread {
    /// The thread of a conversation, each intent shown by `show`.
    fn new(conversation: &Conversation, show: fn(&Conversation, &Intent) -> OutboundText) -> Self {
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
            reschedule_url: conversation.reschedule_url().map(str::to_owned),
        }
    }
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

const CURSORS: Cursors = Cursors("conversations");
const SHEET: Sheet = Sheet {
    name: "conversations",
    days: &[],
    instants: &["at", "due_at", "sent_at", "judged_at", "next_check_at"],
};

/// A text as a line of a file, with what it is part of.
#[derive(Debug, Serialize, ToSchema)]
struct TextLine {
    booking_id: Option<String>,
    phone: Option<String>,
    #[schema(value_type = String)]
    status: ConversationState,
    #[serde(flatten)]
    text: ThreadText,
}

impl Thread {
    fn lines(self) -> impl Iterator<Item = TextLine> {
        let (booking_id, phone, status) = (self.booking_id, self.phone, self.status);
        self.messages.into_iter().map(move |text| TextLine {
            booking_id: booking_id.clone(),
            phone: phone.clone(),
            status,
            text,
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Only those whose last word is the customer's and asks for something, that have a reply, that have a text which
    /// was not sent, or whose number has opted out.
    #[param(
        value_type = Option<String>,
        pattern = "^(needs_reply|replied|not_sent|opted_out)$"
    )]
    show: Option<About>,
    /// Only those with a text that was not sent for this reason.
    #[param(
        value_type = Option<String>,
        pattern = "^(responded|opted_out|canceled|rescheduled|appointment_started|no_slot_before_start|invalid_phone|no_phone|skipped_stale_backfill|erased|no_show|not_verified)$"
    )]
    reason: Option<Reason>,
    /// Only those with a text of this kind; with `reason`, the one that was not sent.
    #[param(
        value_type = Option<String>,
        pattern = "^(confirmation|follow_up|reminder_24h|help_reply|feedback)$"
    )]
    intent: Option<IntentKind>,
    /// Only the one of this booking; the other filters are not asked then.
    booking_id: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^conversations[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// Conversations, newest first. A page looks at 20,000 conversations at most, so one of a rare filter may be short
/// although another follows.
#[utoipa::path(
    get, path = "/api/conversations", tag = "conversations", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv a line for each text of all of them as text/csv", content((Counted<Thread> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_conversations(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let (store, now) = (api.store.as_ref(), api.clock.now());
    let sought = Sought {
        about: params.show,
        reason: params.reason,
        intent: params.intent,
    };
    let page = async |limit, cursor| match &params.booking_id {
        Some(id) => {
            let found = conversations::of_booking(store, id, now).await?;
            Ok((
                found.into_iter().map(|found| found.conversation).collect(),
                None,
            ))
        }
        None => search(store, sought, now, limit, cursor).await,
    };
    let thread = |c: &Conversation| Thread::new(c, OutboundText::new);
    if csv_asked(params.format.as_deref())? {
        let found = every(page).await?;
        let lines = found.iter().flat_map(|c| thread(c).lines());
        return SHEET.file(&api.rules.reporting_timezone, lines);
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (found, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(now, found.iter().map(thread).collect())
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// Everything said to and by one number.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneView {
    phone: String,
    opted_out: bool,
    threads: Vec<Thread>,
}

/// The conversations of one number, newest first, each text with the checks that decided whether it was sent.
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
    let threads = found
        .iter()
        .map(|f| Thread::new(&f.conversation, OutboundText::explained))
        .collect();
    Ok(Json(PhoneView {
        phone: phone.as_str().to_owned(),
        opted_out,
        threads,
    }))
}
