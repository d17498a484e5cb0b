//! `/local/*`: moves the clock, drains, runs the ETL and injects faults, for tests and developers. Only `serve` has it.

mod messages;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequest, Path, Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use bookpath_api::Problem;
use bookpath_app::inbox::Inbox;
use bookpath_app::ports::{Clock as _, Ids as _, RandomIds};
use bookpath_app::sync::caretaker::CareReport;
use bookpath_app::sync::{SyncError, SyncReport};
use bookpath_domain::Vendor;
use bookpath_domain::inbox::vendor::UnknownVendor;
use bookpath_platform_local::clock::ClockError;
use bookpath_platform_local::faults::{Armed, FaultRegistry, POINTS};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::node::Node;
use crate::serve::demo;
use crate::serve::syncing::Syncing;
use crate::serve::timers::{EtlInput, RunFailure, Runner};
use crate::syncs::SyncFailure;

/// The state of the local routes.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) node: Node,
    pub(crate) runner: Runner,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) syncing: Syncing,
    /// Only with `--faults`.
    pub(crate) faults: Option<Arc<FaultRegistry>>,
    /// With `--demo`: the logins that are printed at the start are told to the log-in page, too.
    pub(crate) demo: bool,
    /// Held while the clock is moved, so that one move ends before the next begins.
    pub(crate) moving: Arc<Mutex<()>>,
}

/// The routes.
pub(crate) fn router(local: Local) -> Router {
    let mut router = Router::new()
        .route("/local/clock", get(get_clock).post(post_clock))
        .route("/local/drain", post(post_drain))
        .route("/local/etl", post(post_etl))
        .route("/local/sweep", post(post_sweep))
        .route("/local/sync/{vendor}", post(post_sync))
        .route("/local/watch", post(post_watch))
        .merge(messages::router());
    if local.demo {
        router = router.route("/local/demo", get(get_demo));
    }
    if local.faults.is_some() {
        router = router.route("/local/faults", get(get_faults).post(post_fault));
    }
    router
        .layer(axum::middleware::from_fn(own_machine))
        .with_state(local)
}

/// These routes need no login, so nobody but this machine's own programs may call them: no other machine, no page of
/// another site in this machine's browser, and no name that somebody else's DNS leads here.
async fn own_machine(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !peer.ip().to_canonical().is_loopback() || !host.is_some_and(is_loopback_name) {
        let detail = "/local is for this machine alone: ask it at 127.0.0.1 or localhost";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    if !bookpath_api::from_own_site(headers) {
        let detail = "the request does not come from this site";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", detail));
    }
    Ok(next.run(request).await)
}

/// Whether a `Host` header names this machine to itself.
fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    let is_ip = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_ip || name == "localhost" || name.ends_with(".localhost")
}

/// A JSON body of any content type. An empty body is `{}`.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|e| Problem::invalid_body(e.body_text()))?;
        let text: &[u8] = if bytes.trim_ascii().is_empty() {
            b"{}"
        } else {
            &bytes
        };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|e| Problem::invalid_body(e.to_string()))
    }
}

pub(crate) fn failed(failure: Failure) -> Problem {
    Problem::unavailable(failure.to_string())
}

async fn get_clock(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(json!({ "now": local.node.clock.now() })))
}

/// The demo's logins.
async fn get_demo(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    let password = demo::password(&local.node).map_err(failed)?;
    let logins: Vec<Value> = demo::LOGINS
        .iter()
        .map(|(role, email, _)| json!({ "role": role, "email": email, "password": password }))
        .collect();
    Ok(Json(json!({ "logins": logins })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    set: Option<Timestamp>,
    advance_seconds: Option<i64>,
}

/// Moves a set clock; every wait that is due in between runs in order, each at its own instant.
async fn post_clock(
    State(local): State<Local>,
    Body(asked): Body<Move>,
) -> Result<Json<Value>, Problem> {
    let _alone = local.moving.lock().await;
    let clock = &local.node.clock;
    let target = match (asked.set, asked.advance_seconds) {
        (Some(set), None) => set,
        (None, Some(seconds)) => clock
            .now()
            .checked_add(SignedDuration::from_secs(seconds))
            .map_err(|_| Problem::invalid(format!("{seconds} s lead out of time")))?,
        _ => return Err(Problem::invalid("give either `set` or `advance_seconds`")),
    };
    if !clock.is_set() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "system_clock",
            ClockError::System.to_string(),
        ));
    }
    if target < clock.now() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "clock_backwards",
            ClockError::Backwards { now: clock.now() }.to_string(),
        ));
    }
    local.runner.drain().await.map_err(failed)?;
    while let Some(due) = local
        .runner
        .next_due()
        .await
        .map_err(failed)?
        .filter(|due| *due <= target)
    {
        if due > clock.now() {
            clock
                .move_to(due)
                .map_err(|e| Problem::invalid(e.to_string()))?;
        }
        local.runner.drain().await.map_err(failed)?;
    }
    clock
        .move_to(target)
        .map_err(|e| Problem::invalid(e.to_string()))?;
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(json!({ "now": clock.now() })))
}

