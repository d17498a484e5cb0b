//! Customers' links: the letter's, and the way back from the checkout.

use serde_json::{Value, json};

use crate::booking_world::World;
use crate::stage::Stage;

/// The booking and the token that the newest letter's link names.
async fn linked(stage: &Stage) -> (String, String) {
    let letters = stage.get("/local/mail").await.body["letters"].clone();
    let letter = letters.as_array().unwrap().last().unwrap().clone();
    let text = letter["body"].as_str().unwrap();
    let (page, token) = text.split_once("#token=").unwrap();
    let id = page.rsplit('/').next().unwrap();
    (id.to_owned(), token[..32].to_owned())
}

async fn trade(stage: &Stage, session: &str) -> (u16, Value) {
    let body = json!({ "session_id": session });
    let answer = stage
        .with_token("POST", "/api/bookings/session", "", &body)
        .await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_letters_link_opens_the_booking_and_says_what_may_be_done() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    let (id, token) = linked(&world.stage).await;
    assert_eq!(booking["booking_id"], json!(id));
    let path = format!("/api/bookings/{id}");
    let seen = world
        .stage
        .with_token("GET", &path, &token, &Value::Null)
        .await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(seen.body["can"], json!(["cancel", "reschedule"]));
    assert_eq!(seen.body["refund_if_cancelled_minor"], 15_000);
    let path = format!("{path}/cancel");
    let cancelled = world
        .stage
        .with_token("POST", &path, &token, &json!({}))
        .await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    assert_eq!(cancelled.body["state"], "CANCEL_PENDING");
}

#[tokio::test]
async fn a_paid_session_opens_its_booking_once_and_for_an_hour() {
    let mut world = World::start(false).await;
    let booking = world.awaiting().await;
    let session = world.open_session();
    assert_eq!(
        trade(&world.stage, &session).await.0,
        409,
        "nothing is paid yet"
    );
    assert_eq!(trade(&world.stage, "cs_nobody").await.0, 404);
    world.vendors.stripe.pay(&session).unwrap();
    world.deliver(1).await;
    let (status, opened) = trade(&world.stage, &session).await;
    assert_eq!(
        (status, &opened["state"]),
        (200, &json!("CONFIRMED")),
        "{opened}"
    );
    assert_eq!(opened["booking_id"], booking["booking_id"]);
    assert_eq!(world.view(&opened).await["state"], "CONFIRMED");
    assert_eq!(trade(&world.stage, &session).await.0, 404, "once");
}

#[tokio::test]
async fn an_hour_after_the_payment_its_session_opens_nothing() {
    let mut world = World::start(false).await;
    world.awaiting().await;
    let session = world.open_session();
    world.vendors.stripe.pay(&session).unwrap();
    world.deliver(1).await;
    world.advance(3_601).await;
    assert_eq!(trade(&world.stage, &session).await.0, 404);
}
