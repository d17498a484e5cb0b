//! The five classes of errors: what is done about each, how often, and what the customer sees.

use bookpath_sandbox::stripe::Failure;
use serde_json::{Value, json};

use crate::booking_world::World;

#[tokio::test]
async fn a_transient_error_is_tried_again_with_growing_pauses_and_shown_until_it_is_over() {
    let world = World::start(false).await;
    world
        .vendors
        .stripe
        .fail("checkout/sessions", Failure::Unavailable, 3);
    let booking = world.awaiting().await;
    let trouble = world.view(&booking).await["trouble"].clone();
    assert_eq!(
        (&trouble["class"], &trouble["attempts"]),
        (&json!("TRANSIENT_ERROR"), &json!(1)),
        "{trouble}"
    );
    assert!(
        trouble["next_try_at"].is_string()
            && trouble["message"].as_str().unwrap().contains("try again"),
        "{trouble}"
    );
    world.advance(60).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["trouble"], view["checkout_url"].is_string()),
        (&Value::Null, true)
    );
    let metrics = world.stage.get("/api/bookings/metrics").await.body;
    let transient =
        &metrics["technical"]["error_rate_by_category"]["categories"]["TRANSIENT_ERROR"];
    assert_eq!(transient["numerator"], 3, "{transient}");
}

#[tokio::test]
async fn a_validation_error_names_what_is_to_be_corrected_and_stores_nothing() {
    let world = World::start(false).await;
    for (body, named) in [
        (
            json!({ "session_type_id": "strategy", "email": "nobody" }),
            "email",
        ),
        (
            json!({ "session_type_id": "strategy", "phone": "12" }),
            "phone",
        ),
        (
            json!({ "session_type_id": "strategy", "timezone": "Mars/Base" }),
            "timezone",
        ),
        (
            json!({ "session_type_id": "strategy", "state": "CONFIRMED" }),
            "state",
        ),
    ] {
        let answer = world.stage.post("/api/bookings", &body).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (422, &json!("invalid_body"))
        );
        assert!(
            answer.body["detail"].as_str().unwrap().contains(named),
            "{answer:?}"
        );
    }
    assert_eq!(
        world.stage.get("/api/bookings").await.body["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_payment_error_leads_to_the_page_to_try_again() {
    let mut world = World::start(false).await;
    let booking = world.awaiting().await;
    world.vendors.stripe.decline(&world.open_session()).unwrap();
    world.deliver(1).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (
            &view["state"],
            &view["trouble"]["class"],
            &view["trouble"]["attempts"]
        ),
        (&json!("PAYMENT_FAILED"), &json!("PAYMENT_ERROR"), &json!(1))
    );
    // The page is still open, and the letter leads back to it.
    assert!(view["checkout_url"].is_string());
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    let letter = letters
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["subject"] == "Your payment did not go through")
        .unwrap()
        .clone();
    assert!(
        letter["body"]
            .as_str()
            .unwrap()
            .contains(booking["booking_id"].as_str().unwrap()),
        "{letter}"
    );
    // The customer pays with another card on the same page.
    world.vendors.stripe.pay(&world.open_session()).unwrap();
    world.deliver(1).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["trouble"], &view["paid_minor"]),
        (&json!("CONFIRMED"), &Value::Null, &json!(15000))
    );
}

#[tokio::test]
async fn an_integration_error_is_tried_a_few_times_and_then_somebody_is_told() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world.vendors.calendly.refuse(4);
    world.act(&booking, "cancel").await;
    world.drain().await;
    let trouble = world.view(&booking).await["trouble"].clone();
    assert_eq!(
        (
            &trouble["class"],
            &trouble["attempts"],
            trouble["next_try_at"].is_string()
        ),
        (&json!("INTEGRATION_ERROR"), &json!(1), true)
    );
    world.advance(3600).await;
    let trouble = world.view(&booking).await["trouble"].clone();
    assert_eq!(
        (&trouble["attempts"], &trouble["next_try_at"]),
        (&json!(4), &Value::Null),
        "{trouble}"
    );
    assert_eq!(world.view(&booking).await["state"], "CANCEL_PENDING");
    world.sweep().await;
    let codes: Vec<String> = world.alarms().await.into_iter().map(|a| a.0).collect();
    assert_eq!(codes, ["booking_stuck", "effect_given_up"]);
    // The token is mended, and the admin has it done again.
    let path = format!(
        "/api/bookings/{}/resend",
        booking["booking_id"].as_str().unwrap()
    );
    assert_eq!(world.stage.post(&path, &json!({})).await.status, 200);
    world.drain().await;
    assert_eq!(world.vendors.calendly.canceled().len(), 1);
    assert_eq!(world.view(&booking).await["trouble"], Value::Null);
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T13:00:00Z", None))
        .await;
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "REFUNDED");
    world.sweep().await;
    assert!(world.alarms().await.is_empty());
}