async fn post_drain(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(json!({ "idle": true })))
}

/// Runs the sweep, which no schedule starts under a set clock.
async fn post_sweep(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    let report = local
        .runner
        .business()
        .sweep(ETL_WAIT)
        .await
        .map_err(failed)?;
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(json!(report)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    since: Option<Timestamp>,
}

/// Runs a sync, which no schedule starts under a set clock, then the decisions and effects that follow from it.
async fn post_sync(
    State(local): State<Local>,
    Path(vendor): Path<String>,
    Body(asked): Body<SyncRequest>,
) -> Result<Json<SyncReport>, Problem> {
    let vendor: Vendor = vendor
        .parse()
        .map_err(|e: UnknownVendor| Problem::not_found(e.to_string()))?;
    local.runner.drain().await.map_err(failed)?;
    let report = local.syncing.syncs.run(vendor, asked.since, ETL_WAIT).await;
    let report = report.map_err(|failure| match failure {
        SyncFailure::Sync(SyncError::NotConfigured(why)) => Problem::not_found(why),
        SyncFailure::Sync(SyncError::Vendor(refused)) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            refused.to_string(),
        ),
        other => Problem::unavailable(other.to_string()),
    })?;
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(report))
}

/// Looks at the vendors' subscriptions, which no schedule does under a set clock.
async fn post_watch(State(local): State<Local>) -> Result<Json<CareReport>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    let care = local.syncing.watch(&local.node).await;
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(care))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EtlRequest {
    as_of: Option<Timestamp>,
    #[serde(default)]
    rebuild: bool,
}

async fn post_etl(
    State(local): State<Local>,
    Body(asked): Body<EtlRequest>,
) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    let input = EtlInput {
        as_of: asked.as_of.unwrap_or_else(|| local.node.clock.now()),
        rebuild: asked.rebuild,
        maintain: false,
        scheduled: false,
    };
    let id = format!("manual-{}", RandomIds.fresh());
    local
        .runner
        .etl(&id, &input)
        .await
        .map(Json)
        .map_err(|failure| match failure {
            RunFailure::Ended { error, cause } if error == "RefusedError" => {
                Problem::invalid(cause)
            }
            RunFailure::Ended { error, cause } if error == "QualityError" => {
                Problem::new(StatusCode::CONFLICT, "quality_failed", cause)
            }
            RunFailure::Ended { error, cause } => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "etl_failed",
                format!("{error}: {cause}"),
            ),
            RunFailure::Waiting(due) => {
                Problem::unavailable(format!("a step failed and is tried again at {due}"))
            }
            RunFailure::Store(failure) => failed(failure),
        })
}

async fn get_faults(State(local): State<Local>) -> Json<Value> {
    let armed = local
        .faults
        .map(|faults| faults.armed())
        .unwrap_or_default();
    Json(json!({ "points": POINTS, "armed": armed }))
}

async fn post_fault(
    State(local): State<Local>,
    Body(fault): Body<Armed>,
) -> Result<Json<Value>, Problem> {
    let faults = local
        .faults
        .ok_or_else(|| Problem::not_found("faults are off"))?;
    faults
        .arm(fault)
        .map_err(|e| Problem::invalid(e.to_string()))?;
    Ok(Json(json!({ "points": POINTS, "armed": faults.armed() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in ["127.0.0.1:8000", "localhost", "[::1]:80", "app.localhost"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in [
            "evil.test:8000",
            "localhost.evil.test",
            "10.0.0.1",
            "",
            "127.0.0.1.evil.test",
        ] {
            assert!(!is_loopback_name(host), "{host}");
        }
    }
}
