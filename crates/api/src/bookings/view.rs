//! A booking as the API shows it.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::bookings::repository::BookingRow;
use bookpath_domain::bookings::{BookingState, HistoryEntry, PaymentStatus, Trigger};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::link;
use super::trouble::Trouble;
use crate::BookingsApi;

/// One line of a booking's history: a trigger, the states before and after it, who and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryView {
    pub(crate) seq: u32,
    /// The fact's own time.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    #[schema(value_type = String)]
    pub(crate) trigger: Trigger,
    #[schema(value_type = Option<String>)]
    pub(crate) from: Option<BookingState>,
    #[schema(value_type = String)]
    pub(crate) to: BookingState,
    pub(crate) actor: String,
    /// `false` for what was refused; then `to` is `from`.
    pub(crate) accepted: bool,
    pub(crate) reason: Option<String>,
}

impl From<&HistoryEntry> for HistoryView {
    fn from(entry: &HistoryEntry) -> Self {
        let HistoryEntry {
            seq,
            at,
            recorded_at,
            trigger,
            from,
            to,
            actor,
            accepted,
            reason,
        } = entry.clone();
        Self {
            seq,
            at,
            recorded_at,
            trigger,
            from,
            to,
            actor,
            accepted,
            reason,
        }
    }
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookingView {
    pub(crate) booking_id: String,
    /// Only in the answer to `POST /api/bookings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[schema(value_type = String)]
    pub(crate) state: BookingState,
    pub(crate) session_type_id: Option<String>,
    pub(crate) invitee_uri: Option<String>,
    pub(crate) event_uri: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) start_time: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) end_time: Option<Timestamp>,
    /// Minor units of `currency`.
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    #[schema(value_type = String)]
    pub(crate) payment_status: PaymentStatus,
    pub(crate) paid_minor: i64,
    pub(crate) refunded_minor: i64,
    /// Where the customer can pay now.
    pub(crate) checkout_url: Option<String>,
    /// Where the customer picks a time, while the booking has none: what is booked there comes to this booking.
    pub(crate) scheduling_url: Option<String>,
    /// Why it takes longer than usual; only in the answer to `GET /api/bookings/{id}`.
    pub(crate) trouble: Option<Trouble>,
    /// Grows with every change; the `ETag`.
    pub(crate) version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) state_since: Timestamp,
    pub(crate) history: Vec<HistoryView>,
}

impl BookingView {
    /// The view of a booking; `token` only right after it was made.
    #[must_use]
    pub(crate) fn of(row: &BookingRow, token: Option<String>) -> Self {
        let booking = &row.booking;
        let times = booking.times();
        Self {
            booking_id: booking.booking_id.clone(),
            token,
            state: booking.state,
            session_type_id: booking.terms().map(|t| t.session_type_id.clone()),
            invitee_uri: booking.invitee_uri().map(str::to_owned),
            event_uri: booking.event_uri().map(str::to_owned),
            start_time: times.map(|(start, _)| start),
            end_time: times.map(|(_, end)| end),
            amount_minor: booking.price_minor(),
            currency: booking.currency().to_owned(),
            payment_status: booking.payment_status(),
            paid_minor: booking.paid_minor(),
            refunded_minor: booking.refunded_in_all_minor(),
            checkout_url: booking.checkout_url().map(str::to_owned),
            scheduling_url: None,
            trouble: None,
            version: booking.version,
            state_since: row.state_since,
            history: booking.history.iter().map(HistoryView::from).collect(),
        }
    }
}

/// The answer with a booking.
pub(super) fn answer(status: StatusCode, row: &BookingRow, token: Option<String>) -> Response {
    shown(status, row, BookingView::of(row, token))
}

/// The view with the link that brings a booking its time, where it has none yet.
pub(super) fn with_link(api: &BookingsApi, row: &BookingRow, token: Option<String>) -> BookingView {
    let session = api.rules.session_types.iter().find(|s| {
        row.booking
            .terms()
            .is_some_and(|t| t.session_type_id == s.id)
    });
    let url = session
        .filter(|_| link::waits(&row.booking))
        .map(|s| link::of_booking(&s.scheduling_url, &row.booking));
    BookingView {
        scheduling_url: url,
        ..BookingView::of(row, token)
    }
}

/// A view, with the booking's version as its `ETag`.
pub(super) fn shown(status: StatusCode, row: &BookingRow, view: BookingView) -> Response {
    let tag = format!("\"{}\"", row.booking.version);
    (status, [(header::ETAG, tag)], Json(view)).into_response()
}
