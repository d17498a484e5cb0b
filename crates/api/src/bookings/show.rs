//! `GET /api/bookings/{id}`.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use super::holder::owned;
use super::state::Bookings;
use super::trouble;
use super::view::{Asker, BookingView, shown, with_link};
use crate::Problem;

/// Where a booking stands, and how it got there.
#[utoipa::path(
    get, path = "/api/bookings/{id}", tag = "bookings", params(("id" = String, Path)),
    responses((status = 200, body = BookingView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem))
)]
pub(super) async fn get_booking(
    State(state): State<Bookings>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (row, actor) = owned(&state.api, &id, &Method::GET, &headers).await?;
    let trouble = trouble::trouble_of(state.api.store.as_ref(), &row).await?;
    Ok(shown(
        StatusCode::OK,
        &row,
        BookingView {
            trouble,
            ..with_link(&state.api, &row, Asker::new(&actor))
        },
    ))
}
