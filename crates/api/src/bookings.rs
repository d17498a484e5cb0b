//! `/api/bookings`: how a customer gets from a booked time to a paid one, and back.

mod admin;
mod links;
mod metrics;
mod new;
mod trouble;
mod view;

use std::sync::Arc;

use axum::extract::{FromRef, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use bookpath_domain::access::Role;
use bookpath_domain::bookings::{Action, ActionKind, Fact, Outcome};
use bookpath_domain::people::email;
use bookpath_vendors::Reported;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{CLIENT_IP, authenticate, bearer};
use super::{BookingsApi, Problem};
use bookpath_app::access::Access;
use bookpath_app::bookings::repository::{self, BookingRow};
use bookpath_app::bookings::sweep;
use bookpath_app::effects;
use bookpath_app::effects::outbox;
use bookpath_app::inbox::limits::KeyedBuckets;
use bookpath_app::ports::{Mail, StoreError};
use bookpath_app::react::{Applied, Intake, apply};

use new::NewBooking;

pub use view::BookingView;

/// Characters of any text of a customer.
const TEXT_MAX: usize = 1024;
/// New bookings and recoveries of one address in a minute.
const POSTS_PER_MINUTE: u32 = 60;
/// Actions on one booking in a minute.
const ACTIONS_PER_MINUTE: u32 = 30;
/// Bookings that one recovery letter names.
const RECOVERED_MAX: usize = 10;

/// The routes' own state.
#[derive(Clone)]
pub(super) struct Bookings {
    api: BookingsApi,
    posts: Arc<KeyedBuckets>,
    actions: Arc<KeyedBuckets>,
}

impl FromRef<Bookings> for Arc<Access> {
    fn from_ref(state: &Bookings) -> Self {
        state.api.access.clone()
    }
}

/// The routes with their state: limits that all of them share.
pub(super) fn router(api: BookingsApi) -> Router {
    let posts = Arc::new(KeyedBuckets::new(POSTS_PER_MINUTE, POSTS_PER_MINUTE));
    let actions = Arc::new(KeyedBuckets::new(ACTIONS_PER_MINUTE, ACTIONS_PER_MINUTE));
    routes()
        .with_state(Bookings {
            api,
            posts,
            actions,
        })
        .into()
}

pub(super) fn routes() -> OpenApiRouter<Bookings> {
    OpenApiRouter::new()
        .routes(routes!(post_booking, admin::get_bookings))
        .routes(routes!(post_recover))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(get_booking))
        .routes(routes!(post_pay))
        .routes(routes!(post_link))
        .routes(routes!(post_cancel))
        .routes(routes!(post_reschedule))
        .routes(routes!(admin::post_override))
        .routes(routes!(admin::post_refund))
        .routes(routes!(admin::post_resend))
}

/// Creates a booking, or attaches to the one that Calendly's webhook made (X47). The token in the answer is the
/// customer's key to the booking; it is not shown again.
#[utoipa::path(
    post, path = "/api/bookings", tag = "bookings", request_body = NewBooking,
    responses(
        (status = 201, description = "a new booking", body = BookingView), (status = 200, description = "the webhook was first", body = BookingView),
        (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_booking(
    State(state): State<Bookings>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let api = &state.api;
    limited(&state.posts, &caller(&headers), api)?;
    let new: NewBooking = read(&body)?;
    let reported = Reported {
        fact: Fact::Client(new.post(api)?),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let token = fresh_token(api);
    let hash = token_hash(&token);
    let applied = apply(
        &api.performer.reactor,
        Intake {
            token_hash: Some(&hash),
            ..Intake::of(&reported)
        },
    )
    .await?;
    let status = if applied.outcome == Outcome::Created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let row = applied
        .row
        .ok_or_else(|| Problem::unavailable("the booking could not be made"))?;
    let row = settled(api, booked(api, row).await?).await?;
    Ok(shown(status, &row, view(api, &row, Some(token))))
}

/// Where a booking stands, and how it got there.
#[utoipa::path(
    get, path = "/api/bookings/{id}", tag = "bookings", params(("id" = String, Path)),
    responses((status = 200, body = BookingView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem))
)]
async fn get_booking(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (row, _) = owned(&state.api, &id, &Method::GET, &headers).await?;
    let trouble = trouble::of(state.api.store.as_ref(), &row).await?;
    Ok(shown(
        StatusCode::OK,
        &row,
        BookingView {
            trouble,
            ..view(&state.api, &row, None)
        },
    ))
}

/// A link to Calendly that takes one booking, and brings this one its time.
#[derive(Debug, Serialize, ToSchema)]
struct LinkView {
    scheduling_url: String,
}

/// Makes a link that takes one booking: the time that is booked by it is this booking's.
#[utoipa::path(
    post, path = "/api/bookings/{id}/scheduling-link", tag = "bookings", params(("id" = String, Path)),
    responses(
        (status = 200, body = LinkView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "already_scheduled", body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_link(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<LinkView>, Problem> {
    let api = &state.api;
    let (row, _) = owned(api, &id, &Method::POST, &headers).await?;
    limited(&state.actions, &row.booking.booking_id, api)?;
    let session = api.rules.session_types.iter().find(|s| {
        row.booking
            .terms()
            .is_some_and(|t| t.session_type_id == s.id)
    });
    let (Some(session), true) = (session, links::waits(&row.booking)) else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "already_scheduled",
            "the booking has its time, or is over",
        ));
    };
    let url = api
        .performer
        .calendar
        .single_use_link(&session.event_type)
        .await;
    let url = url.map_err(|e| Problem::unavailable(e.to_string()))?;
    Ok(Json(LinkView {
        scheduling_url: links::of_booking(&url, &row.booking),
    }))
}

/// What a customer may say with an action.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActionBody {
    reason: Option<String>,
}

