//! Money that does not go as planned: refunds side by side, payments that are not the price, calls that are made again.

use bookpath_sandbox::stripe::Failure;
use serde_json::{Value, json};

use crate::booking_world::World;

async fn give_back(world: &World, booking: &Value, amount_minor: i64) -> u16 {
    let id = booking["booking_id"].as_str().unwrap();
    let path = format!("/api/bookings/{id}/refund");
    let body = json!({ "amount_minor": amount_minor, "reason": "late start" });
    world.advance(1).await;
    world.stage.post(&path, &body).await.status
}

/// What the customer paid, as Stripe tells it of a session.
fn paid(id: &str, booking: &Value, money: &Value) -> Value {
    let mut object = json!({ "id": format!("cs_{id}"), "payment_intent": format!("pi_{id}"), "payment_status": "paid",
        "mode": "payment", "client_reference_id": booking["booking_id"] });
    object
        .as_object_mut()
        .unwrap()
        .extend(money.as_object().unwrap().clone());
    json!({ "id": format!("evt_{id}"), "type": "checkout.session.completed", "created": 1_772_366_460,
        "data": { "object": object } })
}

#[tokio::test]
async fn two_equal_refunds_are_two_refunds_also_when_the_second_meets_an_error() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    assert_eq!(give_back(&world, &booking, 5_000).await, 200);
    world.drain().await;
    world
        .vendors
        .stripe
        .fail("refunds", Failure::Unavailable, 1);
    assert_eq!(give_back(&world, &booking, 5_000).await, 200);
    world.drain().await;
    world.advance(600).await;
    world.deliver(1).await;
    assert_eq!(world.vendors.stripe.refunds().len(), 2);
    assert_eq!(world.view(&booking).await["refunded_minor"], 10_000);
    assert_eq!(give_back(&world, &booking, 5_001).await, 409);
}

#[tokio::test]
async fn a_cancellation_counts_a_refund_that_the_bank_takes_its_time_for() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world.vendors.stripe.fail("refunds", Failure::Pending, 1);
    assert_eq!(give_back(&world, &booking, 5_000).await, 200);
    world.drain().await;
    let canceled = world.canceled("2026-03-01T12:05:00Z");
    world.stage.calendly(&canceled).await;
    world.deliver(1).await;
    let amounts: Vec<i64> = world
        .vendors
        .stripe
        .refunds()
        .iter()
        .map(|r| r.amount)
        .collect();
    assert_eq!(amounts, [5_000, 10_000]);
    assert_eq!(world.view(&booking).await["state"], "REFUNDED");
}

#[tokio::test]
async fn a_payment_that_is_not_the_price_waits_for_an_admin() {
    let mut world = World::start(false).await;
    let booking = world.awaiting().await;
    let link = paid(
        "link",
        &booking,
        &json!({ "amount_total": 100, "currency": "usd" }),
    );
    assert_eq!(world.stage.stripe(&link).await.status, 200);
    world.drain().await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["payment_status"]),
        (&json!("AWAITING_PAYMENT"), &json!("unpaid"))
    );
    world.sweep().await;
    let alarms = world.stage.get("/api/ops").await.body["alarms"].clone();
    let detail = alarms[0]["detail"].as_str().unwrap();
    assert_eq!(alarms[0]["code"], "booking_stuck");
    assert!(
        detail.contains("1.00 USD") && detail.contains("150.00 USD"),
        "{detail}"
    );
    // The admin gives it back, and the customer pays the price on the page that is still open.
    assert_eq!(give_back(&world, &booking, 100).await, 200);
    world.drain().await;
    assert_eq!(world.vendors.stripe.refunds()[0].amount, 100);
    world.vendors.stripe.pay(&world.open_session()).unwrap();
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "CONFIRMED");
}

#[tokio::test]
async fn a_price_that_stripe_converted_confirms_and_is_booked_as_the_price() {
    for (id, money) in [
        (
            "old",
            json!({ "amount_total": 13_850, "currency": "eur", "currency_conversion":
                { "amount_total": 15_000, "amount_subtotal": 15_000, "fx_rate": "0.923333", "source_currency": "usd" } }),
        ),
        (
            "new",
            json!({ "amount_total": 15_000, "currency": "usd", "presentment_details":
                { "presentment_amount": 13_850, "presentment_currency": "eur" } }),
        ),
    ] {
        let world = World::start(false).await;
        let booking = world.awaiting().await;
        world.stage.stripe(&paid(id, &booking, &money)).await;
        world.drain().await;
        assert_eq!(world.view(&booking).await["state"], "CONFIRMED", "{id}");
        let ledger = world.stage.get("/api/ledger").await.body["items"].clone();
        assert_eq!(
            (&ledger[0]["amount_minor"], &ledger[0]["currency"]),
            (&json!(15_000), &json!("USD"))
        );
    }
}

/// Every start of `serve` listens on another port, so the addresses that a customer comes back to differ.
#[tokio::test]
async fn a_checkout_that_is_tried_again_on_another_port_is_the_same_checkout() {
    let mut world = World::start(true).await;
    let fault = json!({ "point": "effect.after_call", "action": "crash", "skip": 0 });
    assert_eq!(world.stage.post("/local/faults", &fault).await.status, 200);
    world.stage.calendly(&world.a1.created()).await;
    world.stage.restart().await;
    world.drain().await;
    assert_eq!(world.vendors.stripe.sessions().len(), 1);
    let item = world.stage.get("/api/bookings").await.body["items"][0].clone();
    assert_eq!(item["state"], "AWAITING_PAYMENT", "{item}");
    let url = item["checkout_url"].as_str().unwrap();
    assert!(url.ends_with(&world.open_session()), "{url}");
}
