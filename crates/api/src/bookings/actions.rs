//! What a customer does with a booking: pay, cancel, reschedule.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use bookpath_app::bookings::repository::BookingRow;
use bookpath_app::bookings::sweep;
use bookpath_app::ports::StoreError;
use bookpath_app::react::{Applied, Intake, apply};
use bookpath_domain::bookings::{Action, ActionKind, Fact, Outcome};
use bookpath_vendors::Reported;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::create::settled;
use super::holder::{if_match, owned};
use super::new::TEXT_MAX;
use super::state::Bookings;
use super::view::{Asker, BookingView, answer};
use crate::body::OptionalBody;
use crate::{BookingsApi, Problem};

/// What a customer may say with an action.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionBody {
    #[schema(max_length = 1024)]
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
pub(super) async fn post_pay(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody<ActionBody>,
) -> Result<Response, Problem> {
    let (row, _) = owned(&state.api, &id, &Method::POST, &headers).await?;
    if page_over(&row, state.api.clock.now()) {
        // Its checkout has run out, and nobody has told us yet: Stripe knows.
        state.count_action(&row.booking.booking_id)?;
        sweep::refresh(&state.api.performer, row).await?;
    }
    let (row, asker) = act(&state, &id, &headers, body, ActionKind::Pay).await?;
    let row = settled(&state.api, row).await?;
    Ok(answer(&row, asker, state.api.clock.now()))
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
pub(super) async fn post_cancel(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody<ActionBody>,
) -> Result<Response, Problem> {
    let (row, asker) = act(&state, &id, &headers, body, ActionKind::Cancel).await?;
    Ok(answer(&row, asker, state.api.clock.now()))
}

/// Where the customer moves the call: Calendly's own page of this booking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RescheduleView {
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
pub(super) async fn post_reschedule(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody<ActionBody>,
) -> Result<Json<RescheduleView>, Problem> {
    let (row, _) = act(&state, &id, &headers, body, ActionKind::Reschedule).await?;
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

/// A person's action on a booking of theirs.
async fn act(
    state: &Bookings,
    id: &str,
    headers: &HeaderMap,
    ActionBody { reason }: ActionBody,
    kind: ActionKind,
) -> Result<(BookingRow, Asker), Problem> {
    let api = &state.api;
    let (row, actor) = owned(api, id, &Method::POST, headers).await?;
    state.count_action(&row.booking.booking_id)?;
    if reason
        .as_ref()
        .is_some_and(|reason| reason.chars().count() > TEXT_MAX)
    {
        return Err(Problem::invalid_body(format!(
            "the reason is longer than {TEXT_MAX} characters"
        )));
    }
    let asker = Asker::new(&actor);
    let action = Action {
        kind,
        actor,
        reason,
    };
    let row = perform_action(api, &row, action, if_match(headers)?).await?;
    Ok((row, asker))
}

/// The name of an action in the audit trail.
const fn name_of(kind: &ActionKind) -> &'static str {
    match kind {
        ActionKind::Pay => "booking_paid_again",
        ActionKind::RetryRefund | ActionKind::Refund { .. } => "booking_refunded",
        ActionKind::Cancel => "booking_cancelled",
        ActionKind::Reschedule => "booking_rescheduled",
        ActionKind::Override { .. } => "booking_overridden",
    }
}

/// Decides upon an action; 409 when the booking's state does not allow it, which its history then shows.
pub(super) async fn perform_action(
    api: &BookingsApi,
    row: &BookingRow,
    action: Action,
    if_version: Option<u64>,
) -> Result<BookingRow, Problem> {
    let booking_id = &row.booking.booking_id;
    // A team's action is in the audit trail, also one that the state refuses; a customer's is in the history alone.
    let with = match Asker::new(&action.actor) {
        Asker::Customer => Vec::new(),
        Asker::Admin => {
            let name = name_of(&action.kind);
            vec![api.access.line(&action.actor, name, booking_id)?]
        }
    };
    let reported = Reported {
        fact: Fact::Action(action),
        stripe_ids: Vec::new(),
        booking_id: Some(row.booking.booking_id.clone()),
    };
    let applied = apply(
        &api.performer.reactor,
        Intake {
            if_version,
            with,
            ..Intake::new(&reported)
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