/// Pays, or pays again after a failure: the answer has a fresh `checkout_url`.
#[utoipa::path(
    post, path = "/api/bookings/{id}/pay", tag = "bookings", params(("id" = String, Path)), request_body = Option<ActionBody>,
    responses(
        (status = 200, body = BookingView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "illegal_transition", body = Problem), (status = 412, body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_pay(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let (row, _) = owned(&state.api, &id, &Method::POST, &headers).await?;
    if page_over(&row, state.api.clock.now()) {
        // Its checkout has run out, and nobody has told us yet: Stripe knows.
        limited(&state.actions, &row.booking.booking_id, &state.api)?;
        sweep::refresh(&state.api.performer, row).await?;
    }
    let row = act(&state, &id, &headers, &body, ActionKind::Pay).await?;
    let row = settled(&state.api, row).await?;
    Ok(answer(StatusCode::OK, &row, None))
}

/// The customer would be sent to a page that takes no payment any more.
fn page_over(row: &BookingRow, now: Timestamp) -> bool {
    let open = row
        .booking
        .payment
        .sessions
        .values()
        .filter(|s| !row.booking.payment.closed(s))
        .max_by_key(|s| s.attempt);
    row.booking.checkout_url().is_some() && open.is_some_and(|s| s.expires_at <= now)
}

/// Cancels: Calendly frees the slot, and the payment goes back as the session type's policy says.
#[utoipa::path(
    post, path = "/api/bookings/{id}/cancel", tag = "bookings", params(("id" = String, Path)), request_body = Option<ActionBody>,
    responses(
        (status = 200, body = BookingView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "illegal_transition", body = Problem), (status = 412, body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_cancel(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let row = act(&state, &id, &headers, &body, ActionKind::Cancel).await?;
    Ok(answer(StatusCode::OK, &row, None))
}

/// Where the customer moves the call: Calendly's own page of this booking.
#[derive(Debug, Serialize, ToSchema)]
struct RescheduleView {
    reschedule_url: String,
}

/// Moves the call, on Calendly's page; the payment moves with it (X46).
#[utoipa::path(
    post, path = "/api/bookings/{id}/reschedule", tag = "bookings", params(("id" = String, Path)), request_body = Option<ActionBody>,
    responses(
        (status = 200, body = RescheduleView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "illegal_transition", body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_reschedule(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Json<RescheduleView>, Problem> {
    let row = act(&state, &id, &headers, &body, ActionKind::Reschedule).await?;
    let details = row.booking.chain.details();
    let url = details.and_then(|s| s.reschedule_url.clone()).or_else(|| {
        Some(format!(
            "https://calendly.com/reschedulings/{}",
            last(details?.uri.as_str())
        ))
    });
    url.map(|reschedule_url| Json(RescheduleView { reschedule_url }))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::CONFLICT,
                "not_scheduled",
                "the booking has no time yet that could be moved",
            )
        })
}

fn last(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

/// A lost link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Recovery {
    email: String,
}

/// Sends the links of an address's bookings to that address. The answer never says whether there are any.
#[utoipa::path(
    post, path = "/api/bookings/recover", tag = "bookings", request_body = Recovery,
    responses((status = 202, description = "a letter is on its way, if there is anything to say"), (status = 422, body = Problem), (status = 429, body = Problem))
)]
async fn post_recover(
    State(state): State<Bookings>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let api = &state.api;
    let Recovery { email: text } = read(&body)?;
    let address = email::normalize(&text)
        .ok_or_else(|| Problem::invalid_body("email is no e-mail address"))?;
    limited(&state.posts, &caller(&headers), api)?;
    limited(&state.actions, &format!("recover:{address}"), api)?;
    let mut lines = Vec::new();
    for found in repository::by_email(api.store.as_ref(), &address, RECOVERED_MAX).await? {
        let (token, id) = (fresh_token(api), found.row.booking.booking_id.clone());
        let mut row = found.row.clone();
        row.remember_token(token_hash(&token));
        match api
            .store
            .commit(bookpath_app::ports::Commit::of(repository::writes(
                &row,
                Some(&found),
            )?))
            .await
        {
            Ok(()) => lines.push(format!(
                "{}/bookings/{id}#token={token}",
                api.performer.public_url.trim_end_matches('/')
            )),
            // It moved this moment; the next letter has it.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !lines.is_empty() {
        let mail = Mail {
            mail_id: format!("recover:{}", api.performer.reactor.ids.fresh()),
            to: address,
            subject: "Your bookings".to_owned(),
            body: format!(
                "You asked for the links to your bookings:\n\n{}\n\nIf it was not you, ignore this letter.\n",
                lines.join("\n")
            ),
        };
        api.performer
            .mailer
            .send(&mail)
            .await
            .map_err(|e| Problem::unavailable(e.to_string()))?;
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "status": "accepted" }))).into_response())
}

