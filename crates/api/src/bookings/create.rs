//! `POST /api/bookings`: a new booking, or the one of the webhook for its customer's page.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bookpath_app::bookings::repository::{self, BookingRow, Name};
use bookpath_app::effects;
use bookpath_app::react::{Intake, apply};
use bookpath_domain::bookings::{ClientPost, Fact, Outcome};
use bookpath_vendors::Reported;

use super::holder::{fresh_token, opens, token, token_hash};
use super::new::NewBooking;
use super::state::Bookings;
use super::view::{Asker, BookingView, shown, with_link};
use crate::body::Body;
use crate::caller::network;
use crate::{BookingsApi, Problem};

/// Creates a booking, or attaches to the one that Calendly's webhook made (X47). The token in the answer is the
/// customer's key to the booking; it is not shown again. A booking whose token somebody holds hands out no other one: who
/// sends that token as Bearer gets the booking, everybody else 409.
#[utoipa::path(
    post, path = "/api/bookings", tag = "bookings", request_body = NewBooking,
    responses(
        (status = 201, description = "a new booking", body = BookingView), (status = 200, description = "the webhook was first, or the token was sent", body = BookingView),
        (status = 409, description = "booking_claimed: somebody holds the token already; POST /api/bookings/recover sends a link to the booking's own address", body = Problem),
        (status = 429, body = Problem)
    )
)]
pub(super) async fn post_booking(
    State(state): State<Bookings>,
    headers: HeaderMap,
    Body(new): Body<NewBooking>,
) -> Result<Response, Problem> {
    let api = &state.api;
    state.count_post(&network(&headers))?;
    let post = new.post(api)?;
    let held = match token(&headers) {
        Some(token) => proven(api, &post, token).await?,
        None => None,
    };
    let token = held.clone().unwrap_or_else(|| fresh_token(api));
    let hash = token_hash(&token);
    let reported = Reported {
        fact: Fact::Client(post),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let intake = Intake {
        token_hash: held.is_none().then_some(hash.as_str()),
        ..Intake::new(&reported)
    };
    let applied = apply(&api.performer.reactor, intake).await?;
    let status = if applied.outcome == Outcome::Created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let row = if held.is_some() {
        applied.row
    } else {
        applied.held_by(&hash)
    };
    let row = row.ok_or_else(claimed)?;
    let row = settled(api, booked(api, row).await?).await?;
    let view = BookingView {
        token: Some(token),
        ..with_link(api, &row, Asker::Customer)
    };
    Ok(shown(status, &row, view))
}

/// The token, if it opens the booking that the post names.
async fn proven(
    api: &BookingsApi,
    post: &ClientPost,
    token: &str,
) -> Result<Option<String>, Problem> {
    let Some(uri) = post.invitee_uri.as_deref() else {
        return Ok(None);
    };
    let found = repository::by_name(api.store.as_ref(), Name::InviteeUri(uri)).await?;
    let opened = found.is_some_and(|f| opens(api, &f.row, token));
    Ok(opened.then(|| token.to_owned()))
}

fn claimed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "booking_claimed",
        "somebody holds the link of this booking already; ask for it to be sent to the booking's own address",
    )
}

/// Pauses that a caller waits for an effect which another process performs.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES_MAX: u32 = 100;

/// Performs the effect that the caller waits for. Where another process performs it, waits until that has ended.
async fn performed(api: &BookingsApi, key: &str, again: bool) -> Result<(), Problem> {
    let mut again = again;
    for _ in 0..PAUSES_MAX {
        if effects::perform_awaited(&api.performer, key, again).await? {
            break;
        }
        // Only the first round retries an effect that an earlier try postponed.
        again = false;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Books the slot that the caller waits for.
async fn booked(api: &BookingsApi, row: BookingRow) -> Result<BookingRow, Problem> {
    let id = row.booking.booking_id.clone();
    performed(api, &format!("book:{id}"), false).await?;
    let now = repository::by_id(api.store.as_ref(), &id).await?;
    Ok(now.map_or(row, |found| found.row))
}

/// Opens the checkout that the caller waits for.
pub(super) async fn settled(api: &BookingsApi, row: BookingRow) -> Result<BookingRow, Problem> {
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
    performed(api, key, true).await?;
    let now = repository::by_id(api.store.as_ref(), &booking.booking_id).await?;
    Ok(now.map_or(row, |found| found.row))
}
