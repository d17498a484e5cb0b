//! A stand-in for Typeform's Responses and Webhooks APIs.
//!
//! It sends no webhooks: whoever plays the respondent sends them, and tells the stand-in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::trouble::{Trouble, meet};

/// What Typeform gives at most in a page.
const PAGE_MAX: usize = 1_000;

/// One account.
#[derive(Debug, Clone, Default)]
pub struct Typeform {
    forms: Arc<Mutex<BTreeMap<String, Form>>>,
    /// Rate limits and failures.
    pub trouble: Trouble,
}

#[derive(Debug, Default)]
struct Form {
    definition: Value,
    /// By submission and token.
    responses: BTreeMap<(Timestamp, String), Value>,
    webhooks: BTreeMap<String, Value>,
}

impl Typeform {
    /// An account with these forms, which nobody has filled in yet.
    #[must_use]
    pub fn with_forms(ids: &[String]) -> Self {
        let typeform = Self::default();
        let form = |id: &String| {
            let definition = json!({ "id": id, "title": id, "fields": [] });
            (
                id.clone(),
                Form {
                    definition,
                    ..Form::default()
                },
            )
        };
        typeform.lock().extend(ids.iter().map(form));
        typeform
    }

    /// The API.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/forms/{form}", get(form))
            .route(
                "/forms/{form}/responses",
                get(responses).delete(delete_responses),
            )
            .route("/forms/{form}/webhooks", get(webhooks))
            .route(
                "/forms/{form}/webhooks/{tag}",
                put(subscribe).delete(unsubscribe),
            )
            .layer(from_fn_with_state(self.trouble.clone(), meet))
            .with_state(self.clone())
    }

    /// The tokens of the responses that it knows of a form.
    #[must_use]
    pub fn tokens(&self, form: &str) -> Vec<String> {
        let forms = self.lock();
        let responses = forms
            .get(form)
            .into_iter()
            .flat_map(|form| form.responses.keys());
        responses.map(|(_, token)| token.clone()).collect()
    }

    /// Typeform knows the response of this webhook, whether or not anybody sends it.
    pub fn tell(&self, webhook: &Value) {
        let told = self.keep(webhook);
        debug_assert!(told.is_some(), "the webhook is one of a submitted response");
    }

    fn keep(&self, webhook: &Value) -> Option<()> {
        let mut response = webhook.get("form_response")?.clone();
        let form_id = response.get("form_id")?.as_str()?.to_owned();
        let token = response.get("token")?.as_str()?.to_owned();
        let at = response.get("submitted_at")?.as_str()?.parse().ok()?;
        let own = response.as_object_mut()?;
        own.insert("landing_id".to_owned(), json!(token));
        let definition = own.remove("definition");
        own.remove("form_id");
        let mut forms = self.lock();
        let form = forms.entry(form_id).or_default();
        if let Some(definition) = definition {
            form.definition = definition;
        }
        form.responses.insert((at, token), response);
        Some(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Form>> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown() -> Response {
    let body = json!({ "code": "FORM_NOT_FOUND", "description": "Non existing form" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

async fn form(State(typeform): State<Typeform>, Path(id): Path<String>) -> Response {
    match typeform.lock().get(&id) {
        Some(form) => Json(form.definition.clone()).into_response(),
        None => unknown(),
    }
}

async fn responses(
    State(typeform): State<Typeform>,
    Path(id): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let forms = typeform.lock();
    let Some(form) = forms.get(&id) else {
        return unknown();
    };
    let size = asked.get("page_size").and_then(|text| text.parse().ok());
    let size = size.unwrap_or(25).clamp(1, PAGE_MAX);
    let since = asked
        .get("since")
        .and_then(|text| text.parse::<Timestamp>().ok());
    // Newest first. The token names a place, also when newer responses have come in.
    let before = asked.get("before").and_then(|token| {
        let mut keys = form.responses.keys();
        keys.find(|(_, known)| known == token)
    });
    let fits = |key: &&(Timestamp, String)| {
        since.is_none_or(|since| key.0 >= since) && before.is_none_or(|before| *key < before)
    };
    let keys: Vec<&(Timestamp, String)> = form.responses.keys().rev().filter(fits).collect();
    let items = keys.iter().take(size).map(|key| &form.responses[*key]);
    let items: Vec<&Value> = items.collect();
    let pages = keys.len().div_ceil(size);
    Json(json!({ "total_items": keys.len(), "page_count": pages, "items": items })).into_response()
}

/// Forgets the responses with these tokens; tokens that it does not know change nothing.
async fn delete_responses(
    State(typeform): State<Typeform>,
    Path(id): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let mut forms = typeform.lock();
    let (Some(form), Some(tokens)) = (forms.get_mut(&id), asked.get("included_response_ids"))
    else {
        return unknown();
    };
    let named = |token: &str| tokens.split(',').any(|one| one == token);
    form.responses.retain(|(_, token), _| !named(token));
    StatusCode::OK.into_response()
}

async fn webhooks(State(typeform): State<Typeform>, Path(id): Path<String>) -> Json<Value> {
    let forms = typeform.lock();
    let listed: Vec<&Value> = forms
        .get(&id)
        .into_iter()
        .flat_map(|form| form.webhooks.values())
        .collect();
    Json(json!({ "items": listed }))
}

async fn subscribe(
    State(typeform): State<Typeform>,
    Path((id, tag)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Json<Value> {
    let mut made = body;
    made["tag"] = json!(tag);
    made["form_id"] = json!(id);
    let mut forms = typeform.lock();
    let form = forms.entry(id).or_default();
    form.webhooks.insert(tag, made.clone());
    Json(made)
}

async fn unsubscribe(
    State(typeform): State<Typeform>,
    Path((id, tag)): Path<(String, String)>,
) -> StatusCode {
    let mut forms = typeform.lock();
    let removed = forms
        .get_mut(&id)
        .and_then(|form| form.webhooks.remove(&tag));
    removed.map_or(StatusCode::NOT_FOUND, |_| StatusCode::NO_CONTENT)
}
