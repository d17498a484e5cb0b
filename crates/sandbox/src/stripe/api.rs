//! `/v1/...`.

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account::Stripe;
use super::failure::Failure;
use super::form::{Form, nested, number};
use super::state::{self, Refund, Session, Stored, event};
use super::statement;

/// What Stripe takes at most.
const KEY_BYTES_MAX: usize = 255;

/// A status, its JSON, and the events that follow.
type Done = (u16, Value, Vec<Value>);

pub(super) fn router(stripe: Stripe) -> Router {
    Router::new()
        .route(
            "/v1/checkout/sessions",
            post(create_session).get(list_sessions),
        )
        .route("/v1/checkout/sessions/{id}", get(get_session))
        .route("/v1/checkout/sessions/{id}/expire", post(expire_session))
        .route("/v1/refunds", post(create_refund).get(list_refunds))
        .route("/v1/balance_transactions", get(statement::list))
        .with_state(stripe)
}

async fn create_session(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    let base = stripe.base.clone();
    guarded(
        &stripe,
        "checkout/sessions",
        &headers,
        &body,
        |state, form, key, now| {
            let metadata = |prefix: &str| nested(form, prefix);
            let (Some(amount), Some(currency)) = (
                number(form, "line_items[0][price_data][unit_amount]"),
                form.get("line_items[0][price_data][currency]"),
            ) else {
                return (
                    400,
                    error(
                        "invalid_request_error",
                        "line_items[0][price_data] is missing",
                    ),
                    Vec::new(),
                );
            };
            let expires_at = number(form, "expires_at").unwrap_or(now + 86_400);
            if !(now + 1800..=now + 86_400).contains(&expires_at) {
                return (
                    400,
                    error(
                        "invalid_request_error",
                        "expires_at must be between 30 minutes and 24 hours ahead",
                    ),
                    Vec::new(),
                );
            }
            let session = Session {
                id: state.next_id("cs_test"),
                status: "open",
                payment_status: "unpaid",
                payment_intent: None,
                amount_total: amount,
                currency: currency.clone(),
                expires_at,
                created: now,
                client_reference_id: form.get("client_reference_id").cloned(),
                metadata: metadata("metadata"),
                intent_metadata: metadata("payment_intent_data[metadata]"),
                success_url: form.get("success_url").cloned(),
                cancel_url: form.get("cancel_url").cloned(),
                product: form
                    .get("line_items[0][price_data][product_data][name]")
                    .cloned()
                    .unwrap_or_default(),
                idempotency_key: key.map(str::to_owned),
            };
            let shown = session.json(&base);
            state.sessions.insert(session.id.clone(), session);
            (200, shown, Vec::new())
        },
    )
}

/// Newest first, all in one page.
async fn list_sessions(State(stripe): State<Stripe>, Query(query): Query<Form>) -> Json<Value> {
    let (state, _) = stripe.lock_now();
    let since = query
        .get("created[gte]")
        .and_then(|t| t.parse::<i64>().ok());
    let data: Vec<Value> = state
        .sessions
        .values()
        .rev()
        .filter(|s| since.is_none_or(|since| s.created >= since))
        .map(|s| s.json(&stripe.base))
        .collect();
    Json(json!({ "object": "list", "has_more": false, "data": data }))
}

async fn get_session(State(stripe): State<Stripe>, Path(id): Path<String>) -> Response {
    let (state, _) = stripe.lock_now();
    match state.sessions.get(&id) {
        Some(session) => Json(session.json(&stripe.base)).into_response(),
        None => plain(
            404,
            error("invalid_request_error", "No such checkout.session"),
        ),
    }
}

async fn expire_session(
    State(stripe): State<Stripe>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let base = stripe.base.clone();
    let now = (stripe.clock)();
    guarded(
        &stripe,
        "expire",
        &headers,
        &body,
        |state, _, _, _| match state.expire(&id, now) {
            Some(event) => (200, state.sessions[&id].json(&base), vec![event]),
            None => (
                400,
                error("invalid_request_error", "Only open sessions can be expired"),
                Vec::new(),
            ),
        },
    )
}

