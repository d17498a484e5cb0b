//! `GET /api/contacts/candidates`.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::people::candidates;

use super::judged::judged;
use crate::csv_export::{Sheet, csv_asked};
use crate::instants::Instants;
use crate::list::{List, Paging, limit, offset, page_of};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

const SHEET: Sheet = Sheet {
    name: "candidates",
    days: &[],
    instants: &[],
};

/// Pairs of contacts that may be one person, the likeliest first, each once (X32, X33). Telephones and addresses are
/// masked.
#[utoipa::path(
    get, path = "/api/contacts/candidates", tag = "contacts", params(Paging),
    responses((status = 200, description = "a page of pairs and their `total`; with format=csv all of them as text/csv", content((List<Object> = "application/json"), (String = "text/csv"))))
)]
pub(super) async fn get_candidates(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let judged = judged(&api, Instants::default()).await?;
    let found = candidates(&judged.known);
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
