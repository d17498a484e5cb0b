//! `/v1/events` and `/v1/webhook_endpoints`.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::account::Stripe;

/// Items of a page, if the caller names no number; and at most.
const PAGE: usize = 10;
const PAGE_MAX: usize = 100;
/// What Stripe takes at most as `types`.
const TYPES_MAX: usize = 20;

pub(super) fn router(stripe: Stripe) -> Router {
    Router::new()
        .route("/v1/events", get(events))
        .route("/v1/webhook_endpoints", get(endpoints).post(create))
        .route("/v1/webhook_endpoints/{id}", post(change).delete(remove))
        .with_state(stripe)
}

/// Names and values; a list repeats its name.
struct FormFields(Vec<(String, String)>);

impl FormFields {
    fn read(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// Newest first.
async fn events(State(stripe): State<Stripe>, RawQuery(query): RawQuery) -> Response {
    let asked = FormFields::read(query.unwrap_or_default().as_bytes());
    let types: Vec<&str> = asked.all("types[]").collect();
    if types.len() > TYPES_MAX {
        return refused(StatusCode::BAD_REQUEST, "types has at most 20 entries");
    }
    let since: i64 = asked
        .one("created[gte]")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let limit: Option<usize> = asked.one("limit").and_then(|text| text.parse().ok());
    let limit = limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let fits = |event: &&Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        event["created"].as_i64() >= Some(since) && (types.is_empty() || types.contains(&kind))
    };
    let (state, _) = stripe.lock_now();
    let newest = state.events.iter().rev();
    let mut shown: Vec<&Value> = match asked.one("starting_after") {
        None => newest.filter(fits).take(limit + 1).collect(),
        Some(after) => {
            let rest = newest.skip_while(|event| event["id"] != after).skip(1);
            rest.filter(fits).take(limit + 1).collect()
        }
    };
    let more = shown.len() > limit;
    shown.truncate(limit);
    Json(json!({ "object": "list", "url": "/v1/events", "has_more": more, "data": shown }))
        .into_response()
}

async fn endpoints(State(stripe): State<Stripe>) -> Json<Value> {
    let (state, _) = stripe.lock_now();
    let shown: Vec<&Value> = state.endpoints.values().collect();
    Json(json!({ "object": "list", "has_more": false, "data": shown }))
}

/// The answer shows the secret, once.
async fn create(State(stripe): State<Stripe>, body: Bytes) -> Response {
    let asked = FormFields::read(&body);
    let kinds: Vec<&str> = asked.all("enabled_events[]").collect();
    let (Some(url), false) = (asked.one("url"), kinds.is_empty()) else {
        let missing = "url or enabled_events is missing";
        return refused(StatusCode::BAD_REQUEST, missing);
    };
    let (mut state, now) = stripe.lock_now();
    let id = state.next_id("we");
    let mut shown = json!({
        "object": "webhook_endpoint", "id": id, "url": url, "enabled_events": kinds, "status": "enabled", "livemode": false,
        "api_version": asked.one("api_version"), "description": asked.one("description"), "created": now.as_second(),
    });
    state.endpoints.insert(id.clone(), shown.clone());
    shown["secret"] = json!(format!("whsec_{id}"));
    Json(shown).into_response()
}

async fn change(State(stripe): State<Stripe>, Path(id): Path<String>, body: Bytes) -> Response {
    let asked = FormFields::read(&body);
    let (mut state, _) = stripe.lock_now();
    let Some(endpoint) = state.endpoints.get_mut(&id) else {
        return refused(StatusCode::NOT_FOUND, "No such webhook endpoint");
    };
    if let Some(disabled) = asked.one("disabled") {
        endpoint["status"] = json!(if disabled == "true" {
            "disabled"
        } else {
            "enabled"
        });
    }
    Json(endpoint.clone()).into_response()
}

async fn remove(State(stripe): State<Stripe>, Path(id): Path<String>) -> Response {
    let (mut state, _) = stripe.lock_now();
    match state.endpoints.remove(&id) {
        Some(_) => {
            let gone = json!({ "id": id, "object": "webhook_endpoint", "deleted": true });
            Json(gone).into_response()
        }
        None => refused(StatusCode::NOT_FOUND, "No such webhook endpoint"),
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    let error = json!({ "type": "invalid_request_error", "message": message });
    (status, Json(json!({ "error": error }))).into_response()
}
