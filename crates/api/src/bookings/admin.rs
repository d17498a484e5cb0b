//! The admin's side of bookings (S4-36): an override as an event, a refund, an e-mail again.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bookpath_domain::bookings::{Action, ActionKind, BookingState, EffectKind, Notice};
use bookpath_domain::money::currency::payment_step;
use serde::Deserialize;
use utoipa::ToSchema;

use super::actions::perform_action;
use super::holder::if_match;
use super::new::TEXT_MAX;
use super::state::Bookings;
use super::view::{Asker, BookingView, answer};
use crate::Problem;
use crate::body::Body;
use crate::permission::{Administer, Allowed};
use bookpath_app::bookings::repository::{self, StoredBooking};
use bookpath_app::ports::Commit;

/// Sets a state by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    /// One of the twelve states.
    #[serde(alias = "to")]
    #[schema(
        pattern = "^(PENDING|AWAITING_PAYMENT|PAYMENT_FAILED|CONFIRMED|CANCEL_PENDING|CANCELLED|REFUND_PENDING|REFUNDED|REFUND_FAILED|EXPIRED|COMPLETED|NO_SHOW)$"
    )]
    state: String,
    #[schema(min_length = 1, max_length = 1024)]
    reason: String,
}

/// Sets a booking's state; the history keeps who did it and why.
#[utoipa::path(
    post, path = "/api/bookings/{id}/override", tag = "bookings", params(("id" = String, Path)), request_body = Override,
    responses(
        (status = 200, body = BookingView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)
    )
)]
pub(super) async fn post_override(
    Allowed(caller, _): Allowed<Administer>,
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(Override {
        state: text,
        reason,
    }): Body<Override>,
) -> Result<Response, Problem> {
    let to = BookingState::parse(&text)
        .ok_or_else(|| Problem::invalid_body(format!("`{text}` is no state of a booking")))?;
    act(
        &state,
        &id,
        &headers,
        ActionKind::Override { to },
        (caller.user_id, reason),
    )
    .await
}

/// Gives money back by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundBody {
    /// Minor units. Without it a refund that failed is tried again, else all that is left is given back.
    amount_minor: Option<i64>,
    #[schema(min_length = 1, max_length = 1024)]
    reason: String,
}

/// Gives back part or all of a payment, or tries a failed refund again.
#[utoipa::path(
    post, path = "/api/bookings/{id}/refund", tag = "bookings", params(("id" = String, Path)), request_body = RefundBody,
    responses(
        (status = 200, body = BookingView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)
    )
)]
pub(super) async fn post_refund(
    Allowed(caller, _): Allowed<Administer>,
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(RefundBody {
        amount_minor,
        reason,
    }): Body<RefundBody>,
) -> Result<Response, Problem> {
    let row = found(&state, &id).await?.row;
    let step = payment_step(row.booking.currency());
    if amount_minor.is_some_and(|amount| amount % step != 0) {
        let detail = format!(
            "amount_minor must be a multiple of {step} in {}",
            row.booking.currency()
        );
        return Err(Problem::invalid(detail));
    }
    let kind = match amount_minor {
        None if row.booking.refund_can_be_repeated() => ActionKind::RetryRefund,
        given => ActionKind::Refund {
            amount_minor: given.unwrap_or_else(|| row.booking.refundable_minor()),
        },
    };
    act(&state, &id, &headers, kind, (caller.user_id, reason)).await
}

/// Does again what was given up, and sends the e-mail about the present state again.
#[utoipa::path(
    post, path = "/api/bookings/{id}/resend", tag = "bookings", params(("id" = String, Path)),
    responses((status = 200, body = BookingView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 503, body = Problem))
)]
pub(super) async fn post_resend(
    Allowed(caller, _): Allowed<Administer>,
    State(state): State<Bookings>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = found(&state, &id).await?.row;
    let api = &state.api;
    let booking_id = &row.booking.booking_id;
    let line = api
        .access
        .line(&caller.user_id, "booking_resent", booking_id)?;
    let mut writes = bookpath_app::effects::outbox::reopened(
        api.store.as_ref(),
        &row.booking.booking_id,
        api.clock.now(),
    )
    .await?;
    let Some(notice) = Notice::for_state(row.booking.state) else {
        if writes.is_empty() {
            let detail = format!(
                "there is no e-mail about {}, and nothing was given up",
                row.booking.state.as_str()
            );
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "nothing_to_send",
                detail,
            ));
        }
        writes.push(line);
        api.store.commit(Commit::new(writes)).await?;
        return Ok(answer(&row, Asker::Admin, api.clock.now()));
    };
    let effect = bookpath_domain::bookings::Effect {
        key: format!(
            "notify:{}:again:{}",
            row.booking.booking_id,
            api.performer.reactor.ids.fresh()
        ),
        booking_id: row.booking.booking_id.clone(),
        not_before: None,
        kind: EffectKind::NotifyCustomer { notice },
    };
    writes.extend(bookpath_app::effects::outbox::of_booking(
        &[effect],
        api.clock.now(),
    )?);
    writes.push(line);
    api.store.commit(Commit::new(writes)).await?;
    Ok(answer(&row, Asker::Admin, api.clock.now()))
}

async fn found(state: &Bookings, id: &str) -> Result<StoredBooking, Problem> {
    repository::by_id(state.api.store.as_ref(), id)
        .await?
        .ok_or_else(|| Problem::not_found("no such booking"))
}

async fn act(
    state: &Bookings,
    id: &str,
    headers: &HeaderMap,
    kind: ActionKind,
    (actor, reason): (String, String),
) -> Result<Response, Problem> {
    if reason.trim().is_empty() || reason.chars().count() > TEXT_MAX {
        return Err(Problem::invalid_body(format!(
            "a reason of 1 to {TEXT_MAX} characters is needed"
        )));
    }
    let row = found(state, id).await?.row;
    let action = Action {
        kind,
        actor,
        reason: Some(reason),
    };
    let row = perform_action(&state.api, &row, action, if_match(headers)?).await?;
    Ok(answer(&row, Asker::Admin, state.api.clock.now()))
}
