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

/// Counters that every answer has, with 0 before the first count. The counters of metered use (`GET /api/bill`) appear when
/// they are first counted.
const COUNTERS: [&str; 40] = [
    "bookings",
    "channel_conflicts",
    "dead_letters",
    "effects_calendly",
    "effects_close",
    "effects_sms",
    "effects_stripe",
    "effects_tried",
    "effects_typeform",
    "errors_integration",
    "errors_payment",
    "errors_system",
    "errors_transient",
    "errors_validation",
    "logins_refused",
    "replayed",
    "skipped_erased",
    "sms_failed",
    "sms_inbound",
    "sms_sent",
    "sms_suppressed_appointment_started",
    "sms_suppressed_canceled",
    "sms_suppressed_erased",
    "sms_suppressed_invalid_phone",
    "sms_suppressed_no_phone",
    "sms_suppressed_no_show",
    "sms_suppressed_no_slot_before_start",
    "sms_suppressed_not_verified",
    "sms_suppressed_opted_out",
    "sms_suppressed_rescheduled",
    "sms_suppressed_responded",
    "sms_suppressed_skipped_stale_backfill",
    "sms_unknown",
    "webhook_duplicate",
    "webhook_failed",
    "webhook_ignored",
    "webhook_received",
    "webhook_rejected",
    "webhook_unknown_network",
    "webhook_variant",
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bookpath_app::effects::error_counter;
    use bookpath_domain::inbox::envelope::ErrorClass;

    use super::COUNTERS;

    /// What a bill is made of.
    const USE: [&str; 2] = ["machine_transitions", "sms_parts"];
    /// How the use cases name a counter where they count; the last one is the API's, too.
    const COUNTS: [&str; 3] = ["count(\"", "counter = \"", "counter: \""];

    /// The names behind these beginnings in the code of a folder, without its tests.
    fn counted_in(folder: &Path, begins: &[&str], found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                counted_in(&path, begins, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for begin in begins {
                let names = code.split(*begin).skip(1);
                found.extend(names.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }

    #[test]
    fn whatever_is_counted_is_there_from_the_start() {
        let mut found = Vec::new();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        counted_in(&here.join("../app/src"), &COUNTS, &mut found);
        counted_in(&here.join("src"), &COUNTS[2..], &mut found);
        found.extend(ErrorClass::ALL.map(|class| error_counter(class).to_owned()));
        assert!(
            found.iter().any(|name| name == "channel_conflicts"),
            "{found:?}"
        );
        found.retain(|name| !COUNTERS.contains(&name.as_str()) && !USE.contains(&name.as_str()));
        assert!(found.is_empty(), "not in COUNTERS: {found:?}");
    }
}
