//! `GET /api/versions`: the instants at which numbers changed, for whoever wants to see them as they stood;
//! `GET /api/changes`: which numbers changed, and what caused it.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::access::Caller;
use bookpath_app::lake::changes::{NumberChange, changes};
use bookpath_app::ports::TableMoment;
use bookpath_domain::access::Role;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{Sheet, csv_asked, every, too_large};
use crate::list::{Counted, List, freshness, limit, offset};
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_versions))
        .routes(routes!(get_changes))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// `next_cursor` of the page before: an instant.
    #[param(value_type = Option<String>, format = DateTime)]
    cursor: Option<Timestamp>,
}

const VERSIONS: Sheet = Sheet {
    name: "versions",
    days: &[],
    instants: &["at"],
};
const CHANGES: Sheet = Sheet {
    name: "changes",
    days: &[],
    instants: &["at"],
};

/// The instants at which rows of the tables changed, newest first. Each can be given as `known_at`.
#[utoipa::path(
    get, path = "/api/versions", tag = "lake", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<TableMoment> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_versions(
    _: Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    if csv_asked(params.format.as_deref())? {
        let found = every(|limit, cursor| moments(&api, limit, cursor)).await?;
        return VERSIONS.file(&api.rules.reporting_timezone, found);
    }
    let cursor = params.cursor.map(|at| at.to_string());
    let (items, next_cursor) = moments(&api, limit(params.limit)?, cursor.clone()).await?;
    let (as_of, lag_seconds) = freshness(&api).await?;
    let list = List {
        as_of,
        lag_seconds,
        items,
        next_cursor,
    };
    Ok(Json(list.counted_from(cursor.as_deref())).into_response())
}

/// A page of instants, and where the next one begins.
async fn moments(
    api: &Api,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<TableMoment>, Option<String>), Problem> {
    let before = cursor.map(|text| {
        let read = text.parse::<Timestamp>();
        read.map_err(|_| Problem::invalid(format!("`{text}` is no cursor of this route")))
    });
    let mut items = api.lake.moments(before.transpose()?, limit + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| last.at.to_string());
    Ok((items, next_cursor))
}

/// Changes that are looked for, over all pages.
const CHANGES_MAX: usize = 20_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesParams {
    /// Changes of later runs only; by default those of the last day. Versions older than a week are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,5}$")]
    cursor: Option<String>,
}

/// Whose months a sales user sees: their own, which the table names by the user's id or by the team's address.
fn own_months(caller: &Caller) -> Option<Vec<String>> {
    let own = || vec![caller.user_id.clone(), caller.email.trim().to_lowercase()];
    (caller.role == Role::Sales).then(own)
}

/// Values of the gold tables that changed after an instant, each with the delivery or action that caused it. Sales see of
/// `kpi_monthly` their own rows.
#[utoipa::path(
    get, path = "/api/changes", tag = "lake", params(ChangesParams),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<NumberChange> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_changes(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<ChangesParams>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let since = params.since.unwrap_or_else(|| api.clock.now() - DAY);
    let own = own_months(&caller);
    let (lake, store) = (api.lake.as_ref(), api.store.as_ref());
    if csv {
        let found = changes(lake, store, since, CHANGES_MAX + 1, own.as_deref()).await?;
        if found.len() > CHANGES_MAX {
            return Err(too_large(&format!("{CHANGES_MAX} rows")));
        }
        return CHANGES.file(&api.rules.reporting_timezone, found);
    }
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?.min(CHANGES_MAX);
    let wanted = offset + limit + 1;
    let found = changes(lake, store, since, wanted, own.as_deref()).await?;
    let more = found.len() == wanted;
    let (as_of, lag_seconds) = freshness(&api).await?;
    let list = List {
        as_of,
        lag_seconds,
        items: found.into_iter().skip(offset).take(limit).collect(),
        next_cursor: more.then(|| (offset + limit).to_string()),
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}
