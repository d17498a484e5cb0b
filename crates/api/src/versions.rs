//! `GET /api/versions`: the instants at which numbers changed, for whoever wants to see them as they stood;
//! `GET /api/changes`: which numbers changed, and what caused it.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::access::Caller;
use bookpath_app::lake::changes::{ChangesQuery, NumberChange, changes};
use bookpath_app::ports::{ChangesPlace, TableMoment};
use bookpath_domain::access::Role;
use bookpath_domain::numbers::month::Month;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked, every, too_large};
use crate::list::{Counted, List, freshness, limit};
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

const VERSIONS: CsvFile = CsvFile {
    name: "versions",
    days: &[],
    instants: &["at"],
};
const CHANGES: CsvFile = CsvFile {
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

/// Changes that a file has at most.
const CHANGES_MAX: usize = 20_000;
/// Parts that a file is put together from: each is what one request may look at.
const PARTS_MAX: usize = 4;
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
    /// `YYYY-MM`: corrections of months before this one only, which are changes of rows that were there before.
    #[param(value_type = Option<String>, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    corrected_before: Option<Month>,
    /// At most 1000, by default 200. A page has fewer values, or none, where it takes too long to find more.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,14}_[0-9]{1,9}$")]
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
    let own = own_months(&caller);
    let since = params.since.unwrap_or_else(|| api.clock.now() - DAY);
    let mut asked = ChangesQuery {
        since: since.max(Timestamp::UNIX_EPOCH),
        from: params.cursor.as_deref().map(place_of).transpose()?,
        limit: limit(params.limit)?,
        users: own.as_deref(),
        corrected_before: params.corrected_before,
    };
    if csv_asked(params.format.as_deref())? {
        asked.from = None;
        let found = all_changes(&api, asked).await?;
        return CHANGES.file(&api.rules.reporting_timezone, found);
    }
    let found = changes(api.lake.as_ref(), api.store.as_ref(), &asked).await?;
    let (as_of, lag_seconds) = freshness(&api).await?;
    let list = List {
        as_of,
        lag_seconds,
        items: found.found,
        next_cursor: found.next.map(cursor_of),
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// The changes of all pages.
async fn all_changes(api: &Api, mut asked: ChangesQuery<'_>) -> Result<Vec<NumberChange>, Problem> {
    let mut all = Vec::new();
    for _ in 0..PARTS_MAX {
        asked.limit = CHANGES_MAX + 1 - all.len();
        let part = changes(api.lake.as_ref(), api.store.as_ref(), &asked).await?;
        all.extend(part.found);
        if all.len() > CHANGES_MAX {
            return Err(too_large(&format!("{CHANGES_MAX} rows")));
        }
        if part.next.is_none() {
            return Ok(all);
        }
        asked.from = part.next;
    }
    Err(too_large("the runs that one answer looks at"))
}

/// A place as a cursor: milliseconds since 1970, and the values of the next run that come before it.
fn cursor_of(place: ChangesPlace) -> String {
    format!("{}_{}", place.since.as_millisecond(), place.skip)
}

fn place_of(cursor: &str) -> Result<ChangesPlace, Problem> {
    let read = || {
        let (since, skip) = cursor.split_once('_')?;
        Some(ChangesPlace {
            since: Timestamp::from_millisecond(since.parse().ok()?).ok()?,
            skip: skip.parse().ok()?,
        })
    };
    read().ok_or_else(|| Problem::invalid(format!("`{cursor}` is no cursor of this route")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        for (text, skip) in [("2026-03-01T10:30:00.125Z", 0), ("1970-01-01T00:00:00Z", 7)] {
            let since = text.parse().unwrap();
            let place = ChangesPlace { since, skip };
            assert_eq!(place_of(&cursor_of(place)).unwrap(), place);
        }
        for text in ["", "5", "5_", "_5", "5_-1", "999999999999999999_0", "5_5_5"] {
            assert_eq!(place_of(text).unwrap_err().status, 422, "{text}");
        }
    }
}