/// A person's action on a booking of theirs.
async fn act(
    state: &Bookings,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
    kind: ActionKind,
) -> Result<BookingRow, Problem> {
    let api = &state.api;
    let (row, actor) = owned(api, id, &Method::POST, headers).await?;
    limited(&state.actions, &row.booking.booking_id, api)?;
    let ActionBody { reason } = if body.trim_ascii().is_empty() {
        ActionBody::default()
    } else {
        read(body)?
    };
    if reason
        .as_ref()
        .is_some_and(|reason| reason.chars().count() > TEXT_MAX)
    {
        return Err(Problem::invalid_body(format!(
            "the reason is longer than {TEXT_MAX} characters"
        )));
    }
    perform_action(
        api,
        &row,
        Action {
            kind,
            actor,
            reason,
        },
        if_match(headers)?,
    )
    .await
}

/// Decides upon an action; 409 when the booking's state does not allow it, which its history then shows.
async fn perform_action(
    api: &BookingsApi,
    row: &BookingRow,
    action: Action,
    if_version: Option<u64>,
) -> Result<BookingRow, Problem> {
    let reported = Reported {
        fact: Fact::Action(action),
        stripe_ids: Vec::new(),
        booking_id: Some(row.booking.booking_id.clone()),
    };
    let applied = apply(
        &api.performer.reactor,
        Intake {
            if_version,
            ..Intake::of(&reported)
        },
    )
    .await;
    match applied {
        Ok(Applied {
            outcome: Outcome::Refused,
            row,
        }) => {
            let state = row.map_or("?", |r| r.booking.state.as_str());
            Err(Problem::new(
                StatusCode::CONFLICT,
                "illegal_transition",
                format!("the booking is {state}, which does not allow it"),
            ))
        }
        Ok(Applied { row: Some(row), .. }) => Ok(row),
        Ok(_) => Err(Problem::not_found("no such booking")),
        Err(StoreError::Conflict(_)) => Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "version_changed",
            "the booking changed since it was read",
        )),
        Err(error) => Err(error.into()),
    }
}

