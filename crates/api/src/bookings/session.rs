//! `POST /api/bookings/session`: who comes back from Stripe in another browser gets into the booking that they paid.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bookpath_app::bookings::repository::{self, BookingRow, Name};
use bookpath_app::bookings::sweep;
use bookpath_app::ports::{Commit, Expect, ItemKey, StoreError, Write};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::state::Bookings;
use super::view::{Asker, BookingView, shown, with_link};
use crate::body::Body;
use crate::caller::network;
use crate::{BookingsApi, Problem};

/// A payment opens its booking for this long, and once.
const OPENS: SignedDuration = SignedDuration::from_hours(1);
/// Characters of a session id: Stripe's have about 70.
const ID_CHARS_MAX: usize = 255;

/// A Stripe Checkout session, as the address that Stripe leads back to names it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaidSession {
    #[schema(min_length = 1, max_length = 255)]
    session_id: String,
}

#[derive(Debug, Serialize)]
struct Traded {
    at: Timestamp,
}

/// Trades the session of a payment for the booking and a token that opens it: once, within an hour of the payment. While no
/// payment is known, Stripe is asked.
#[utoipa::path(
    post, path = "/api/bookings/session", tag = "bookings", request_body = PaidSession,
    responses(
        (status = 200, description = "the booking, with its `token`", body = BookingView),
        (status = 404, description = "no such session, or one that was traded or paid over an hour ago", body = Problem),
        (status = 409, description = "payment_unknown: no payment of the session is known yet", body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(super) async fn post_session(
    State(state): State<Bookings>,
    headers: HeaderMap,
    Body(PaidSession { session_id: id }): Body<PaidSession>,
) -> Result<Response, Problem> {
    let api = &state.api;
    if id.is_empty() || id.chars().count() > ID_CHARS_MAX {
        return Err(Problem::invalid_body("session_id is no id of a session"));
    }
    state.count_post(&network(&headers))?;
    let found = repository::by_name(api.store.as_ref(), Name::StripeId(&id)).await?;
    let row = found
        .map(|found| found.row)
        .filter(|row| is_session(row, &id))
        .ok_or_else(missing)?;
    let (row, paid_at) = paid(&state, row, &id).await?;
    let now = api.clock.now();
    if now.duration_since(paid_at) > OPENS {
        return Err(missing());
    }
    once(api, &id, now, paid_at + OPENS + OPENS).await?;
    let token = api.access.keys.link_token(&row.booking.booking_id, now);
    let token = token.ok_or_else(|| Problem::internal("no key signs links"))?;
    let view = BookingView {
        token: Some(token),
        ..with_link(api, &row, Asker::Customer)
    };
    Ok(shown(StatusCode::OK, &row, view))
}

/// The id names a session, and not a payment or a charge.
fn is_session(row: &BookingRow, id: &str) -> bool {
    let mut sessions = row.booking.payment.sessions.values();
    sessions.any(|session| session.session_id.as_deref() == Some(id))
}

/// The booking, and when the session was paid. Where the webhook is late, Stripe itself is asked.
async fn paid(
    state: &Bookings,
    row: BookingRow,
    id: &str,
) -> Result<(BookingRow, Timestamp), Problem> {
    if let Some(at) = paid_at(&row, id) {
        return Ok((row, at));
    }
    state.count_action(&row.booking.booking_id)?;
    let row = sweep::refresh(&state.api.performer, row).await?;
    let at = paid_at(&row, id).ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "payment_unknown",
            "no payment of this session is known yet",
        )
    })?;
    Ok((row, at))
}

fn paid_at(row: &BookingRow, id: &str) -> Option<Timestamp> {
    let payment = &row.booking.payment;
    let facts = payment.paid.values();
    facts
        .filter(|paid| paid.session_id.as_deref() == Some(id))
        .map(|paid| paid.when.at)
        .min()
}

/// Notes that the session was traded; fails if it was before.
async fn once(
    api: &BookingsApi,
    id: &str,
    now: Timestamp,
    forget_at: Timestamp,
) -> Result<(), Problem> {
    let name = hex::encode(Sha256::digest(id));
    let key = ItemKey::new(format!("session-traded#{name}"), "row");
    let write = Write::put(key, None, &Traded { at: now }, Expect::Absent)?.expiring(forget_at);
    match api.store.commit(Commit::new(vec![write])).await {
        Err(StoreError::Conflict(_)) => Err(missing()),
        other => Ok(other?),
    }
}

fn missing() -> Problem {
    Problem::not_found("no such session, or it no longer opens its booking")
}
