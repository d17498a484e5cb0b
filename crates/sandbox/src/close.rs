//! A stand-in for Close's API: lists, the log of events, webhook subscriptions, notes, the deletion of contacts.
//!
//! It sends no webhooks: whoever plays the sales team sends them, and tells the stand-in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::trouble::{Trouble, meet};

/// What Close gives at most in a page of objects.
const PAGE_MAX: usize = 100;
/// What Close gives at most in a page of events.
const EVENTS_MAX: usize = 50;
/// The key that the stand-in signs with, in hex as Close shows it.
const SIGNATURE_KEY: &str = "00112233445566778899aabbccddeeff";

/// One organization.
#[derive(Debug, Clone, Default)]
pub struct Close {
    state: Arc<Mutex<Register>>,
    /// Rate limits and failures.
    pub trouble: Trouble,
}

#[derive(Debug, Default)]
struct Register {
    /// Of each kind (`opportunity`, `activity.call`) the objects by id.
    objects: BTreeMap<String, BTreeMap<String, Value>>,
    /// Oldest first.
    events: Vec<Value>,
    webhooks: BTreeMap<String, Value>,
    notes: Vec<Value>,
    made: u64,
    deletions_forbidden: bool,
}

impl Register {
    fn tell(&mut self, webhook: &Value) -> Option<()> {
        let event = webhook.get("event")?;
        let kind = event.get("object_type")?.as_str()?.to_owned();
        let data = event.get("data").cloned().unwrap_or(Value::Null);
        let id = data
            .get("id")
            .or_else(|| event.get("object_id"))?
            .as_str()?;
        let objects = self.objects.entry(kind).or_default();
        match event.get("action")?.as_str()? {
            "deleted" => drop(objects.remove(id)),
            "merged" => {
                let source = event.pointer("/meta/merge_source_lead_id")?.as_str()?;
                objects.remove(source);
            }
            _ => drop(objects.insert(id.to_owned(), data)),
        }
        self.events.push(event.clone());
        Some(())
    }

    fn next_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_sandbox{}", self.made)
    }
}

