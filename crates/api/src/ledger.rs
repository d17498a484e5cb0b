//! `/api/ledger`: every entry of money, and how the ledger compares with Stripe.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::OptionalBody;
use crate::csv_export::{CsvFile, csv_asked, every};
use crate::deliveries::names;
use crate::list::{Counted, Cursors, List, limit};
use crate::permission::{Administer, Allowed};
use crate::{BookingsApi, Problem};
use bookpath_app::bookings::ledger::{self, LedgerFilter};
use bookpath_app::bookings::reconcile::{
    ReconcileError, Reconciliation, default_period, reconcile, reports,
};
use bookpath_app::bookings::repository;
use bookpath_app::ports::Store;

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new()
        .routes(routes!(get_ledger))
        .routes(routes!(get_reconciliations))
        .routes(routes!(post_reconcile))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    booking_id: Option<String>,
    /// charge, refund, fee or dispute.
    #[param(value_type = Option<String>, pattern = "^(charge|refund|fee|dispute)$")]
    kind: Option<EntryKind>,
    /// ISO 4217.
    #[param(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^ledger[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// One entry. Its money is never changed.
#[derive(Debug, Serialize, ToSchema)]
struct EntryView {
    entry_id: String,
    /// Empty for money of no booking: a payment that was not made for one, or a fee of the account as a whole.
    booking_id: String,
    #[schema(value_type = String)]
    kind: EntryKind,
    /// The payment intent, or the dispute.
    reference: String,
    /// Positive is money that came to us.
    amount_minor: i64,
    currency: String,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// The delivery that told it; `null` for what only our own call or Stripe's statement told.
    delivery_id: Option<String>,
    /// The body of that delivery: `GET /api/raw/{sha256}`.
    raw_sha256: Option<String>,
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        let LedgerEntry {
            entry_id,
            booking_id,
            kind,
            reference,
            amount_minor,
            currency,
            occurred_at,
            told_by,
        } = entry;
        let (delivery_id, raw_sha256) = names(told_by.as_ref());
        Self {
            entry_id,
            booking_id,
            kind,
            reference,
            amount_minor,
            currency,
            occurred_at,
            delivery_id,
            raw_sha256,
        }
    }
}

const CURSORS: Cursors = Cursors("ledger");
const REPORT_CURSORS: Cursors = Cursors("reconciliations");
const LEDGER: CsvFile = CsvFile {
    name: "ledger",
    days: &[],
    instants: &["occurred_at"],
};
const RECONCILIATIONS: CsvFile = CsvFile {
    name: "reconciliations",
    days: &[],
    instants: &["at", "from", "to"],
};

/// The code of a currency, as it was asked.
///
/// # Errors
/// 422 for what is no three letters.
pub(crate) fn currency(code: String) -> Result<String, Problem> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(code);
    }
    Err(Problem::invalid(format!(
        "`{code}` is no currency of ISO 4217"
    )))
}

/// A booking's id and those of the bookings that were merged into it: entries keep the id under which they were posted.
async fn ids_of(store: &dyn Store, id: String) -> Result<BTreeSet<String>, Problem> {
    let found = repository::by_id(store, &id).await?;
    let known = found.iter().flat_map(|booking| booking.row.booking.ids());
    Ok(known.map(str::to_owned).chain([id.clone()]).collect())
}

/// Charges, refunds, fees and disputes, newest first. A page looks at 20,000 entries at most, so one of a rare filter may
/// be short although another follows.
#[utoipa::path(
    get, path = "/api/ledger", tag = "ledger", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<EntryView> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_ledger(
    _: Allowed<Administer>,
    State(api): State<BookingsApi>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let store = api.store.as_ref();
    let booking_ids = match params.booking_id {
        Some(id) => Some(ids_of(store, id).await?),
        None => None,
    };
    let sought = LedgerFilter {
        from: params.from,
        to: params.to,
        booking_ids,
        kind: params.kind,
        currency: params.currency.map(currency).transpose()?,
    };
    let page = |limit, cursor| ledger::page(store, &sought, limit, cursor);
    if csv_asked(params.format.as_deref())? {
        let entries = every(page).await?.into_iter().map(EntryView::from);
        return LEDGER.file(&api.rules.reporting_timezone, entries);
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (entries, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(
            api.clock.now(),
            entries.into_iter().map(EntryView::from).collect(),
        )
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportParams {
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^reconciliations[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// The reconciliations with Stripe, newest first.
#[utoipa::path(
    get, path = "/api/ledger/reconciliations", tag = "ledger", params(ReportParams),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<Reconciliation> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_reconciliations(
    _: Allowed<Administer>,
    State(api): State<BookingsApi>,
    params: Result<Query<ReportParams>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let store = api.store.as_ref();
    let page = |limit, cursor| reports(store, limit, cursor);
    if csv_asked(params.format.as_deref())? {
        return RECONCILIATIONS.file(&api.rules.reporting_timezone, every(page).await?);
    }
    let begin = REPORT_CURSORS.read(params.cursor.as_deref())?;
    let (items, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: REPORT_CURSORS.write(next),
        ..List::now(api.clock.now(), items)
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// A period; without it the last three days up to an hour ago.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Period {
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Compares the ledger with Stripe's statement now.
#[utoipa::path(
    post, path = "/api/ledger/reconcile", tag = "ledger", request_body = Option<Period>,
    responses((status = 200, body = Reconciliation), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn post_reconcile(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<BookingsApi>,
    OptionalBody(asked): OptionalBody<Period>,
) -> Result<Json<Reconciliation>, Problem> {
    let (from, to) = default_period(api.clock.now());
    let (from, to) = (asked.from.unwrap_or(from), asked.to.unwrap_or(to));
    let report = reconcile(&api.performer, from, to).await;
    let report = report.map_err(|error| match error {
        ReconcileError::Store(error) => error.into(),
        ReconcileError::Call(error) => error.into(),
        error @ (ReconcileError::Period | ReconcileError::TooLong) => {
            Problem::invalid(error.to_string())
        }
    })?;
    let subject = format!("{from}..{to}");
    api.access
        .note(&caller.user_id, "ledger_reconciled", &subject)
        .await?;
    Ok(Json(report))
}
