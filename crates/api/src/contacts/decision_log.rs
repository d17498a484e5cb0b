//! `GET /api/contacts/decisions`.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::people::{DecisionLine, decision_log};

use super::judged::judged;
use crate::csv_export::{Sheet, csv_asked};
use crate::instants::Instants;
use crate::list::{Counted, List, Paging, limit, offset, page_of};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

const SHEET: Sheet = Sheet {
    name: "decisions",
    days: &[],
    instants: &["at"],
};

/// Every merge, every pair told apart and everything taken back, newest first, with who decided it and why.
#[utoipa::path(
    get, path = "/api/contacts/decisions", tag = "contacts", params(Paging),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<DecisionLine> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_decisions(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let judged = judged(&api, Instants::default()).await?;
    let found = decision_log(&judged.known);
    if csv {
        return SHEET.file(&api.rules.reporting_timezone, found);
    }
    let total = found.len();
    let (items, next_cursor) = page_of(found.into_iter(), limit, offset);
    let list = List {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        items,
        next_cursor,
    };
    Ok(Json(list.counted(total)).into_response())
}
