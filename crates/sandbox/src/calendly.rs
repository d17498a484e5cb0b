//! A stand-in for Calendly's API: cancellations and single-use links.
//!
//! It knows the events that it is asked about only by name, so it sends no webhooks: whoever plays the invitee does.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// One organization.
#[derive(Debug, Clone, Default)]
pub struct Calendly {
    state: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// (event, reason), oldest first.
    canceled: Vec<(String, String)>,
    links: u64,
    failures: u32,
}

impl Calendly {
    /// The API.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/scheduled_events/{id}/cancellation", post(cancel))
            .route("/scheduling_links", post(link))
            .with_state(self.clone())
    }

    /// What was cancelled here: (event, reason), oldest first.
    #[must_use]
    pub fn canceled(&self) -> Vec<(String, String)> {
        self.lock().canceled.clone()
    }

    /// The next calls are answered 503.
    pub fn fail(&self, count: u32) {
        self.lock().failures = count;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn cancel(State(calendly): State<Calendly>, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    let mut known = calendly.lock();
    if known.failures > 0 {
        known.failures -= 1;
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "title": "Unavailable" }))).into_response();
    }
    if known.canceled.iter().any(|(event, _)| *event == id) {
        let answer = json!({ "title": "Permission Denied", "message": "Event is already canceled" });
        return (StatusCode::FORBIDDEN, Json(answer)).into_response();
    }
    let reason = body.get("reason").and_then(Value::as_str).unwrap_or_default();
    known.canceled.push((id, reason.to_owned()));
    (StatusCode::CREATED, Json(json!({ "resource": { "canceler_type": "host", "reason": reason } }))).into_response()
}

async fn link(State(calendly): State<Calendly>, Json(body): Json<Value>) -> Response {
    let mut known = calendly.lock();
    known.links += 1;
    let url = format!("https://calendly.com/d/sandbox-{:04}", known.links);
    (StatusCode::CREATED, Json(json!({ "resource": { "booking_url": url, "owner": body.get("owner"), "owner_type": "EventType" } })))
        .into_response()
}
