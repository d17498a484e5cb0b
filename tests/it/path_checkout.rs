//! Checkouts that Stripe does not open, or opens and does not tell (X69).

use bookpath_sandbox::stripe::Failure;
use serde_json::json;

use crate::booking_world::{NOON, World};

/// Stripe has done it and answers 500 for as long as it knows the key. It is asked what exists (X69): the customer pays
/// on the checkout that is there, and nobody opens a second one beside it.
#[tokio::test]
async fn a_checkout_that_exists_behind_an_error_is_found() {
    let mut world = World::start(false).await;
    world
        .vendors
        .stripe
        .fail("checkout/sessions", Failure::StoredError, 1);
    let booking = world.post().await;
    world.stage.calendly(&world.a1.created()).await;
    world
        .stage
        .post("/local/clock", &json!({ "advance_seconds": 2400 }))
        .await;
    let sessions = world.vendors.stripe.sessions();
    assert_eq!(sessions.len(), 1);
    let view = world.view(&booking).await;
    assert_eq!(view["state"], "AWAITING_PAYMENT");
    let url = view["checkout_url"].as_str().unwrap();
    assert!(url.ends_with(&sessions[0].id), "{view}");
    world.vendors.stripe.pay(&sessions[0].id).unwrap();
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "CONFIRMED");
}

#[tokio::test]
async fn a_checkout_that_stripe_never_answers_is_a_payment_to_try_again() {
    let mut world = World::start(false).await;
    world
        .vendors
        .stripe
        .fail("checkout/sessions", Failure::Unavailable, 1_000);
    let booking = world.post().await;
    world.stage.calendly(&world.a1.created()).await;
    world
        .stage
        .post("/local/clock", &json!({ "advance_seconds": 2400 }))
        .await;
    assert_eq!(world.view(&booking).await["state"], "PAYMENT_FAILED");
    world.vendors.stripe.mend("checkout/sessions");
    // Calls to a vendor that failed again and again pause for half a minute.
    world
        .stage
        .post("/local/clock", &json!({ "advance_seconds": 60 }))
        .await;
    let (status, view) = world.act(&booking, "pay").await;
    assert_eq!(
        (status, view["checkout_url"].is_string()),
        (200, true),
        "{view}"
    );
    let sessions = world.vendors.stripe.sessions();
    assert_eq!(sessions.len(), 1);
    world.vendors.stripe.pay(&sessions[0].id).unwrap();
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "CONFIRMED");
}

/// The customer chose a bank transfer, which takes days: what is paid meanwhile would be paid twice.
#[tokio::test]
async fn a_transfer_on_its_way_is_not_paid_again() {
    let world = World::start(false).await;
    let booking = world.awaiting().await;
    let can = async |world: &World| {
        let view = world.view(&booking).await;
        let can = view["can"].as_array().unwrap();
        (view["payment_status"].clone(), can.contains(&json!("pay")))
    };
    assert_eq!(can(&world).await, (json!("unpaid"), true));
    let session = world.vendors.stripe.sessions().remove(0);
    let told = |id: &str, kind: &str| {
        let object = json!({ "id": session.id, "payment_intent": "pi_1", "payment_status": "unpaid", "metadata": session.metadata });
        json!({ "id": id, "type": kind, "created": world.second(NOON), "data": { "object": object } })
    };
    let on_its_way = told("evt_1", "checkout.session.completed");
    assert_eq!(world.stage.stripe(&on_its_way).await.status, 200);
    world.drain().await;
    assert_eq!(can(&world).await, (json!("processing"), false));
    let (status, problem) = world.act(&booking, "pay").await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("illegal_transition"))
    );
    let over = told("evt_2", "checkout.session.async_payment_failed");
    assert_eq!(world.stage.stripe(&over).await.status, 200);
    world.drain().await;
    assert_eq!(can(&world).await, (json!("failed"), true));
    assert_eq!(world.act(&booking, "pay").await.0, 200);
    assert_eq!(world.vendors.stripe.sessions().len(), 2);
}
