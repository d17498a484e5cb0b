//! `GET /api/audit`: who did what.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::access::{AuditRow, SoughtLines, audit_trail};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked, every};
use crate::list::{Counted, Cursors, List, limit};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_audit))
}

const CURSORS: Cursors = Cursors("audit");
const SHEET: CsvFile = CsvFile {
    name: "audit",
    days: &[],
    instants: &["at"],
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Who did it: a user's id, `cli` or `unknown`.
    actor: Option<String>,
    action: Option<String>,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^audit[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// Who did what, newest first. A page looks at 20,000 lines at most, so one of a rare filter may be short although another
/// follows.
#[utoipa::path(
    get, path = "/api/audit", tag = "users", params(Params),
    responses((status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<AuditRow> = "application/json"), (String = "text/csv"))))
)]
async fn get_audit(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let store = api.store.as_ref();
    let sought = SoughtLines {
        actor: params.actor,
        action: params.action,
        from: params.from,
        to: params.to,
    };
    let page = |limit, cursor| audit_trail(store, &sought, limit, cursor);
    if csv_asked(params.format.as_deref())? {
        return SHEET.file(&api.rules.reporting_timezone, every(page).await?);
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (items, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(api.clock.now(), items)
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}
