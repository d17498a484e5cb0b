//! Checkouts that Stripe does not open, or opens and does not tell (X69).

use bookpath_sandbox::stripe::Failure;
use serde_json::json;

use crate::booking_world::World;

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
