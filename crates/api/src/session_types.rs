//! `GET /api/session-types`: what can be booked; `GET /api/event-types`: what Calendly has for it.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked};
use crate::list::{Counted, List, Paging, limit, offset, page_of};
use crate::permission::{Administer, Allowed};
use crate::{BookingsApi, Problem};
use bookpath_app::ports::EventType;
use bookpath_domain::config::RefundPolicy;

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new()
        .routes(routes!(get_session_types))
        .routes(routes!(get_event_types))
}

/// A kind of session.
#[derive(Debug, Serialize, ToSchema)]
struct SessionTypeView {
    id: String,
    name: String,
    duration_minutes: u32,
    /// Minor units of `currency`; 0 is free.
    price_minor: i64,
    currency: String,
    scheduling_url: String,
    /// What a cancellation gives back; empty is nothing.
    refund: Vec<RefundStep>,
}

/// One step of what a cancellation gives back: the one with the greatest `hours_before` that fits counts.
#[derive(Debug, Serialize, ToSchema)]
struct RefundStep {
    /// Hours between the cancellation and the start, at least.
    hours_before: u32,
    /// Of the payment.
    percent: u32,
}

impl RefundStep {
    fn all(policy: &RefundPolicy) -> Vec<Self> {
        let any_time = |percent| {
            vec![Self {
                hours_before: 0,
                percent,
            }]
        };
        match policy {
            RefundPolicy::Full => any_time(100),
            RefundPolicy::None | RefundPolicy::Percent { percent: 0 } => Vec::new(),
            RefundPolicy::Percent { percent } => any_time(*percent),
            RefundPolicy::ByNotice { tiers } => tiers
                .iter()
                .map(|tier| Self {
                    hours_before: tier.hours_before,
                    percent: tier.percent,
                })
                .collect(),
        }
    }
}

/// Who the business is to its customers; `null` is not configured.
#[derive(Debug, Serialize, ToSchema)]
struct AboutBusiness {
    name: Option<String>,
    /// Where they write to.
    contact_email: Option<String>,
    /// The page that says what becomes of their data.
    privacy_url: Option<String>,
}

/// What can be booked, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
struct SessionTypes {
    #[serde(flatten)]
    list: Counted<SessionTypeView>,
    business: AboutBusiness,
}

/// What can be booked, in the order of the configuration, and who the business is.
#[utoipa::path(
    get, path = "/api/session-types", tag = "bookings", params(Paging),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((SessionTypes = "application/json"), (String = "text/csv"))),
        (status = 422, body = Problem),
    )
)]
async fn get_session_types(
    State(api): State<BookingsApi>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let items = api.rules.session_types.iter().map(|s| SessionTypeView {
        id: s.id.clone(),
        name: s.name.clone(),
        duration_minutes: s.duration_minutes,
        price_minor: s.price_minor,
        currency: s.currency.clone(),
        scheduling_url: s.scheduling_url.clone(),
        refund: RefundStep::all(&s.refund_policy),
    });
    let list = match paged(&api, &params, "session_types", items.collect())? {
        Answer::File(file) => return Ok(file),
        Answer::Page(list) => list,
    };
    let about = &api.rules.business;
    let answer = SessionTypes {
        list,
        business: AboutBusiness {
            name: about.name.clone(),
            contact_email: about.contact_email.clone(),
            privacy_url: about.privacy_url.clone(),
        },
    };
    Ok(Json(answer).into_response())
}

/// Items that are all at hand, as they are asked for.
enum Answer<T> {
    Page(Counted<T>),
    File(Response),
}

fn paged<T: Serialize + ToSchema>(
    api: &BookingsApi,
    params: &Paging,
    name: &'static str,
    items: Vec<T>,
) -> Result<Answer<T>, Problem> {
    let (limit, offset) = (limit(params.limit)?, offset(params.cursor.as_deref())?);
    if csv_asked(params.format.as_deref())? {
        let sheet = CsvFile {
            name,
            days: &[],
            instants: &[],
        };
        return Ok(Answer::File(
            sheet.file(&api.rules.reporting_timezone, items)?,
        ));
    }
    let total = items.len();
    let (items, next_cursor) = page_of(items.into_iter(), limit, offset);
    let list = List {
        next_cursor,
        ..List::now(api.clock.now(), items)
    };
    Ok(Answer::Page(list.counted(total)))
}

/// Every event type of the Calendly organization: where the admin finds the uris for the configuration.
#[utoipa::path(
    get, path = "/api/event-types", tag = "bookings", params(Paging),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<EventType> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_event_types(
    _: Allowed<Administer>,
    State(api): State<BookingsApi>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let items = api.performer.calendar.event_types().await?;
    Ok(match paged(&api, &params, "event_types", items)? {
        Answer::File(file) => file,
        Answer::Page(list) => Json(list).into_response(),
    })
}
