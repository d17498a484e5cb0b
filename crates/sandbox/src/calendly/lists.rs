//! The organization's events and invitees, as whoever plays the invitees has told of them, and its subscriptions.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BASE, Calendly, collection, refused};

/// What Calendly gives at most in a page.
const PAGE_MAX: usize = 100;

/// Events by start and uri, with their invitees by uri.
#[derive(Debug, Default)]
pub(super) struct Diary {
    events: BTreeMap<(Timestamp, String), Value>,
    invitees: BTreeMap<String, BTreeMap<String, Value>>,
    subscriptions: BTreeMap<String, Value>,
    /// Events that are listed, and not found when their invitees are asked for.
    lost: BTreeSet<String>,
    /// What the newest subscription signs with.
    signing_key: Option<String>,
    made: u64,
}

impl Diary {
    /// Keeps what a webhook tells: the invitee as it is now, and its event.
    fn tell(&mut self, webhook: &Value) -> Option<()> {
        let mut invitee = webhook.get("payload")?.clone();
        let event = invitee.as_object_mut()?.remove("scheduled_event")?;
        let uri = event.get("uri")?.as_str()?.to_owned();
        let start: Timestamp = event.get("start_time")?.as_str()?.parse().ok()?;
        let name = invitee.get("uri")?.as_str()?.to_owned();
        if webhook.get("event")? == "invitee_no_show.deleted" {
            invitee["no_show"] = Value::Null;
        }
        self.events.retain(|(_, known), _| *known != uri);
        self.events.insert((start, uri.clone()), event);
        self.invitees.entry(uri).or_default().insert(name, invitee);
        Some(())
    }

    /// An invitee as it is listed.
    pub(super) fn invitee(&self, uri: &str) -> Option<Value> {
        let mut all = self.invitees.values();
        all.find_map(|invitees| invitees.get(uri).cloned())
    }

    /// Forgets every invitee with one of these addresses.
    pub(super) fn forget(&mut self, emails: &[Value]) {
        for invitees in self.invitees.values_mut() {
            invitees.retain(|_, invitee| !emails.contains(&invitee["email"]));
        }
    }
}

impl Calendly {
    /// Calendly knows what this webhook tells, whether or not anybody sends it.
    pub fn tell(&self, webhook: &Value) {
        let told = self.diary().tell(webhook);
        debug_assert!(told.is_some(), "the webhook is one of a booking");
    }

    /// Changes an invitee as it is listed; `false` where there is none of this uri.
    pub fn change(&self, invitee_uri: &str, change: impl FnOnce(&mut Value)) -> bool {
        let mut diary = self.diary();
        let mut all = diary.invitees.values_mut();
        let found = all.find_map(|invitees| invitees.get_mut(invitee_uri));
        found.map(change).is_some()
    }

    /// An event is deleted after it was listed: nobody in it can be asked for.
    pub fn lose(&self, event_uri: &str) {
        self.diary().lost.insert(event_uri.to_owned());
    }

    /// The key that the newest subscription was made with.
    #[must_use]
    pub fn signing_key(&self) -> Option<String> {
        self.diary().signing_key.clone()
    }

    /// Calendly gives up on every subscription, as after a day of failures.
    pub fn disable_subscriptions(&self) {
        for subscription in self.diary().subscriptions.values_mut() {
            subscription["state"] = json!("disabled");
        }
    }
}

pub(super) fn router() -> Router<Calendly> {
    Router::new()
        .route("/scheduled_events", get(events))
        .route("/scheduled_events/{id}/invitees", get(invitees))
        .route("/webhook_subscriptions", get(subscriptions).post(subscribe))
        .route("/webhook_subscriptions/{id}", delete(unsubscribe))
}

type ListQuery = Query<BTreeMap<String, String>>;

