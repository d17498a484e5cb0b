//! A booking as the API shows it.

use bookpath_domain::bookings::{BookingState, HistoryEntry, PaymentStatus, Trigger};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::trouble::Trouble;
use bookpath_app::bookings::repository::BookingRow;

/// One line of a booking's history: a trigger, the states before and after it, who and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    pub seq: u32,
    /// The fact's own time.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    #[schema(value_type = String)]
    pub trigger: Trigger,
    #[schema(value_type = Option<String>)]
    pub from: Option<BookingState>,
    #[schema(value_type = String)]
    pub to: BookingState,
    pub actor: String,
    /// `false` for what was refused; then `to` is `from`.
    pub accepted: bool,
    pub reason: Option<String>,
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
pub struct BookingView {
    pub booking_id: String,
    /// Only in the answer to `POST /api/bookings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[schema(value_type = String)]
    pub state: BookingState,
    pub session_type_id: Option<String>,
    pub invitee_uri: Option<String>,
    pub event_uri: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_time: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end_time: Option<Timestamp>,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    pub currency: String,
    #[schema(value_type = String)]
    pub payment_status: PaymentStatus,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    /// Where the customer can pay now.
    pub checkout_url: Option<String>,
    /// Where the customer picks a time, while the booking has none: what is booked there comes to this booking.
    pub scheduling_url: Option<String>,
    /// Why it takes longer than usual; only in the answer to `GET /api/bookings/{id}`.
    pub trouble: Option<Trouble>,
    /// Grows with every change; the `ETag`.
    pub version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub state_since: Timestamp,
    pub history: Vec<HistoryView>,
}

impl BookingView {
    /// The view of a booking; `token` only right after it was made.
    #[must_use]
    pub fn of(row: &BookingRow, token: Option<String>) -> Self {
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