#[tokio::test]
async fn a_system_error_keeps_the_record_and_raises_an_alarm() {
    let world = World::start(false).await;
    // A payment without a booking: only a person can resolve it.
    let stray = json!({ "id": "evt_stray", "type": "checkout.session.completed", "created": 1_772_366_400,
        "data": { "object": { "id": "cs_elsewhere", "payment_intent": "pi_elsewhere", "payment_status": "paid", "amount_total": 700 } } });
    assert_eq!(world.stage.stripe(&stray).await.status, 200);
    world.drain().await;
    world.sweep().await;
    assert_eq!(
        world.alarms().await,
        [("dead_letters".to_owned(), "react".to_owned())]
    );
    let metrics = world.stage.get("/api/bookings/metrics").await.body;
    assert_eq!(
        metrics["technical"]["error_rate_by_category"]["categories"]["SYSTEM_ERROR"]["numerator"],
        1
    );
}

#[tokio::test]
async fn stripe_forgets_a_key_after_a_day_and_the_refund_is_still_made_once() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world
        .vendors
        .stripe
        .fail("refunds", Failure::StoredError, 1);
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:05:00Z", None))
        .await;
    world.drain().await;
    // The refund was made; its answer was an error, which Stripe repeats until it forgets the key.
    world.set("2026-03-02T13:00:00Z").await;
    world.deliver(1).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["refunded_minor"]),
        (&json!("REFUNDED"), &json!(15000)),
        "{view}"
    );
    assert_eq!(world.vendors.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_still_under_way_at_stripe_is_waited_for() {
    let mut world = World::start(false).await;
    world
        .vendors
        .stripe
        .fail("checkout/sessions", Failure::InFlight, 1);
    let booking = world.awaiting().await;
    world.advance(60).await;
    assert_eq!(world.vendors.stripe.sessions().len(), 1);
    world.vendors.stripe.pay(&world.open_session()).unwrap();
    world.deliver(1).await;
    assert_eq!(world.view(&booking).await["state"], "CONFIRMED");
}

#[tokio::test]
async fn nobody_hammers_on_one_booking() {
    let world = World::start(false).await;
    let booking = world.awaiting().await;
    let mut limited = None;
    for _ in 0..60 {
        let (status, answer) = world.act(&booking, "reschedule").await;
        if status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(status, 200);
    }
    assert_eq!(
        limited.expect("no limit in 60 requests")["code"],
        "rate_limited"
    );
    // Another booking of the same customer stays as it is.
    let other = world
        .stage
        .post("/api/bookings", &json!({ "session_type_id": "strategy" }))
        .await
        .body;
    assert_eq!(world.act(&other, "cancel").await.0, 200);
}

#[tokio::test]
async fn no_word_of_a_customer_is_in_the_log_of_a_whole_paid_life() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let world = World::logged(log.path()).await;
    let mut world = world;
    let booking = world.confirmed().await;
    world
        .stage
        .post(
            "/local/sms/inbound",
            &json!({ "from": "+12223334444", "body": "my mother-in-law comes too" }),
        )
        .await;
    world
        .stage
        .post("/api/bookings/recover", &json!({ "email": "jane@acme.co" }))
        .await;
    world.vendors.calendly.refuse(1);
    world.act(&booking, "cancel").await;
    world.advance(3600).await;
    world.sweep().await;
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:10:00Z", None))
        .await;
    world.deliver(1).await;
    world.stage.post("/api/ledger/reconcile", &json!({})).await;
    assert_eq!(world.view(&booking).await["state"], "REFUNDED");
    let lines = std::fs::read_to_string(log.path()).unwrap();
    assert!(
        lines.contains("REFUND_SUCCEEDED") && lines.contains("an effect will be tried again"),
        "the log is empty: {lines}"
    );
    let token = booking["token"].as_str().unwrap();
    for secret in [
        "2223334444",
        "222-333-4444",
        "222 333 4444",
        "mother-in-law",
        "jane@acme.co",
        "Jane Doe",
        "sk_test_1",
        "pat_1",
        token,
    ] {
        assert!(!lines.contains(secret), "{secret} is in the log");
    }
}

mod both {
    use super::*;
    use crate::stage::Stage;

    /// A body of quotation marks: escaped in a row it would exceed the size of a row.
    #[tokio::test]
    async fn a_record_of_any_size_can_be_set_aside() {
        let stage = Stage::plain().await;
        let stray = json!({ "id": "evt_stray", "type": "checkout.session.completed", "created": 1_772_366_400,
            "data": { "object": { "id": "cs_elsewhere", "payment_intent": "pi_elsewhere", "payment_status": "paid", "amount_total": 700,
                "metadata": { "note": "\"".repeat(120_000) } } } });
        assert_eq!(stage.stripe(&stray).await.body["status"], "accepted");
        stage.drain().await;
        assert_eq!(
            stage.get("/api/ops").await.body["counters"]["dead_letters"],
            1
        );
        let letters = stage.objects("dead-letters/").await;
        assert_eq!(letters.len(), 1);
        let record: Value = serde_json::from_str(&letters[0].1).unwrap();
        assert_eq!(
            (
                &record["body"],
                letters[0].0.starts_with("dead-letters/react/")
            ),
            (&stray, true)
        );
        // It is in the lake nevertheless.
        assert_eq!(stage.objects("bronze/stripe_events/").await.len(), 1);
    }
}
