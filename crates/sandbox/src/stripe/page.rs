//! The hosted checkout page: what it costs, and the ways out of it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use bookpath_domain::money::currency::decimal;

use super::account::Stripe;
use super::form::Form;
use super::state::{Payment, Session};
use crate::page::{escape, page};

const NOTE: &str = "A stand-in for Stripe's checkout: no card is asked for, and no money moves.";

pub(super) fn router(stripe: Stripe) -> Router {
    Router::new()
        .route("/pay/{id}", get(show))
        .route("/pay/{id}/{outcome}", post(settle))
        .with_state(stripe)
}

async fn show(
    State(stripe): State<Stripe>,
    Path(id): Path<String>,
    Query(query): Query<Form>,
) -> Response {
    let Some(session) = stripe.lock_now().0.sessions.get(&id).cloned() else {
        let text = "<p>There is no checkout of this name.</p>";
        let page = page("Checkout", NOTE, text);
        return (StatusCode::NOT_FOUND, Html(page)).into_response();
    };
    let content = if session.status == "open" {
        open(&session, query.contains_key("declined"))
    } else {
        format!("<p>This checkout is {}.</p>", session.status)
    };
    let back = session
        .cancel_url
        .as_deref()
        .map_or_else(String::new, |to| {
            format!("<p><a href=\"{}\">Back without paying</a></p>", escape(to))
        });
    let title = if session.product.is_empty() {
        "Checkout"
    } else {
        &session.product
    };
    Html(page(title, NOTE, &format!("{content}{back}"))).into_response()
}

fn open(session: &Session, declined: bool) -> String {
    let amount = decimal(session.amount_total, &session.currency);
    let currency = escape(&session.currency.to_uppercase());
    let (base, declined) = (
        &session.id,
        if declined {
            "<p class=bad role=alert>The card was declined. Try another one.</p>"
        } else {
            ""
        },
    );
    format!(
        "<p class=amount>{amount} {currency}</p>{declined}\
         <form method=post action=\"{base}/paid\"><button class=\"main wide\">Pay</button></form>\
         <form method=post action=\"{base}/failed\"><button class=wide>Use a card that is declined</button></form>"
    )
}

async fn settle(
    State(stripe): State<Stripe>,
    Path((id, outcome)): Path<(String, String)>,
) -> Response {
    let paid = outcome == "paid";
    let payment = if paid {
        Payment::Paid
    } else {
        Payment::Declined
    };
    let session = stripe.lock().sessions.get(&id).cloned();
    match (stripe.settle(&id, payment), session) {
        (Some(_), Some(session)) if paid && session.success_url.is_some() => {
            let back = session.success_url.unwrap_or_default();
            Redirect::to(&back.replace("{CHECKOUT_SESSION_ID}", &id)).into_response()
        }
        (Some(_), _) if paid => Redirect::to(&format!("{}/pay/{id}", stripe.base)).into_response(),
        (Some(_), _) => {
            Redirect::to(&format!("{}/pay/{id}?declined=1", stripe.base)).into_response()
        }
        (None, _) => {
            let page = page("Checkout", NOTE, "<p>This checkout is closed.</p>");
            (StatusCode::CONFLICT, Html(page)).into_response()
        }
    }
}
