//! A stand-in for Calendly's API: cancellations, links, event types, invitees, the Scheduling API, lists, subscriptions,
//! deletions of people.
//!
//! It sends no webhooks: whoever plays the invitee sends them, and tells the stand-in, so that its lists show the same.

mod erasing;
mod lists;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::trouble::{Trouble, meet};

const BASE: &str = "https://api.calendly.com";

/// A failure of the next booking through the Scheduling API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingFailure {
    /// The booking is made, and the answer is 503.
    AfterTheWork,
    /// The slot is taken, and the answer is 400.
    SlotTaken,
}

/// One organization.
#[derive(Debug, Clone, Default)]
pub struct Calendly {
    state: Arc<Mutex<Known>>,
    diary: Arc<Mutex<lists::Diary>>,
    /// Rate limits and failures of the lists and subscriptions.
    pub trouble: Trouble,
}

#[derive(Debug, Default)]
struct Known {
    /// (event, reason), oldest first.
    canceled: Vec<(String, String)>,
    links: u64,
    /// Invitees that were made through the Scheduling API, oldest first.
    booked: Vec<Value>,
    failures: u32,
    refusals: u32,
    booking_failure: Option<BookingFailure>,
    /// People are deleted only here.
    enterprise: bool,
}

impl Calendly {
    /// The API.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/scheduled_events/{id}", get(event))
            .route("/scheduled_events/{id}/cancellation", post(cancel))
            .route("/scheduled_events/{id}/invitees/{invitee}", get(invitee))
            .route("/scheduling_links", post(link))
            .route("/event_types", get(event_types))
            .route("/users/me", get(me))
            .route("/invitees", post(book))
            .merge(erasing::router())
            .merge(lists::router().layer(from_fn_with_state(self.trouble.clone(), meet)))
            .with_state(self.clone())
    }

    /// What was cancelled here: (event, reason), oldest first.
    #[must_use]
    pub fn canceled(&self) -> Vec<(String, String)> {
        self.lock().canceled.clone()
    }

    /// The invitees that were made here, oldest first.
    #[must_use]
    pub fn booked(&self) -> Vec<Value> {
        self.lock().booked.clone()
    }

    /// The next calls are answered 503.
    pub fn fail(&self, count: u32) {
        self.lock().failures = count;
    }

    /// The next cancellations are answered 401, as with a token that was taken back.
    pub fn refuse(&self, count: u32) {
        self.lock().refusals = count;
    }

    /// The next booking fails so.
    pub fn fail_booking(&self, failure: BookingFailure) {
        self.lock().booking_failure = Some(failure);
    }

    fn diary(&self) -> std::sync::MutexGuard<'_, lists::Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(status: StatusCode, title: &str, message: &str) -> Response {
    (status, Json(json!({ "title": title, "message": message }))).into_response()
}

async fn cancel(
    State(calendly): State<Calendly>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let mut known = calendly.lock();
    if known.failures > 0 {
        known.failures -= 1;
        return refused(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "try again");
    }
    if known.refusals > 0 {
        known.refusals -= 1;
        return refused(
            StatusCode::UNAUTHORIZED,
            "Unauthenticated",
            "The access token is invalid",
        );
    }
    if known.canceled.iter().any(|(event, _)| *event == id) {
        return refused(
            StatusCode::FORBIDDEN,
            "Permission Denied",
            "Event is already canceled",
        );
    }
    let reason = body
        .get("reason")
        .and_then(Value::as_str)
        .unwrap_or_default();
    known.canceled.push((id, reason.to_owned()));
    (
        StatusCode::CREATED,
        Json(json!({ "resource": { "canceler_type": "host", "reason": reason } })),
    )
        .into_response()
}

async fn link(State(calendly): State<Calendly>, Json(body): Json<Value>) -> Response {
    let mut known = calendly.lock();
    known.links += 1;
    let url = format!("https://calendly.com/d/sandbox-{:04}", known.links);
    (StatusCode::CREATED, Json(json!({ "resource": { "booking_url": url, "owner": body.get("owner"), "owner_type": "EventType" } })))
        .into_response()
}

