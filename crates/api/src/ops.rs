//! `GET /api/ops`: how the system is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::list::freshness;
use crate::permission::{Administer, Allowed};
use crate::waiting::{Waiting, waiting};
use crate::{Api, Problem};
use bookpath_app::bronze::register;
use bookpath_app::operators::alarms::{self, Alarm};
use bookpath_app::operators::notifications::{Notification, notifications};
use bookpath_app::privacy::{OpenTasks, open_tasks};
use bookpath_app::sync::subscriptions::{SubscriptionState, states};
use bookpath_app::sync::{SyncReport, run, runs};

/// Counters that are there from the start, so that nobody has to tell "none yet" from "no such counter".
const COUNTERS: [&str; 13] = [
    "webhook_received",
    "webhook_duplicate",
    "webhook_variant",
    "webhook_ignored",
    "webhook_failed",
    "webhook_rejected",
    "dead_letters",
    "replayed",
    "effects_sms",
    "effects_stripe",
    "effects_calendly",
    "effects_close",
    "effects_typeform",
];
const NOTIFICATIONS: usize = 20;
const SYNCS: usize = 20;
/// Pending objects are counted up to this many.
const PENDING_MAX: usize = 10_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_ops))
        .routes(routes!(get_sync))
}

/// Freshness, queues, counters and what the operators were told.
#[derive(Debug, Serialize, ToSchema)]
struct Ops {
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    lag_seconds: Option<i64>,
    counters: BTreeMap<String, i64>,
    /// Bronze objects that wait for a run, at most 10,000 counted.
    pending_objects: usize,
    #[schema(value_type = Vec<Object>)]
    tables: Vec<bookpath_app::ports::TableState>,
    /// The newest messages to the operators.
    #[schema(value_type = Vec<Object>)]
    notifications: Vec<Notification>,
    /// The newest runs of the syncs, newest first; each names at most 100 missed deliveries: `GET /api/ops/syncs/{run_id}` names all.
    syncs: Vec<SyncReport>,
    /// The vendors' webhook subscriptions as the last watch saw them.
    subscriptions: Vec<SubscriptionState>,
    /// What somebody must look at, oldest first.
    alarms: Vec<Alarm>,
    waiting: Waiting,
    /// What erasures still have the vendors delete, by status: `GET /api/privacy/tasks`.
    vendor_tasks: OpenTasks,
}

/// How the system is.
#[utoipa::path(get, path = "/api/ops", tag = "ops", responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = Ops), (status = 503, body = Problem)))]
async fn get_ops(_: Allowed<Administer>, State(api): State<Api>) -> Result<Json<Ops>, Problem> {
    let (as_of, lag_seconds) = freshness(&api).await?;
    let mut counters: BTreeMap<String, i64> = COUNTERS
        .iter()
        .map(|name| ((*name).to_owned(), 0))
        .collect();
    counters.extend(api.store.counters().await?);
    Ok(Json(Ops {
        as_of,
        lag_seconds,
        counters,
        pending_objects: register::pending(api.store.as_ref(), PENDING_MAX)
            .await?
            .len(),
        tables: api.lake.tables().await?,
        notifications: notifications(api.store.as_ref(), NOTIFICATIONS).await?,
        syncs: runs(api.store.as_ref(), SYNCS).await?,
        subscriptions: states(api.store.as_ref()).await?,
        alarms: alarms::standing(api.store.as_ref()).await?,
        waiting: waiting(&api).await?,
        vendor_tasks: open_tasks(api.store.as_ref()).await?,
    }))
}

/// One run of a sync with every missed delivery that it named, at most 10,000.
#[utoipa::path(get, path = "/api/ops/syncs/{run_id}", tag = "ops", params(("run_id" = String, Path)), responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = SyncReport), (status = 404, body = Problem), (status = 503, body = Problem)))]
async fn get_sync(
    _: Allowed<Administer>,
    State(api): State<Api>,
    Path(run_id): Path<String>,
) -> Result<Json<SyncReport>, Problem> {
    let found = run(api.store.as_ref(), &run_id).await?;
    found.map(Json).ok_or_else(|| {
        Problem::not_found("no sync has this id, or it is not in the history any more")
    })
}
