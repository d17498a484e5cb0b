//! `GET /api/bookings`: bookings, newest first.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::bookings::repository::{self, AddressOf, BookingPage, BookingRow, Found, Name};
use bookpath_app::ports::{Store, StoreError};
use bookpath_domain::bookings::BookingState;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::state::Bookings;
use super::view::{Asker, BookingView};
use crate::Problem;
use crate::csv_export::{STORE_ROWS_MAX, Sheet, csv_asked, every};
use crate::list::{Counted, List, limit};
use crate::permission::{Administer, Allowed};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// One of the twelve states.
    #[param(
        pattern = "^(PENDING|AWAITING_PAYMENT|PAYMENT_FAILED|CONFIRMED|CANCEL_PENDING|CANCELLED|REFUND_PENDING|REFUNDED|REFUND_FAILED|EXPIRED|COMPLETED|NO_SHOW)$"
    )]
    state: Option<String>,
    /// Only those that wait for over an hour for a vendor or for us.
    stuck: Option<bool>,
    invitee_uri: Option<String>,
    email: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows, without their history.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

const SHEET: Sheet = Sheet {
    name: "bookings",
    days: &[],
    instants: &["start_time", "end_time", "held_until", "state_since"],
};

/// Bookings, newest first.
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
    let state = params.state.as_deref().map(state_named).transpose()?;
    let (store, stuck) = (api.store.as_ref(), params.stuck.unwrap_or(false));
    let keep = |row: &BookingRow| {
        let fits = state.is_none_or(|wanted| wanted == row.booking.state);
        fits && (!stuck || row.stuck(now))
    };
    let wanted = Wanted {
        by: &params,
        state,
        stuck,
        keep: &keep,
    };
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
    let (list, total) = match wanted.named(store, limit).await? {
        Some(rows) => {
            let (rows, whole) = rows;
            let total = whole.then_some(rows.len());
            let items = rows.iter().map(view).collect();
            (List::now(now, items), total)
        }
        None => {
            let (rows, next_cursor) = wanted.page(store, limit, params.cursor.clone()).await?;
            let list = List {
                next_cursor,
                ..List::now(now, rows.iter().map(view).collect())
            };
            let counted = list.counted_from(params.cursor.as_deref());
            (counted.list, counted.total)
        }
    };
    Ok(Json(Counted { list, total }).into_response())
}

fn state_named(text: &str) -> Result<BookingState, Problem> {
    BookingState::parse(text)
        .ok_or_else(|| Problem::invalid(format!("`{text}` is no state of a booking")))
}

/// Which bookings are asked for.
struct Wanted<'a> {
    by: &'a Params,
    state: Option<BookingState>,
    stuck: bool,
    keep: &'a (dyn Fn(&BookingRow) -> bool + Send + Sync),
}

impl Wanted<'_> {
    /// The bookings of the invitee or the address that is asked for, at most `limit`, and whether that is all of them;
    /// `None`: neither is asked for.
    async fn named(
        &self,
        store: &dyn Store,
        limit: usize,
    ) -> Result<Option<(Vec<BookingRow>, bool)>, StoreError> {
        let found: Vec<Found> = match (&self.by.invitee_uri, &self.by.email) {
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
        let rows = found.into_iter().map(|f| f.row);
        Ok(Some((rows.filter(|row| (self.keep)(row)).collect(), whole)))
    }

    /// A page of all bookings, and where the next one begins.
    async fn page(
        &self,
        store: &dyn Store,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<(Vec<BookingRow>, Option<String>), StoreError> {
        let states = match self.state {
            Some(one) => vec![one],
            None if self.stuck => repository::STUCK_STATES.to_vec(),
            None => BookingState::ALL.to_vec(),
        };
        let cursor = cursor.as_deref();
        let BookingPage { rows, next_cursor } =
            repository::list_of(store, &states, limit, cursor, self.keep).await?;
        Ok((rows, next_cursor))
    }
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
