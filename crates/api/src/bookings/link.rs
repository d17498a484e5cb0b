//! Links to Calendly that bring a booking its time (S4-15, step 2), and the route that makes one for one booking.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use bookpath_domain::bookings::{Booking, BookingState};
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::holder::owned;
use super::state::Bookings;
use crate::Problem;

/// A link to Calendly that takes one booking, and brings this one its time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkView {
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
pub(super) async fn post_link(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<LinkView>, Problem> {
    let api = &state.api;
    let (row, _) = owned(api, &id, &Method::POST, &headers).await?;
    state.count_action(&row.booking.booking_id)?;
    let session = api.rules.session_types.iter().find(|s| {
        row.booking
            .terms()
            .is_some_and(|t| t.session_type_id == s.id)
    });
    let (Some(session), true) = (session, waits(&row.booking)) else {
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
    let url = url?;
    Ok(Json(LinkView {
        scheduling_url: of_booking(&url, &row.booking),
    }))
}

/// The booking has no time yet, and may still get one.
pub(super) fn waits(booking: &Booking) -> bool {
    booking.state == BookingState::Pending
        && booking.invitee_uri().is_none()
        && booking.event_uri().is_none()
}

/// `link` with the booking in the one tracking field that marketing does not use, and what the customer has told us
/// already. Calendly sends the field back with its webhook.
pub(super) fn of_booking(link: &str, booking: &Booking) -> String {
    let Ok(mut url) = Url::parse(link) else {
        return link.to_owned();
    };
    let contact = booking.contact();
    let mut query = url.query_pairs_mut();
    query.append_pair("salesforce_uuid", &booking.booking_id);
    for (name, value) in [("name", contact.name), ("email", contact.email)] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    drop(query);
    url.into()
}
