//! The hosted checkout page: what it costs, and two buttons.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use bookpath_domain::money::currency::decimal;

use super::account::Stripe;
use super::state::Payment;

pub(super) fn router(stripe: Stripe) -> Router {
    Router::new()
        .route("/pay/{id}", get(show))
        .route("/pay/{id}/{outcome}", post(settle))
        .with_state(stripe)
}

async fn show(State(stripe): State<Stripe>, Path(id): Path<String>) -> Response {
    let Some(session) = stripe.lock_now().0.sessions.get(&id).cloned() else {
        return (StatusCode::NOT_FOUND, "no such checkout").into_response();
    };
    if session.status != "open" {
        return Html(format!(
            "<!doctype html><title>Checkout</title><p>This checkout is {}.</p>",
            session.status
        ))
        .into_response();
    }
    let amount = decimal(session.amount_total, &session.currency);
    let product = escape(&session.product);
    Html(format!(
        "<!doctype html><title>Checkout (sandbox)</title><h1>{product}</h1><p>{amount} {}</p>\
         <form method=post action=\"{}/paid\"><button>Pay</button></form>\
         <form method=post action=\"{}/failed\"><button>Use a card that is declined</button></form>",
        escape(&session.currency.to_uppercase()),
        session.id,
        session.id,
    ))
    .into_response()
}

async fn settle(
    State(stripe): State<Stripe>,
    Path((id, outcome)): Path<(String, String)>,
) -> Response {
    let paid = outcome == "paid";
    let back = stripe
        .lock()
        .sessions
        .get(&id)
        .and_then(|s| s.success_url.clone());
    match (
        stripe.settle(
            &id,
            if paid {
                Payment::Paid
            } else {
                Payment::Declined
            },
        ),
        back,
    ) {
        (None, _) => (StatusCode::CONFLICT, "this checkout is closed").into_response(),
        (Some(_), Some(back)) if paid => {
            Redirect::to(&back.replace("{CHECKOUT_SESSION_ID}", &id)).into_response()
        }
        (Some(_), _) => Redirect::to(&format!("{}/pay/{id}", stripe.base)).into_response(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