/// Any invitee. It is active unless its event was cancelled here.
async fn invitee(
    State(calendly): State<Calendly>,
    Path((event, invitee)): Path<(String, String)>,
) -> Json<Value> {
    let uri = format!("{BASE}/scheduled_events/{event}/invitees/{invitee}");
    let told = calendly.diary().invitee(&uri);
    let known = calendly.lock();
    let canceled = known.canceled.iter().any(|(id, _)| *id == event);
    let booked = known.booked.iter().find(|i| i["uri"] == uri.as_str());
    let email = told.map_or(Value::Null, |told| told["email"].clone());
    let mut resource = booked
        .cloned()
        .unwrap_or_else(|| json!({ "uri": uri, "email": email }));
    resource["status"] = json!(if canceled { "canceled" } else { "active" });
    Json(json!({ "resource": resource }))
}

/// Any event, with one invitee.
async fn event(State(calendly): State<Calendly>, Path(id): Path<String>) -> Json<Value> {
    let canceled = calendly
        .lock()
        .canceled
        .iter()
        .any(|(event, _)| *event == id);
    let (status, active) = if canceled {
        ("canceled", 0)
    } else {
        ("active", 1)
    };
    let counter = json!({ "total": 1, "active": active, "limit": 1 });
    Json(
        json!({ "resource": { "uri": format!("{BASE}/scheduled_events/{id}"), "status": status, "invitees_counter": counter } }),
    )
}

/// The invitees of an event that was made through the Scheduling API.
fn booked_invitees(
    calendly: &Calendly,
    event: &str,
    asked: &BTreeMap<String, String>,
) -> Json<Value> {
    let fits = |i: &&Value| {
        i["event"] == event
            && asked
                .get("email")
                .is_none_or(|email| i["email"] == email.as_str())
    };
    let known = calendly.lock();
    let found: Vec<Value> = known.booked.iter().filter(fits).cloned().collect();
    Json(collection(&found))
}

/// The events that were made through the Scheduling API for this address.
fn booked_events(calendly: &Calendly, email: &str) -> Json<Value> {
    let known = calendly.lock();
    let found: Vec<Value> = known
        .booked
        .iter()
        .filter(|i| i["email"] == email)
        .map(|i| json!({ "uri": i["event"], "status": "active", "start_time": i["start_time"] }))
        .collect();
    Json(collection(&found))
}

fn collection(items: &[Value]) -> Value {
    json!({ "collection": items, "pagination": { "count": items.len(), "next_page": null, "next_page_token": null } })
}

async fn event_types() -> Json<Value> {
    let kind = |id: &str, name: &str, minutes: u32| {
        json!({ "uri": format!("{BASE}/event_types/{id}"), "name": name, "active": true, "duration": minutes,
            "scheduling_url": format!("https://calendly.com/sandbox/{}", name.to_lowercase().replace(' ', "-")) })
    };
    Json(collection(&[
        kind("SANDBOX1", "Triage call", 30),
        kind("SANDBOX2", "Strategy session", 60),
    ]))
}

async fn me() -> Json<Value> {
    Json(
        json!({ "resource": { "uri": format!("{BASE}/users/SANDBOX"), "current_organization": format!("{BASE}/organizations/SANDBOX") } }),
    )
}

async fn book(State(calendly): State<Calendly>, Json(body): Json<Value>) -> Response {
    let mut known = calendly.lock();
    let failure = known.booking_failure.take();
    if failure == Some(BookingFailure::SlotTaken) {
        return refused(
            StatusCode::BAD_REQUEST,
            "Invalid Argument",
            "The start time is no longer available",
        );
    }
    let n = known.booked.len() + 1;
    let event = format!("{BASE}/scheduled_events/SANDBOX-E{n}");
    let resource = json!({
        "uri": format!("{event}/invitees/SANDBOX-I{n}"), "event": event, "status": "active", "scheduling_method": "api",
        "email": body["invitee"]["email"], "name": body["invitee"]["name"], "timezone": body["invitee"]["timezone"],
        "start_time": body["start_time"], "event_type": body["event_type"], "tracking": body["tracking"],
    });
    known.booked.push(resource.clone());
    if failure == Some(BookingFailure::AfterTheWork) {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "try again");
    }
    (StatusCode::CREATED, Json(json!({ "resource": resource }))).into_response()
}
