//! `/api/privacy/tasks`: what erasures have the vendors delete, and how far that is (X60).

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::privacy::{Ruling, RulingContext, TaskStatus, VendorTask, list_tasks, rule};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked};
use crate::list::{Counted, List, limit, offset, page_of};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_tasks))
        .routes(routes!(post_done))
        .routes(routes!(post_retry))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// pending, done, failed or manual; all without it.
    #[param(pattern = "^(pending|done|failed|manual)$")]
    status: Option<String>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

const SHEET: CsvFile = CsvFile {
    name: "vendor_tasks",
    days: &[],
    instants: &["created_at", "changed_at"],
};

/// The records of erased people that are deleted at their vendors, oldest first.
#[utoipa::path(
    get, path = "/api/privacy/tasks", tag = "contacts", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<VendorTask> = "application/json"), (String = "text/csv"))),
        (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_tasks(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let parse = |text: String| {
        let status = text.parse::<TaskStatus>();
        status.map_err(|_| Problem::invalid(format!("`{text}` is no status of a task")))
    };
    let status = params.status.map(parse).transpose()?;
    let (limit, offset) = (limit(params.limit)?, offset(params.cursor.as_deref())?);
    let tasks = list_tasks(api.store.as_ref(), status).await?;
    if csv {
        return SHEET.file(&api.rules.reporting_timezone, tasks);
    }
    let total = tasks.len();
    let (items, next_cursor) = page_of(tasks.into_iter(), limit, offset);
    let list = List {
        next_cursor,
        ..List::now(api.clock.now(), items)
    };
    Ok(Json(list.counted(total)).into_response())
}

/// Closes a task that an admin did by hand. A task that is done does not change.
#[utoipa::path(
    post, path = "/api/privacy/tasks/{id}/done", tag = "contacts",
    params(("id" = String, Path, description = "`task_id` of a task")),
    responses((status = 200, body = VendorTask), (status = 404, body = Problem), (status = 503, body = Problem))
)]
async fn post_done(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<VendorTask>, Problem> {
    ruled(&api, &caller.user_id, &id, Ruling::Done).await
}

/// Tries a task again that failed, or for which we had no key or right.
#[utoipa::path(
    post, path = "/api/privacy/tasks/{id}/retry", tag = "contacts",
    params(("id" = String, Path, description = "`task_id` of a task")),
    responses((status = 200, body = VendorTask), (status = 404, body = Problem), (status = 503, body = Problem))
)]
async fn post_retry(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<VendorTask>, Problem> {
    ruled(&api, &caller.user_id, &id, Ruling::Retry).await
}

async fn ruled(
    api: &Api,
    actor: &str,
    task_id: &str,
    ruling: Ruling,
) -> Result<Json<VendorTask>, Problem> {
    let by = RulingContext {
        store: api.store.as_ref(),
        ids: &*api.access.ids,
        kept: &api.rules.retention,
        actor,
        now: api.clock.now(),
    };
    let task = rule(&by, task_id, ruling).await?;
    task.map(Json)
        .ok_or_else(|| Problem::not_found(format!("no task is called `{task_id}`")))
}