/// The booking and who asks for it, if its own token or an admin's login opens it. A wrong token learns nothing:
/// the booking is not there for it.
async fn owned(
    api: &BookingsApi,
    id: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(BookingRow, String), Problem> {
    let found = repository::by_id(api.store.as_ref(), id).await?;
    let missing = || Problem::not_found("no such booking");
    if let Some(token) = bearer(headers).filter(|token| token.len() == TOKEN_CHARS) {
        return found
            .filter(|f| opens(&f.row, token))
            .map(|f| (f.row, "customer".to_owned()))
            .ok_or_else(missing);
    }
    let caller = authenticate(&api.access, method, headers).await?;
    if caller.role != Role::Admin {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "the booking's own token or an admin opens it",
        ));
    }
    found.map(|f| (f.row, caller.user_id)).ok_or_else(missing)
}

fn opens(row: &BookingRow, token: &str) -> bool {
    use subtle::ConstantTimeEq;
    let hash = token_hash(token);
    let known = row
        .token_hashes
        .iter()
        .map(|known| known.as_bytes().ct_eq(hash.as_bytes()));
    bool::from(known.fold(subtle::Choice::from(0), |any, one| any | one))
}

/// Characters of a booking's token; a login's token is longer.
const TOKEN_CHARS: usize = 32;

/// 128 random bits as 32 hex characters.
fn fresh_token(api: &BookingsApi) -> String {
    let ids = &api.performer.reactor.ids;
    let digest = Sha256::digest(format!("{}{}", ids.fresh(), ids.fresh()));
    hex::encode(&digest[..16])
}

fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// `If-Match` as the booking's version; absent or `*` is any.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if text == "*" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::invalid("If-Match is no version of a booking"))
}

/// Books the slot that the caller waits for, unless the performer is at it already.
async fn booked(api: &BookingsApi, row: BookingRow) -> Result<BookingRow, Problem> {
    let id = row.booking.booking_id.clone();
    let Some((entry, version)) = outbox::find(api.store.as_ref(), &format!("book:{id}")).await?
    else {
        return Ok(row);
    };
    if entry.claim.is_none() && entry.failed.is_none() {
        effects::perform(&api.performer, entry, version).await?;
    }
    let now = repository::by_id(api.store.as_ref(), &id).await?;
    Ok(now.map_or(row, |found| found.row))
}

/// Opens the checkout that the caller waits for, unless the performer is at it already.
async fn settled(api: &BookingsApi, row: BookingRow) -> Result<BookingRow, Problem> {
    let booking = &row.booking;
    if booking.checkout_url().is_some() {
        return Ok(row);
    }
    let open = booking
        .payment
        .sessions
        .iter()
        .filter(|(_, s)| s.session_id.is_none())
        .max_by_key(|(_, s)| s.attempt);
    let Some((key, _)) = open else { return Ok(row) };
    if let Some((entry, version)) = outbox::find(api.store.as_ref(), key).await?
        && entry.claim.is_none()
    {
        effects::perform(&api.performer, entry, version).await?;
    }
    let now = repository::by_id(api.store.as_ref(), &booking.booking_id).await?;
    Ok(now.map_or(row, |found| found.row))
}

fn answer(status: StatusCode, row: &BookingRow, token: Option<String>) -> Response {
    shown(status, row, BookingView::of(row, token))
}

/// The view with the link that brings a booking its time, where it has none yet.
fn view(api: &BookingsApi, row: &BookingRow, token: Option<String>) -> BookingView {
    let session = api.rules.session_types.iter().find(|s| {
        row.booking
            .terms()
            .is_some_and(|t| t.session_type_id == s.id)
    });
    let url = session
        .filter(|_| links::waits(&row.booking))
        .map(|s| links::of_booking(&s.scheduling_url, &row.booking));
    BookingView {
        scheduling_url: url,
        ..BookingView::of(row, token)
    }
}

fn shown(status: StatusCode, row: &BookingRow, view: BookingView) -> Response {
    let tag = format!("\"{}\"", row.booking.version);
    (status, [(header::ETAG, tag)], Json(view)).into_response()
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|e| Problem::invalid_body(e.to_string()))
}

fn limited(buckets: &KeyedBuckets, key: &str, api: &BookingsApi) -> Result<(), Problem> {
    buckets
        .take(key, api.clock.monotonic())
        .map_err(|retry_after_s| Problem {
            retry_after_s: Some(retry_after_s),
            ..Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("too many requests; try again in {retry_after_s} s"),
            )
        })
}

/// Whom the limit counts: the address that the edge noted.
fn caller(headers: &HeaderMap) -> String {
    headers
        .get(CLIENT_IP)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("local")
        .to_owned()
}
