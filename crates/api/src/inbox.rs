//! The inbox: every delivery and what became of it.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_domain::{DeliveryStatus, ErrorClass, Vendor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked, every};
use crate::list::{Counted, Cursors, List, limit, sought_text};
use crate::permission::{Administer, Allowed};
use crate::webhooks::{ReceiptBody, problem};
use crate::{Api, Problem};
use bookpath_app::inbox::admit::reprocess;
use bookpath_app::inbox::delivery::{self, DeliveryRow};
use bookpath_app::inbox::search::{DeliveryFilter, search};
use bookpath_app::lake::lineage::raw_row;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_inbox))
        .routes(routes!(get_delivery))
        .routes(routes!(post_replay))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// received, processing, done, duplicate, ignored_kind, failed, quarantined or skipped_erased.
    #[param(
        value_type = Option<String>,
        pattern = "^(received|processing|done|duplicate|ignored_kind|failed|quarantined|skipped_erased)$"
    )]
    status: Option<DeliveryStatus>,
    /// calendly, stripe, typeform, close or sms.
    #[param(value_type = Option<String>, pattern = "^(calendly|stripe|typeform|close|sms)$")]
    vendor: Option<Vendor>,
    /// Who must act on it, of those that failed.
    #[param(
        value_type = Option<String>,
        pattern = "^(TRANSIENT_ERROR|VALIDATION_ERROR|PAYMENT_ERROR|INTEGRATION_ERROR|SYSTEM_ERROR)$"
    )]
    error_class: Option<ErrorClass>,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// A part of the delivery's id, its kind, its resource or the hash of its body, in letters of any case.
    #[param(max_length = 300)]
    q: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^inbox[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// One delivery with its status, its error class and how often it was tried.
#[derive(Debug, Serialize, ToSchema)]
struct InboxItem {
    delivery_id: String,
    vendor: &'static str,
    kind: Option<String>,
    resource_uri: Option<String>,
    status: &'static str,
    error_class: Option<&'static str>,
    error: Option<String>,
    attempts: u32,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    raw_sha256: String,
}

impl From<DeliveryRow> for InboxItem {
    fn from(row: DeliveryRow) -> Self {
        Self {
            delivery_id: row.delivery_id,
            vendor: row.vendor.as_str(),
            kind: row.kind,
            resource_uri: row.resource_uri,
            status: row.status.as_str(),
            error_class: row.error_class.map(ErrorClass::as_str),
            error: row.error,
            attempts: row.attempts,
            received_at: row.received_at,
            raw_sha256: row.raw_sha256,
        }
    }
}

const CURSORS: Cursors = Cursors("inbox");
const SHEET: CsvFile = CsvFile {
    name: "inbox",
    days: &[],
    instants: &["received_at"],
};

/// Every delivery, newest first. A page looks at 20,000 deliveries at most, so one of a rare filter may be short although
/// another follows.
#[utoipa::path(
    get, path = "/api/inbox", tag = "inbox", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<InboxItem> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_inbox(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let sought = DeliveryFilter {
        status: params.status,
        vendor: params.vendor,
        error_class: params.error_class,
        from: params.from,
        to: params.to,
        text: sought_text(params.q)?,
    };
    let page = |limit, cursor| search(api.store.as_ref(), &sought, limit, cursor);
    if csv {
        let rows = every(page).await?.into_iter().map(InboxItem::from);
        return SHEET.file(&api.rules.reporting_timezone, rows);
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (rows, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(
            api.clock.now(),
            rows.into_iter().map(InboxItem::from).collect(),
        )
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// One delivery, by its id or by the SHA-256 of its body.
#[utoipa::path(
    get, path = "/api/inbox/{delivery_id}", tag = "inbox", params(("delivery_id" = String, Path)),
    responses(
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 200, body = InboxItem), (status = 404, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_delivery(
    _: Allowed<Administer>,
    State(api): State<Api>,
    Path(delivery_id): Path<String>,
) -> Result<Json<InboxItem>, Problem> {
    let store = api.store.as_ref();
    let of_body = raw_row(store, &delivery_id).await?;
    let delivery_id = of_body.map_or(delivery_id, |place| place.delivery_id);
    Ok(Json(known(&api, &delivery_id).await?.into()))
}

/// The row of a delivery.
async fn known(api: &Api, delivery_id: &str) -> Result<DeliveryRow, Problem> {
    let found = delivery::find(api.store.as_ref(), delivery_id).await?;
    let (row, _) = found
        .ok_or_else(|| Problem::not_found(format!("no delivery is called `{delivery_id}`")))?;
    Ok(row)
}

/// Processes a delivery again from its raw body, for instance after a release that understands it.
#[utoipa::path(
    post, path = "/api/inbox/{delivery_id}/replay", tag = "inbox", params(("delivery_id" = String, Path)),
    responses(
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 200, body = ReceiptBody), (status = 404, body = Problem),
        (status = 409, description = "not_authentic: a quarantined body is never processed", body = Problem),
        (status = 503, body = Problem),
    )
)]
async fn post_replay(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(delivery_id): Path<String>,
) -> Result<Json<ReceiptBody>, Problem> {
    let row = known(&api, &delivery_id).await?;
    if row.status == DeliveryStatus::Quarantined {
        let detail = "the delivery was not authentic, so it is never processed";
        return Err(Problem::new(
            axum::http::StatusCode::CONFLICT,
            "not_authentic",
            detail,
        ));
    }
    // Before it is done, so that no replay is without its line.
    api.access
        .note(&caller.user_id, "delivery_replayed", &row.delivery_id)
        .await?;
    let vendor = row.vendor;
    let receipt = reprocess(&api.inbox, row)
        .await
        .map_err(|error| problem(vendor, &error))?;
    Ok(Json(receipt.into()))
}
