//! `GET /api/messages/metrics`: how the texts do (S2-50, S2-52).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use bookpath_domain::texts::metrics::{Figures, ReplyTimes, TextFigures, VariantFigures, figures};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Allowed, ReadAll};
use crate::rate::Rate;
use crate::{BookingsApi, Problem};
use bookpath_app::texts::conversations;

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new().routes(routes!(get_metrics))
}

/// Which conversations count: those that began in the period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Texts of one kind, or of all.
#[derive(Debug, Serialize, ToSchema)]
struct TextsView {
    sent: u64,
    pending: u64,
    failed: u64,
    /// The carrier's answer is lost; nobody sends these again.
    unknown: u64,
    /// By reason.
    suppressed: BTreeMap<&'static str, u64>,
    /// Message parts of what was sent.
    parts: u64,
    reply_rate: Rate,
}

impl From<&TextFigures> for TextsView {
    fn from(figures: &TextFigures) -> Self {
        let TextFigures {
            sent,
            pending,
            failed,
            unknown,
            suppressed,
            parts,
            answered,
        } = figures.clone();
        Self {
            sent,
            pending,
            failed,
            unknown,
            suppressed,
            parts,
            reply_rate: Rate::percent(answered, sent, "answered / sent"),
        }
    }
}

/// One wording of one kind of text.
#[derive(Debug, Serialize, ToSchema)]
struct VariantView {
    intent: &'static str,
    variant: String,
    sent: u64,
    reply_rate: Rate,
}

impl From<&VariantFigures> for VariantView {
    fn from(figures: &VariantFigures) -> Self {
        let VariantFigures {
            intent,
            variant,
            sent,
            answered,
        } = figures.clone();
        Self {
            intent,
            variant,
            sent,
            reply_rate: Rate::percent(answered, sent, "answered / sent"),
        }
    }
}

/// Seconds from a text to its answer.
#[derive(Debug, Serialize, ToSchema)]
struct TimesView {
    median_s: i64,
    p90_s: i64,
    mean_s: i64,
}

impl From<ReplyTimes> for TimesView {
    fn from(times: ReplyTimes) -> Self {
        let ReplyTimes {
            median_s,
            p90_s,
            mean_s,
        } = times;
        Self {
            median_s,
            p90_s,
            mean_s,
        }
    }
}

/// How the texts do.
#[derive(Debug, Serialize, ToSchema)]
struct MessageMetrics {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    lag_seconds: i64,
    /// Bookings whose customer wrote back, of those to which a text went.
    reply_rate: Rate,
    /// `null` while nobody has answered.
    time_to_reply: Option<TimesView>,
    all: TextsView,
    by_intent: BTreeMap<&'static str, TextsView>,
    /// The A/B test: one entry per wording that was sent.
    variants: Vec<VariantView>,
    replies: u64,
    reply_intents: BTreeMap<String, u64>,
    sentiments: BTreeMap<String, u64>,
}

/// Sent, suppressed by reason, unknown, reply rate and time to reply; per kind of text and per wording.
#[utoipa::path(
    get, path = "/api/messages/metrics", operation_id = "get_message_metrics", operation_id = "get_message_metrics", tag = "conversations", params(Params),
    responses((status = 200, body = MessageMetrics), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_metrics(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<MessageMetrics>, Problem> {
    let Query(params) = params?;
    let now = api.clock.now();
    let conversations =
        conversations::between(api.store.as_ref(), now, params.from, params.to).await?;
    let Figures {
        bookings_reached,
        bookings_replied,
        all,
        by_intent,
        variants,
        replies,
        reply_intents,
        sentiments,
        time_to_reply,
    } = figures(&conversations);
    Ok(Json(MessageMetrics {
        as_of: now,
        lag_seconds: 0,
        reply_rate: Rate::percent(
            bookings_replied,
            bookings_reached,
            "bookings replied / bookings reached",
        ),
        time_to_reply: time_to_reply.map(TimesView::from),
        all: TextsView::from(&all),
        by_intent: by_intent
            .iter()
            .map(|(intent, figures)| (*intent, TextsView::from(figures)))
            .collect(),
        variants: variants.iter().map(VariantView::from).collect(),
        replies,
        reply_intents,
        sentiments,
    }))
}
