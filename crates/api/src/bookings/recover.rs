//! `POST /api/bookings/recover`: a lost link is sent to the booking's own address.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bookpath_app::access::tries::{self, Limit};
use bookpath_app::bookings::repository::{self, AddressOf};
use bookpath_app::effects::{outbox, perform_named};
use bookpath_app::ports::{Commit, StoreError};
use bookpath_domain::people::email;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant};
use utoipa::ToSchema;

use super::state::Bookings;
use crate::body::Body;
use crate::caller::network;
use crate::{BookingsApi, Problem};

/// No answer comes sooner: its time does not tell whether there is a booking.
const ANSWER_AFTER: Duration = Duration::from_millis(400);
/// Bookings that one e-mail names.
const RECOVERED_MAX: usize = 10;
/// E-mails that one address gets, whoever asks for them.
const EMAILS: Limit = Limit {
    name: "recovery-email",
    tries_max: 3,
    window: SignedDuration::from_hours(1),
};

/// A lost link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Recovery {
    /// The address that was given to Calendly.
    #[schema(format = "email")]
    email: String,
}

/// Whatever becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    status: &'static str,
}

/// Sends the links of an address's bookings to that address, at most three times an hour. The answer never says whether
/// there are any. Only an address that is proven gets a letter: Calendly's signed webhook gave it, or it paid for the booking. Nothing about a booking changes.
#[utoipa::path(
    post, path = "/api/bookings/recover", tag = "bookings", request_body = Recovery,
    responses((status = 202, description = "an e-mail is on its way, if there is anything to say", body = Accepted), (status = 429, body = Problem))
)]
pub(super) async fn post_recover(
    State(state): State<Bookings>,
    headers: HeaderMap,
    Body(Recovery { email: text }): Body<Recovery>,
) -> Result<Response, Problem> {
    let api = &state.api;
    let address = email::normalize(&text)
        .ok_or_else(|| Problem::invalid_body("email is no e-mail address"))?;
    state.count_post(&network(&headers))?;
    let earliest = Instant::now() + ANSWER_AFTER;
    send_links(api, &address, api.clock.now()).await?;
    tokio::time::sleep_until(earliest).await;
    let accepted = Json(Accepted { status: "accepted" });
    Ok((StatusCode::ACCEPTED, accepted).into_response())
}

/// Puts the e-mail into the outbox and tries at once to send it; what fails now is tried again like every effect.
async fn send_links(api: &BookingsApi, address: &str, now: Timestamp) -> Result<(), StoreError> {
    let store = api.store.as_ref();
    let found = repository::by_email(store, address, AddressOf::Proven, RECOVERED_MAX).await?;
    let enough = tries::count(store, EMAILS, address, now).await?.is_some();
    if found.is_empty() || enough {
        return Ok(());
    }
    let bookings = found.into_iter().map(|f| f.row.booking.booking_id);
    let id = api.performer.reactor.ids.fresh();
    let (key, entry) = outbox::links(&id, bookings.collect(), now)?;
    store.commit(Commit::new(vec![entry])).await?;
    if let Err(error) = perform_named(&api.performer, [key.as_str()]).await {
        tracing::warn!(%error, "the links of a customer's bookings will be sent later");
    }
    Ok(())
}
