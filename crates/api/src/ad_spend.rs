//! `/api/ad-spend`: what advertising cost.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State, rejection::QueryRejection};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked, every};
use crate::list::{List, Paging, freshness, limit, offset};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};
use bookpath_app::lake::ad_spend::{RecordError, SpendError, from_csv, from_json, same_currency};
use bookpath_app::ports::{SpendEntry, SpendOutcome, TableRow};
use bookpath_models::Catalog;

/// Where spend is kept.
const TABLE: &str = "silver.ad_spend";
/// A year of a hundred campaigns is about 3 MB.
const BODY_BYTES_MAX: usize = 8 << 20;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_spend, post_spend))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

const SHEET: CsvFile = CsvFile {
    name: "ad_spend",
    days: &["day"],
    instants: &["recorded_at"],
};

/// Every revision of every day's spend.
#[utoipa::path(
    get, path = "/api/ad-spend", tag = "ad-spend", params(Paging),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((List<Object> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_spend(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    if csv_asked(params.format.as_deref())? {
        let rows = every(|limit, cursor| spend(&api, limit, cursor)).await?;
        let model = Catalog::get().and_then(|catalog| catalog.find(TABLE));
        let columns = &model.map_err(Problem::internal)?.spec.columns;
        let columns = columns.iter().map(|column| column.name.clone()).collect();
        return SHEET.objects(&api.rules.reporting_timezone, columns, rows);
    }
    let (as_of, lag_seconds) = freshness(&api).await?;
    let (items, next_cursor) = spend(&api, limit(params.limit)?, params.cursor.clone()).await?;
    let list = List {
        as_of,
        lag_seconds,
        items,
        next_cursor,
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// A page of revisions, and where the next one begins.
async fn spend(
    api: &Api,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<TableRow>, Option<String>), Problem> {
    let offset = offset(cursor.as_deref())?;
    let lake = &api.lake;
    let mut items = lake.rows(TABLE, &[], limit + 1, offset).await?;
    let next_cursor = (items.len() > limit).then(|| (offset + limit).to_string());
    items.truncate(limit);
    Ok((items, next_cursor))
}

/// How spend is recorded.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Recording {
    /// Say what the rows would change, and record nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Records spend; the same amount again changes nothing, another one is a new revision. Of a post that is refused nothing is
/// recorded; `extensions.faults` has a line for each fault, at most 100.
#[utoipa::path(
    post, path = "/api/ad-spend", tag = "ad-spend", params(Recording),
    request_body(content(
        (Vec<SpendEntry> = "application/json"),
        (String = "text/csv"),
    ), description = "rows, or {\"rows\": [...]}, or CSV with a header"),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = SpendOutcome), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn post_spend(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Recording>, QueryRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<SpendOutcome>, Problem> {
    let Query(Recording { dry_run }) = params?;
    let entries = if is_csv(&headers) {
        from_csv(&body).map_err(refused)?
    } else {
        from_json(&body).map_err(refused)?
    };
    match same_currency(api.lake.as_ref(), &entries).await {
        Ok(()) => {}
        Err(RecordError::Refused(error)) => return Err(refused(error)),
        Err(RecordError::Lake(failure)) => return Err(failure.into()),
    }
    if dry_run {
        return Ok(Json(api.lake.preview_ad_spend(&entries).await?));
    }
    // Before it is done, so that no change is without its line.
    let subject = days(&entries);
    api.access
        .note(&caller.user_id, "spend_recorded", &subject)
        .await?;
    Ok(Json(
        api.lake.append_ad_spend(&entries, api.clock.now()).await?,
    ))
}

fn refused(error: SpendError) -> Problem {
    let detail = error.to_string();
    let extensions = json!({ "faults": error.faults });
    Problem {
        extensions: Some(Box::new(extensions)),
        ..Problem::invalid_body(detail)
    }
}

/// How many rows of which days: names of campaigns are not for the audit trail.
fn days(entries: &[SpendEntry]) -> String {
    let days = || entries.iter().map(|entry| entry.day);
    match (days().min(), days().max()) {
        (Some(first), Some(last)) => format!("{} rows of {first}..{last}", entries.len()),
        _ => "no rows".to_owned(),
    }
}

/// What browsers, spreadsheets and Windows call a CSV file; media types have no case (RFC 9110).
fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/csv", "application/csv", "application/vnd.ms-excel"]
        .iter()
        .any(|csv| kind.eq_ignore_ascii_case(csv))
}