impl Close {
    /// The API, from `https://api.close.com/api/v1` on.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/{kind}/", get(objects))
            .route("/activity/{kind}/", get(activities))
            .route("/activity/note/", get(notes).post(write_note))
            .route("/contact/{id}/", delete(delete_contact))
            .route("/event/", get(events))
            .route("/webhook/", get(webhooks).post(subscribe))
            .route("/webhook/{id}/", delete(unsubscribe))
            .layer(from_fn_with_state(self.trouble.clone(), meet))
            .with_state(self.clone())
    }

    /// Close knows what this webhook tells, whether or not anybody sends it.
    pub fn tell(&self, webhook: &Value) {
        let told = self.lock().tell(webhook);
        debug_assert!(told.is_some(), "the webhook is one of an object");
    }

    /// Forgets an object without an event, as the log does after thirty days.
    pub fn lose(&self, id: &str) {
        for objects in self.lock().objects.values_mut() {
            objects.remove(id);
        }
    }

    /// Answers deletions with 403 from now on, as for a key without the right.
    pub fn forbid_deletions(&self) {
        self.lock().deletions_forbidden = true;
    }

    /// The ids of the contacts that it knows.
    #[must_use]
    pub fn contacts(&self) -> Vec<String> {
        let register = self.lock();
        let contacts = register.objects.get("contact").into_iter();
        contacts.flat_map(|all| all.keys().cloned()).collect()
    }

    /// The notes that were written here, oldest first.
    #[must_use]
    pub fn notes(&self) -> Vec<Value> {
        self.lock().notes.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Register> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type ListQuery = Query<BTreeMap<String, String>>;

fn number(asked: &BTreeMap<String, String>, name: &str) -> Option<usize> {
    asked.get(name)?.parse().ok()
}

async fn objects(
    State(close): State<Close>,
    Path(kind): Path<String>,
    Query(asked): ListQuery,
) -> Response {
    list(&close, &kind, &asked)
}

async fn activities(
    State(close): State<Close>,
    Path(kind): Path<String>,
    Query(asked): ListQuery,
) -> Response {
    let kind = if kind == "custom" {
        "custom_activity"
    } else {
        &kind
    };
    list(&close, &format!("activity.{kind}"), &asked)
}

/// Objects by date of creation.
fn list(close: &Close, kind: &str, asked: &BTreeMap<String, String>) -> Response {
    let register = close.lock();
    let contacts = register.objects.get("contact");
    let text = |object: &Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let address = asked.get("query").and_then(|query| query.split('"').nth(1));
    let mut found: Vec<Value> = register
        .objects
        .get(kind)
        .into_iter()
        .flat_map(|objects| objects.values())
        .filter(|object| {
            let from = asked.get("date_created__gte");
            from.is_none_or(|from| instant(&text(object, "date_created")) >= instant(from))
        })
        .cloned()
        .collect();
    if let Some(address) = address {
        for lead in &mut found {
            let own = contacts.into_iter().flat_map(|all| all.values());
            let own: Vec<&Value> = own.filter(|c| c["lead_id"] == lead["id"]).collect();
            lead["contacts"] = json!(own);
        }
        found.retain(|lead| lead["contacts"].to_string().contains(address));
    }
    found.sort_by_key(|object| (text(object, "date_created"), text(object, "id")));
    let (skip, limit) = (
        number(asked, "_skip").unwrap_or(0),
        number(asked, "_limit").unwrap_or(PAGE_MAX).min(PAGE_MAX),
    );
    let more = found.len() > skip + limit;
    let shown: Vec<Value> = found.into_iter().skip(skip).take(limit).collect();
    let mut response = Json(json!({ "data": shown, "has_more": more })).into_response();
    let limit = axum::http::HeaderValue::from_static("limit=100, remaining=50, reset=0.5");
    response.headers_mut().insert("ratelimit", limit);
    response
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The log, newest first. The cursor is how many of the oldest are left, so that new events move nothing.
async fn events(State(close): State<Close>, Query(asked): ListQuery) -> Json<Value> {
    let register = close.lock();
    let since = asked
        .get("date_updated__gte")
        .and_then(|text| instant(text));
    let left = number(&asked, "_cursor").unwrap_or(register.events.len());
    let limit = number(&asked, "_limit")
        .unwrap_or(EVENTS_MAX)
        .min(EVENTS_MAX);
    let fits = |event: &Value| {
        let at = event["date_updated"].as_str().and_then(log_instant);
        since.is_none_or(|since| at.is_some_and(|at| at >= since))
    };
    let mut shown = Vec::new();
    let mut next = None;
    for (place, event) in register.events[..left].iter().enumerate().rev() {
        if !fits(event) {
            continue;
        }
        if shown.len() == limit {
            next = Some((place + 1).to_string());
            break;
        }
        shown.push(event);
    }
    Json(json!({ "data": shown, "cursor_next": next, "cursor_previous": null }))
}

/// Close writes its own times without a zone; they are UTC.
fn log_instant(text: &str) -> Option<Timestamp> {
    instant(text).or_else(|| instant(&format!("{text}Z")))
}

async fn webhooks(State(close): State<Close>) -> Json<Value> {
    let listed: Vec<Value> = close.lock().webhooks.values().cloned().collect();
    Json(json!({ "data": listed, "has_more": false }))
}

async fn subscribe(State(close): State<Close>, Json(body): Json<Value>) -> Json<Value> {
    let mut register = close.lock();
    let id = register.next_id("whsub");
    let made =
        json!({ "id": id, "url": body["url"], "events": body["events"], "status": "active" });
    register.webhooks.insert(id, made.clone());
    let mut shown = made;
    shown["signature_key"] = json!(SIGNATURE_KEY);
    Json(shown)
}

async fn unsubscribe(State(close): State<Close>, Path(id): Path<String>) -> StatusCode {
    let removed = close.lock().webhooks.remove(&id);
    removed.map_or(StatusCode::NOT_FOUND, |_| StatusCode::NO_CONTENT)
}

/// Close answers the deletion of what is not there with 404.
async fn delete_contact(State(close): State<Close>, Path(id): Path<String>) -> Response {
    let mut register = close.lock();
    if register.deletions_forbidden {
        let body = json!({ "error": "You don't have permission to delete contacts" });
        return (StatusCode::FORBIDDEN, Json(body)).into_response();
    }
    let contacts = register.objects.get_mut("contact");
    match contacts.and_then(|all| all.remove(&id)) {
        Some(_) => Json(json!({})).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "Not Found" }))).into_response(),
    }
}

async fn notes(State(close): State<Close>, Query(asked): ListQuery) -> Json<Value> {
    let register = close.lock();
    let lead = asked.get("lead_id");
    let own = register
        .notes
        .iter()
        .filter(|note| lead.is_none_or(|lead| note["lead_id"] == **lead));
    let own: Vec<&Value> = own.collect();
    Json(json!({ "data": own, "has_more": false }))
}

async fn write_note(State(close): State<Close>, Json(body): Json<Value>) -> Json<Value> {
    let mut register = close.lock();
    let mut note = body;
    note["id"] = json!(register.next_id("acti"));
    register.notes.push(note.clone());
    Json(note)
}
