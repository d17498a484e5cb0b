//! `GET /api/bookings`: bookings, newest first.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::bookings::list;
use bookpath_app::bookings::repository::{self, AddressOf, BookingRow, Name, StoredBooking};
use bookpath_app::ports::{Store, StoreError};
use bookpath_domain::bookings::BookingState;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::state::Bookings;
use super::view::{Asker, BookingView};
use crate::Problem;
use crate::csv_export::{CsvFile, STORE_ROWS_MAX, csv_asked, every};
use crate::list::{Counted, Cursors, List, limit, sought_text};
use crate::permission::{Administer, Allowed};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// One of the twelve states, or several with commas between them.
    #[param(
        pattern = "^(PENDING|AWAITING_PAYMENT|PAYMENT_FAILED|CONFIRMED|CANCEL_PENDING|CANCELLED|REFUND_PENDING|REFUNDED|REFUND_FAILED|EXPIRED|COMPLETED|NO_SHOW)(,(PENDING|AWAITING_PAYMENT|PAYMENT_FAILED|CONFIRMED|CANCEL_PENDING|CANCELLED|REFUND_PENDING|REFUNDED|REFUND_FAILED|EXPIRED|COMPLETED|NO_SHOW)){0,11}$"
    )]
    state: Option<String>,
    /// Only those that wait for over an hour for a vendor or for us.
    stuck: Option<bool>,
    invitee_uri: Option<String>,
    email: Option<String>,
    /// When it was booked: an instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// When it was booked: an instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// A part of the booking's id, of the invitee's name or of the session's, in letters of any case.
    #[param(max_length = 300)]
    q: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows, without their history.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^bookings[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

const CURSORS: Cursors = Cursors("bookings");
const SHEET: CsvFile = CsvFile {
    name: "bookings",
    days: &[],
    instants: &["start_time", "end_time", "held_until", "state_since"],
};

/// Bookings, newest first. A page looks at 20,000 bookings at most, so one of a rare filter may be short although another
/// follows.
#[utoipa::path(
    get, path = "/api/bookings", tag = "bookings", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<BookingView> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_bookings(
    _: Allowed<Administer>,
    State(state): State<Bookings>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let (api, now) = (&state.api, state.api.clock.now());
    let store = api.store.as_ref();
    let wanted = BookingFilter::new(&params, now)?;
    let view = |row: &BookingRow| BookingView::new(row, Asker::Admin, now);
    if csv_asked(params.format.as_deref())? {
        let rows = match wanted.named(store, STORE_ROWS_MAX).await? {
            Some((rows, _)) => rows,
            None => every(|limit, cursor| wanted.page(store, limit, cursor)).await?,
        };
        let rows = rows.iter().map(|row| without_history(&view(row)));
        return SHEET.file(&api.rules.reporting_timezone, rows);
    }
    let limit = limit(params.limit)?;
    if let Some((rows, whole)) = wanted.named(store, limit).await? {
        let total = whole.then_some(rows.len());
        let list = List::now(now, rows.iter().map(view).collect());
        return Ok(Json(Counted { list, total }).into_response());
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (rows, next) = wanted.page(store, limit, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(now, rows.iter().map(view).collect())
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// Which bookings are asked for.
struct BookingFilter<'a> {
    by: &'a Params,
    states: Vec<BookingState>,
    text: Option<String>,
    now: Timestamp,
}

impl<'a> BookingFilter<'a> {
    /// # Errors
    /// 422 for what is no state, and for a text that is too long.
    fn new(by: &'a Params, now: Timestamp) -> Result<Self, Problem> {
        let states = match &by.state {
            Some(names) => states_named(names)?,
            None if by.stuck == Some(true) => repository::STUCK_STATES.to_vec(),
            None => BookingState::ALL.to_vec(),
        };
        let text = sought_text(by.q.clone())?.map(|text| text.to_lowercase());
        Ok(Self {
            by,
            states,
            text,
            now,
        })
    }

    fn is(&self, row: &BookingRow) -> bool {
        let booking = &row.booking;
        let created = booking.created_at;
        let in_text = |part: &String| {
            let holds = |whole: &str| whole.to_lowercase().contains(part);
            holds(&booking.booking_id)
                || booking.contact().name.as_deref().is_some_and(holds)
                || booking
                    .chain
                    .details()
                    .and_then(|details| details.event_name.as_deref())
                    .is_some_and(holds)
        };
        self.states.contains(&booking.state)
            && (self.by.stuck != Some(true) || row.stuck(self.now))
            && self.by.from.is_none_or(|from| from <= created)
            && self.by.to.is_none_or(|to| created <= to)
            && self.text.as_ref().is_none_or(in_text)
    }

    /// The bookings of the invitee or the address that is asked for, at most `limit`, and whether that is all of them;
    /// `None`: neither is asked for.
    async fn named(
        &self,
        store: &dyn Store,
        limit: usize,
    ) -> Result<Option<(Vec<BookingRow>, bool)>, StoreError> {
        let found: Vec<StoredBooking> = match (&self.by.invitee_uri, &self.by.email) {
            (Some(uri), _) => {
                let found = repository::by_name(store, Name::InviteeUri(uri)).await?;
                found.into_iter().collect()
            }
            (None, Some(email)) => {
                let mut found =
                    repository::by_email(store, email, AddressOf::Proven, limit).await?;
                found.extend(repository::by_email(store, email, AddressOf::Claimed, limit).await?);
                found.truncate(limit);
                found
            }
            (None, None) => return Ok(None),
        };
        let whole = found.len() < limit;
        let rows = found.into_iter().map(|found| found.row);
        Ok(Some((rows.filter(|row| self.is(row)).collect(), whole)))
    }

    /// A page of all bookings, and where the next one begins.
    async fn page(
        &self,
        store: &dyn Store,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<(Vec<BookingRow>, Option<String>), StoreError> {
        let asked = list::of_states(&self.states, limit)
            .between(self.by.from, self.by.to)
            .search(cursor);
        list::page(store, &asked, &|row| self.is(row)).await
    }
}

/// Each state of a list with commas, once.
fn states_named(names: &str) -> Result<Vec<BookingState>, Problem> {
    let mut states = Vec::new();
    for name in names.split(',') {
        let state = BookingState::parse(name)
            .ok_or_else(|| Problem::invalid(format!("`{name}` is no state of a booking")))?;
        if !states.contains(&state) {
            states.push(state);
        }
    }
    Ok(states)
}

/// The columns of a booking: its history is a list of its own.
fn without_history(view: &BookingView) -> Value {
    let mut row = serde_json::to_value(view).unwrap_or_default();
    if let Value::Object(fields) = &mut row {
        fields.remove("history");
        fields.remove("trouble");
    }
    row
}