async fn create_refund(State(stripe): State<Stripe>, headers: HeaderMap, body: Bytes) -> Response {
    guarded(
        &stripe,
        "refunds",
        &headers,
        &body,
        |state, form, key, now| {
            let Some(payment_intent) = form.get("payment_intent").cloned() else {
                return (
                    400,
                    error("invalid_request_error", "payment_intent is missing"),
                    Vec::new(),
                );
            };
            // A payment that was told to Bookpath by hand was not made here; it is refunded all the same.
            let left = state.left(&payment_intent);
            let amount = number(form, "amount").or(left).unwrap_or(0);
            if amount <= 0 || left.is_some_and(|left| amount > left) {
                return (
                    400,
                    error(
                        "charge_already_refunded",
                        "the amount is more than what is left of the payment",
                    ),
                    Vec::new(),
                );
            }
            let metadata = nested(form, "metadata");
            let refund = state.refund(&payment_intent, amount, metadata, key, now);
            let shown = refund.json();
            let events = if left.is_some() {
                vec![event(&state.next_id("evt"), "refund.created", now, &shown)]
            } else {
                Vec::new()
            };
            (200, shown, events)
        },
    )
}

async fn list_refunds(State(stripe): State<Stripe>, Query(query): Query<Form>) -> Json<Value> {
    let state = stripe.lock();
    let wanted = query.get("payment_intent");
    let data: Vec<Value> = state
        .refunds
        .values()
        .rev()
        .filter(|r| wanted.is_none_or(|w| *w == r.payment_intent))
        .map(Refund::json)
        .collect();
    Json(json!({ "object": "list", "has_more": false, "data": data }))
}

/// Runs a call under Stripe's rules of idempotency and the failures that a test has asked for.
fn guarded(
    stripe: &Stripe,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(&mut state::State, &Form, Option<&str>, i64) -> Done,
) -> Response {
    let form: Form = url::form_urlencoded::parse(body).into_owned().collect();
    let key = headers.get("idempotency-key").and_then(|k| k.to_str().ok());
    let fingerprint = hex::encode(Sha256::digest([path.as_bytes(), b"\n", body].concat()));
    if key.is_some_and(|key| key.len() > KEY_BYTES_MAX) {
        return plain(
            400,
            error("idempotency_error", "a key has at most 255 characters"),
        );
    }
    let (mut state, now) = stripe.lock_now();
    state.forget_keys(now);
    if let Some(stored) = key.and_then(|key| state.keys.get_mut(key)) {
        return again(stored, &fingerprint);
    }
    let failure = state.failure(path);
    match failure {
        Some(Failure::Unavailable) => return plain(503, error("api_error", "try again")),
        Some(Failure::Declined) => return plain(400, error("invalid_request_error", "refused")),
        _ => {}
    }
    state.slow_refund = failure == Some(Failure::Pending);
    let (mut status, mut answer, events) = work(&mut state, &form, key, now.as_second());
    if failure == Some(Failure::StoredError) {
        (status, answer) = (500, error("api_error", "an error that stays with the key"));
    }
    if let Some(key) = key {
        let busy = u32::from(failure == Some(Failure::InFlight));
        state.keys.insert(
            key.to_owned(),
            Stored {
                fingerprint,
                at: now,
                busy,
                answer: (status, answer.clone()),
            },
        );
    }
    stripe.send_all(&mut state, &events);
    drop(state);
    if matches!(failure, Some(Failure::DropAfter | Failure::InFlight)) {
        broken()
    } else {
        plain(status, answer)
    }
}

/// The answer to a key that was used before.
fn again(stored: &mut Stored, fingerprint: &str) -> Response {
    if stored.fingerprint != fingerprint {
        let message = "the key was used with other parameters";
        return plain(400, error("idempotency_error", message));
    }
    if stored.busy > 0 {
        stored.busy -= 1;
        let message = "another call with this key is under way";
        return plain(409, error("idempotency_key_in_use", message));
    }
    let (status, answer) = stored.answer.clone();
    plain(status, answer)
}

fn plain(status: u16, body: Value) -> Response {
    (
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Json(body),
    )
        .into_response()
}

/// An answer whose connection breaks.
fn broken() -> Response {
    let cut = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Response::new(Body::from_stream(cut))
}

fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "type": "invalid_request_error", "code": code, "message": message } })
}