/// A page of items in their order. The token is the key of the last item, so that what comes in meanwhile moves nothing.
fn page(items: &[(String, Value)], asked: &BTreeMap<String, String>) -> Json<Value> {
    let count = asked.get("count").and_then(|text| text.parse().ok());
    let count = count.unwrap_or(20).clamp(1, PAGE_MAX);
    let after = asked.get("page_token");
    let rest = items
        .iter()
        .filter(|(key, _)| after.is_none_or(|after| key > after));
    let listed: Vec<&(String, Value)> = rest.take(count + 1).collect();
    let next = listed.get(count).and(listed.get(count - 1));
    let shown: Vec<&Value> = listed.iter().take(count).map(|(_, item)| item).collect();
    Json(json!({ "collection": shown, "pagination": {
        "count": shown.len(), "next_page": null, "previous_page": null, "previous_page_token": null,
        "next_page_token": next.map(|(key, _)| key),
    } }))
}

async fn events(State(calendly): State<Calendly>, Query(asked): ListQuery) -> Json<Value> {
    if let Some(email) = asked.get("invitee_email") {
        return super::booked_events(&calendly, email);
    }
    let bound = |name: &str| {
        asked
            .get(name)
            .and_then(|text| text.parse::<Timestamp>().ok())
    };
    let (from, to) = (bound("min_start_time"), bound("max_start_time"));
    let diary = calendly.diary();
    let listed: Vec<(String, Value)> = diary
        .events
        .iter()
        .filter(|((start, _), _)| from.is_none_or(|from| *start >= from))
        .filter(|((start, _), _)| to.is_none_or(|to| *start < to))
        .map(|((start, uri), event)| (format!("{start:.6}|{uri}"), event.clone()))
        .collect();
    page(&listed, &asked)
}

async fn invitees(
    State(calendly): State<Calendly>,
    Path(id): Path<String>,
    Query(asked): ListQuery,
) -> Response {
    let uri = format!("{BASE}/scheduled_events/{id}");
    if calendly.diary().lost.contains(&uri) {
        let gone = "The server could not find the requested resource.";
        return refused(StatusCode::NOT_FOUND, "Resource Not Found", gone);
    }
    let told = calendly.diary().invitees.get(&uri).cloned();
    match told {
        Some(told) => {
            let wanted = asked.get("email");
            let told: Vec<(String, Value)> = told
                .into_iter()
                .filter(|(_, invitee)| wanted.is_none_or(|email| invitee["email"] == **email))
                .collect();
            page(&told, &asked).into_response()
        }
        None => super::booked_invitees(&calendly, &uri, &asked).into_response(),
    }
}

async fn subscriptions(State(calendly): State<Calendly>) -> Json<Value> {
    let listed: Vec<Value> = calendly.diary().subscriptions.values().cloned().collect();
    Json(collection(&listed))
}

async fn subscribe(State(calendly): State<Calendly>, Json(body): Json<Value>) -> Response {
    let mut diary = calendly.diary();
    let taken = diary
        .subscriptions
        .values()
        .any(|known| known["callback_url"] == body["url"]);
    if taken {
        return refused(
            StatusCode::CONFLICT,
            "Already Exists",
            "Hook with this url already exists",
        );
    }
    diary.made += 1;
    diary.signing_key = body["signing_key"].as_str().map(str::to_owned);
    let id = format!("SANDBOX-W{}", diary.made);
    let resource = json!({
        "uri": format!("{BASE}/webhook_subscriptions/{id}"), "callback_url": body["url"], "state": "active",
        "retry_started_at": null, "events": body["events"], "scope": body["scope"],
        "organization": body["organization"],
    });
    diary.subscriptions.insert(id, resource.clone());
    (StatusCode::CREATED, Json(json!({ "resource": resource }))).into_response()
}

async fn unsubscribe(State(calendly): State<Calendly>, Path(id): Path<String>) -> Response {
    match calendly.diary().subscriptions.remove(&id) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => refused(
            StatusCode::NOT_FOUND,
            "Resource Not Found",
            "The server could not find the requested resource.",
        ),
    }
}
