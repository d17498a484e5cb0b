//! Lost webhooks, abandoned payments, and what stays undone.

use bookpath_sandbox::stripe::Failure;
use serde_json::{Value, json};

use crate::booking_world::{World, step, steps};

#[tokio::test]
async fn a_payment_whose_webhook_is_lost_is_found_by_asking_and_counts_once_when_it_comes_late() {
    let mut world = World::start(false).await;
    let booking = world.awaiting().await;
    world.vendors.stripe.pay(&world.open_session()).unwrap();
    let lost = world.vendors.events();
    assert_eq!(world.sweep().await["asked"], 0, "too early to ask");
    world.advance(601).await;
    let report = world.sweep().await;
    assert_eq!(
        (&report["asked"], &report["learned"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["paid_minor"]),
        (&json!("CONFIRMED"), &json!(15000))
    );
    for event in lost {
        world.stage.stripe(&event).await;
    }
    world.drain().await;
    let expected = [
        step("CREATED", "PENDING"),
        step("CALENDLY_WEBHOOK_RECEIVED", "AWAITING_PAYMENT"),
        step("PAYMENT_SUCCEEDED", "CONFIRMED"),
    ];
    assert_eq!(steps(&world.view(&booking).await), expected);
    assert_eq!(world.sweep().await["asked"], 0);
}

#[tokio::test]
async fn a_checkout_that_ran_out_unheard_is_found_by_asking_and_its_slot_given_back() {
    let world = World::start(false).await;
    let booking = world.awaiting().await;
    world.set("2026-03-01T13:00:00Z").await;
    assert_eq!(world.view(&booking).await["state"], "AWAITING_PAYMENT");
    world.sweep().await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["checkout_url"]),
        (&json!("EXPIRED"), &Value::Null)
    );
    world.advance(901).await;
    assert_eq!(
        world.vendors.calendly.canceled(),
        [("E1".to_owned(), "Not paid in time".to_owned())]
    );
    // Calendly's webhook is lost as well.
    world.sweep().await;
    assert_eq!(world.view(&booking).await["state"], "CANCELLED");
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    let subjects: Vec<&str> = letters
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["subject"].as_str().unwrap())
        .collect();
    assert_eq!(
        subjects,
        [
            "Your booking is about to be released",
            "Your booking is cancelled"
        ]
    );
}

#[tokio::test]
async fn who_comes_back_after_the_page_ran_out_gets_a_fresh_one() {
    let world = World::start(false).await;
    let booking = world.awaiting().await;
    world.set("2026-03-01T13:05:00Z").await;
    let (status, view) = world.act(&booking, "pay").await;
    assert_eq!(
        (status, &view["state"]),
        (200, &json!("AWAITING_PAYMENT")),
        "{view}"
    );
    let sessions = world.vendors.stripe.sessions();
    assert_eq!((sessions.len(), sessions[0].status), (2, "expired"));
    assert!(
        view["checkout_url"]
            .as_str()
            .unwrap()
            .ends_with(&sessions[1].id),
        "{view}"
    );
    assert_eq!(
        steps(&view)[2..],
        [
            step("SESSION_EXPIRED", "EXPIRED"),
            step("RETRY", "AWAITING_PAYMENT")
        ]
    );
}

#[tokio::test]
async fn a_slot_whose_payment_failed_is_not_held_for_ever() {
    let mut world = World::start(false).await;
    let booking = world.awaiting().await;
    world.vendors.stripe.decline(&world.open_session()).unwrap();
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "PAYMENT_FAILED");
    world.set("2026-03-01T13:10:00Z").await;
    world.sweep().await;
    assert_eq!(
        world.view(&booking).await["state"],
        "PAYMENT_FAILED",
        "the customer has a moment to try again"
    );
    world.set("2026-03-01T13:20:00Z").await;
    assert_eq!(world.sweep().await["released"], 1);
    let view = world.view(&booking).await;
    assert_eq!(view["state"], "CANCEL_PENDING");
    let last = view["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["trigger"], &last["actor"], &last["reason"]),
        (
            &json!("CANCEL"),
            &json!("system"),
            &json!("Not paid in time")
        )
    );
    assert_eq!(
        world.vendors.calendly.canceled(),
        [("E1".to_owned(), "Not paid in time".to_owned())]
    );
}

#[tokio::test]
async fn a_cancellation_whose_webhook_is_lost_still_gives_the_money_back() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    assert_eq!(world.act(&booking, "cancel").await.0, 200);
    world.drain().await;
    world.advance(601).await;
    world.sweep().await;
    world.deliver(1).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["refunded_minor"]),
        (&json!("REFUNDED"), &json!(15000))
    );
    assert_eq!(world.vendors.stripe.refunds().len(), 1);
    // The lost webhook arrives late.
    let before = steps(&view);
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:00:01Z", None))
        .await;
    world.drain().await;
    assert_eq!(steps(&world.view(&booking).await), before);
}

#[tokio::test]
async fn what_stays_undone_for_an_hour_is_an_alarm_until_it_is_done() {
    let world = World::start(false).await;
    world
        .vendors
        .stripe
        .fail("checkout/sessions", Failure::Unavailable, 40);
    let booking = world.awaiting().await;
    let key = format!("session:{}:1", booking["booking_id"].as_str().unwrap());
    world.advance(1500).await;
    world.sweep().await;
    assert_eq!(world.alarms().await, [("effect_retrying".to_owned(), key)]);
    world.advance(2400).await;
    world.sweep().await;
    // No checkout could be opened in time: the customer may try again, and an alarm tells the operators.
    let codes: Vec<String> = world.alarms().await.into_iter().map(|a| a.0).collect();
    assert_eq!(codes, ["effect_given_up"]);
    assert_eq!(world.view(&booking).await["state"], "PAYMENT_FAILED");
}

#[tokio::test]
async fn a_refund_that_the_bank_takes_its_time_for_is_asked_about_and_an_alarm_until_it_ends() {
    for arrived in [true, false] {
        let mut world = World::start(false).await;
        let booking = world.confirmed().await;
        world.vendors.stripe.fail("refunds", Failure::Pending, 1);
        let path = format!(
            "/api/bookings/{}/refund",
            booking["booking_id"].as_str().unwrap()
        );
        assert_eq!(
            world
                .stage
                .post(
                    &path,
                    &json!({ "amount_minor": 4000, "reason": "late start" })
                )
                .await
                .status,
            200
        );
        world.drain().await;
        assert_eq!(world.view(&booking).await["refunded_minor"], 0);
        world.advance(3600).await;
        world.sweep().await;
        let refund = world.vendors.stripe.refunds()[0].id.clone();
        assert_eq!(
            world.alarms().await,
            [("refund_pending".to_owned(), refund.clone())]
        );
        // The refund ends, and its webhook is lost.
        world.vendors.stripe.end_refund(&refund, arrived).unwrap();
        world.vendors.events();
        world.advance(300).await;
        assert_eq!(world.sweep().await["learned"], 1);
        assert_eq!(
            world.view(&booking).await["refunded_minor"],
            if arrived { 4000 } else { 0 }
        );
        assert!(world.alarms().await.is_empty());
    }
}
