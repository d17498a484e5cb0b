//! `GET /api/conversations`: texts with their intents and the reasons why some were not sent.

mod thread;

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{Conversation, IntentKind, Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked, every};
use crate::list::{Counted, Cursors, List, limit};
use crate::permission::{Allowed, ReadAll};
use crate::{BookingsApi, Problem};
use bookpath_app::ports::Store;
use bookpath_app::texts::conversations::{self, StoredConversation};
use bookpath_app::texts::search::{About, ConversationFilter, search};

pub use thread::{OutboundText, outbound};

use thread::{Thread, threads};

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new()
        .routes(routes!(get_conversations))
        .routes(routes!(get_conversation))
}

const CURSORS: Cursors = Cursors("conversations");
const SHEET: CsvFile = CsvFile {
    name: "conversations",
    days: &[],
    instants: &["at", "due_at", "sent_at", "judged_at", "next_check_at"],
};

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
    let sought = ConversationFilter {
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
    let shown = async |found: Vec<Conversation>| {
        let found: Vec<&Conversation> = found.iter().collect();
        threads(store, &found, OutboundText::new).await
    };
    if csv_asked(params.format.as_deref())? {
        let found = shown(every(page).await?).await?;
        let lines = found.into_iter().flat_map(Thread::lines);
        return SHEET.file(&api.rules.reporting_timezone, lines);
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (found, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(now, shown(found).await?)
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// Everything said to and by one number.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneView {
    /// E.164; `null` for the conversation of a booking without a usable number.
    phone: Option<String>,
    opted_out: bool,
    threads: Vec<Thread>,
}

/// The conversations of one number, newest first, each text with the checks that decided whether it was sent.
#[utoipa::path(
    get, path = "/api/conversations/{phone}", tag = "conversations",
    params(("phone" = String, Path, description = "E.164, percent-encoded; or the id of a booking, so that no address names a number")),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = PhoneView), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_conversation(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    Path(text): Path<String>,
) -> Result<Json<PhoneView>, Problem> {
    let (store, now) = (api.store.as_ref(), api.clock.now());
    let phone = match conversations::of_booking(store, &text, now).await? {
        Some(StoredConversation { conversation, .. }) => match conversation.phone.clone() {
            Some(phone) => phone,
            None => return of_no_number(store, &conversation).await,
        },
        // A number is never repeated in an answer that may end up in a log.
        None => Phone::parse(&text, &api.rules.default_country).ok_or_else(|| {
            Problem::invalid("that is no phone number, and no booking with texts")
        })?,
    };
    let reactor = &api.performer.reactor;
    let found = conversations::of_phone(store, &phone, now).await?;
    let opted_out = conversations::known_phone(store, &reactor.phone_secret, &phone)
        .await?
        .record
        .opted_out();
    if found.is_empty() && !opted_out {
        return Err(Problem::not_found("nobody has talked with this number"));
    }
    let found: Vec<&Conversation> = found.iter().map(|found| &found.conversation).collect();
    let threads = threads(store, &found, OutboundText::explained).await?;
    Ok(Json(PhoneView {
        phone: Some(phone.as_str().to_owned()),
        opted_out,
        threads,
    }))
}

async fn of_no_number(
    store: &dyn Store,
    conversation: &Conversation,
) -> Result<Json<PhoneView>, Problem> {
    let threads = threads(store, &[conversation], OutboundText::explained).await?;
    Ok(Json(PhoneView {
        phone: None,
        opted_out: false,
        threads,
    }))
}
