//! A booking as the API shows it.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::bookings::booker::Booker;
use bookpath_app::bookings::repository::BookingRow;
use bookpath_domain::bookings::{Allowed, BookingState, HistoryEntry, PaymentStatus, Trigger};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::holder::CUSTOMER;
use super::link;
use super::trouble::Trouble;
use crate::BookingsApi;
use crate::deliveries::names;

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
    /// The delivery that told it; `null` for what a person, our own call or the clock did.
    pub(crate) delivery_id: Option<String>,
    /// The body of that delivery: `GET /api/raw/{sha256}`.
    pub(crate) raw_sha256: Option<String>,
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
            told_by,
        } = entry.clone();
        let (delivery_id, raw_sha256) = names(told_by.as_ref());
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
            delivery_id,
            raw_sha256,
        }
    }
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookingView {
    pub(crate) booking_id: String,
    /// Only in the answers to `POST /api/bookings` and `POST /api/bookings/session`.
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
    /// What the caller may do with it now.
    #[schema(value_type = Vec<String>)]
    pub(crate) can: Vec<Allowed>,
    /// What a cancellation would give back now, in minor units; `null` where none is possible.
    pub(crate) refund_if_cancelled_minor: Option<i64>,
    /// What the cancellation gives back, in minor units, while that is on its way.
    pub(crate) refund_due_minor: Option<i64>,
    /// Until when the page of `checkout_url` takes the payment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) held_until: Option<Timestamp>,
    /// Where a call over the web takes place.
    pub(crate) join_url: Option<String>,
    pub(crate) host_name: Option<String>,
    /// Who booked, as they call themselves.
    pub(crate) name: Option<String>,
    /// Their contact; only in answers to admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact_id: Option<String>,
    /// What was booked, as Calendly names it; else the session type's name.
    pub(crate) event_name: Option<String>,
    /// The customer's own zone, an IANA name.
    pub(crate) timezone: Option<String>,
    /// Why it takes longer than usual; only in the answer to `GET /api/bookings/{id}`.
    pub(crate) trouble: Option<Trouble>,
    /// Grows with every change; the `ETag`.
    pub(crate) version: u64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) state_since: Timestamp,
    pub(crate) history: Vec<HistoryView>,
}

impl BookingView {
    /// The view of a booking for who asks at `now`.
    #[must_use]
    pub(crate) fn new(row: &BookingRow, asker: Asker, now: Timestamp) -> Self {
        let booking = &row.booking;
        let times = booking.times();
        let details = booking.chain.details();
        let whose = Booker::from(booking);
        let can = match asker {
            Asker::Customer => booking.allows_customer(),
            Asker::Admin => booking.allows_admin(),
        };
        Self {
            booking_id: booking.booking_id.clone(),
            token: None,
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
            can,
            refund_if_cancelled_minor: booking.refund_if_cancelled_minor(now),
            refund_due_minor: booking.refund_due_minor(),
            held_until: booking.held_until(),
            join_url: details.and_then(|d| d.join_url.clone()),
            host_name: details.and_then(|d| d.host_name.clone()),
            name: whose.name,
            contact_id: whose.contact_id.filter(|_| asker == Asker::Admin),
            event_name: details.and_then(|d| d.event_name.clone()),
            timezone: details.and_then(|d| d.timezone.clone()),
            trouble: None,
            version: booking.version,
            state_since: row.state_since,
            history: booking.history.iter().map(HistoryView::from).collect(),
        }
    }
}

/// Who asks for a booking: it decides what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Who holds its token.
    Customer,
    Admin,
}

impl Asker {
    /// By the actor that [`super::holder::owned`] found.
    pub(super) fn new(actor: &str) -> Self {
        if actor == CUSTOMER {
            Self::Customer
        } else {
            Self::Admin
        }
    }
}

/// The answer with a booking.
pub(super) fn answer(row: &BookingRow, asker: Asker, now: Timestamp) -> Response {
    shown(StatusCode::OK, row, BookingView::new(row, asker, now))
}

/// The view with the link that brings a booking its time, where it has none yet.
pub(super) fn with_link(api: &BookingsApi, row: &BookingRow, asker: Asker) -> BookingView {
    let session = api.rules.session_types.iter().find(|s| {
        row.booking
            .terms()
            .is_some_and(|t| t.session_type_id == s.id)
    });
    let url = session
        .filter(|_| link::waits(&row.booking))
        .map(|s| link::of_booking(&s.scheduling_url, &row.booking));
    let view = BookingView::new(row, asker, api.clock.now());
    BookingView {
        scheduling_url: url,
        event_name: view.event_name.or_else(|| session.map(|s| s.name.clone())),
        ..view
    }
}

/// A view, with the booking's version as its `ETag`.
pub(super) fn shown(status: StatusCode, row: &BookingRow, view: BookingView) -> Response {
    let tag = format!("\"{}\"", row.booking.version);
    (status, [(header::ETAG, tag)], Json(view)).into_response()
}
