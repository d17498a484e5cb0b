//! Lost webhooks, abandoned payments, and the reconciliation with Stripe's statement.

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
async fn the_ledger_and_the_statement_agree_to_the_cent() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world.advance(7200).await;
    let report = world.stage.post("/api/ledger/reconcile", &json!({})).await;
    assert_eq!(report.status, 200, "{report:?}");
    assert_eq!(
        (
            &report.body["differences"],
            &report.body["stripe_lines"],
            &report.body["fees_posted"]
        ),
        (&json!([]), &json!(1), &json!(1))
    );
    let ledger = world.stage.get("/api/ledger").await.body["items"].clone();
    let rows: Vec<(&str, i64)> = ledger
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["kind"].as_str().unwrap(),
                e["amount_minor"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.contains(&("charge", 15_000)) && rows.contains(&("fee", -465)),
        "{rows:?}"
    );
    assert!(
        ledger
            .as_array()
            .unwrap()
            .iter()
            .all(|e| e["booking_id"] == booking["booking_id"]),
        "{ledger}"
    );
    world.advance(1).await;
    let again = world
        .stage
        .post("/api/ledger/reconcile", &json!({}))
        .await
        .body;
    assert_eq!(
        (&again["fees_posted"], &again["differences"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(
        world.stage.get("/api/ledger/reconciliations").await.body["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn what_the_statement_has_and_the_ledger_lacks_is_learned_or_listed() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    let intent = world.vendors.stripe.sessions()[0]
        .payment_intent
        .clone()
        .unwrap();
    // A partial refund is made in Stripe's dashboard, and its webhook is lost.
    let form = format!("payment_intent={intent}&amount=4000");
    let refunded = world
        .stage
        .client
        .post(world.vendors.url("/stripe/v1/refunds"))
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(refunded.status(), 200);
    assert_eq!(world.vendors.events().len(), 1);
    world.advance(7200).await;
    let report = world
        .stage
        .post("/api/ledger/reconcile", &json!({}))
        .await
        .body;
    assert_eq!(
        (&report["repaired"], &report["differences"]),
        (&json!(1), &json!([])),
        "{report}"
    );
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["refunded_minor"], &view["payment_status"]),
        (&json!(4000), &json!("partially_refunded"))
    );
    // A payment without a booking stays a difference and an alarm.
    let stranger = json!({ "from": "2026-03-01T00:00:00Z", "to": "2026-03-01T14:00:00Z" });
    let foreign =
        "line_items[0][price_data][unit_amount]=700&line_items[0][price_data][currency]=usd";
    let made = world
        .stage
        .client
        .post(world.vendors.url("/stripe/v1/checkout/sessions"))
        .body(foreign)
        .send()
        .await
        .unwrap();
    let id = made.json::<Value>().await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.vendors.stripe.pay(&id).unwrap();
    let report = world
        .stage
        .post("/api/ledger/reconcile", &stranger)
        .await
        .body;
    let difference = &report["differences"][0];
    assert_eq!(
        (
            &difference["kind"],
            &difference["ours_minor"],
            &difference["stripe_minor"]
        ),
        (&json!("charge"), &json!(0), &json!(700))
    );
    assert_eq!(
        world.alarms().await,
        [("ledger_differs".to_owned(), "stripe".to_owned())]
    );
    let period = [
        "--from",
        "2026-03-01T00:00:00Z",
        "--to",
        "2026-03-01T14:00:00Z",
    ];
    let (code, stdout, stderr) = world
        .stage
        .cli_with(
            &[&["reconcile", "--json"][..], &period].concat(),
            &world.vendors.env(),
        )
        .await;
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(
        serde_json::from_str::<Value>(&stdout).unwrap()["differences"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let (code, _, stderr) = world.stage.cli(&["reconcile"]).await;
    assert_eq!(
        (code, stderr.contains("STRIPE_API_KEY")),
        (2, true),
        "{stderr}"
    );
}

#[tokio::test]
async fn a_disputed_payment_is_in_the_ledger_and_not_paid_back_twice() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    let session = world.vendors.stripe.sessions()[0].id.clone();
    world.vendors.stripe.dispute(&session).unwrap();
    world.deliver(2).await;
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:05:00Z", None))
        .await;
    world.drain().await;
    assert_eq!(world.view(&booking).await["state"], "REFUND_PENDING");
    assert!(world.vendors.stripe.refunds().is_empty());
    let ledger = world.stage.get("/api/ledger").await.body["items"].clone();
    let sum: i64 = ledger
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, -1500, "the bank has the money and its fee: {ledger}");
    let told: Vec<Value> = world.stage.get("/api/ops").await.body["notifications"]
        .as_array()
        .unwrap()
        .clone();
    let subjects: Vec<&str> = told.iter().filter_map(|n| n["subject"].as_str()).collect();
    assert!(
        subjects.contains(&"Bookpath: dispute_opened")
            && subjects.contains(&"Bookpath: refund_of_disputed_charge"),
        "{subjects:?}"
    );
    world.advance(7200).await;
    assert_eq!(
        world
            .stage
            .post("/api/ledger/reconcile", &json!({}))
            .await
            .body["differences"],
        json!([])
    );
}

#[tokio::test]
async fn the_figures_of_bookings_have_their_names() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world.act(&booking, "cancel").await;
    world.drain().await;
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:10:00Z", None))
        .await;
    world.deliver(1).await;
    let metrics = world.stage.get("/api/bookings/metrics").await;
    assert_eq!(metrics.status, 200, "{metrics:?}");
    let (business, technical) = (&metrics.body["business"], &metrics.body["technical"]);
    for (figure, name) in [
        (
            &business["booking_conversion_rate"],
            "booking conversion rate",
        ),
        (&business["payment_success_rate"], "payment success rate"),
        (
            &business["cancellation_refund_rate"],
            "cancellation/refund rate",
        ),
        (&business["average_booking_value"], "average booking value"),
        (&technical["api_latency"], "API latency"),
        (
            &technical["webhook_processing_latency"],
            "webhook processing latency",
        ),
        (
            &technical["error_rate_by_category"],
            "error rate by category",
        ),
        (
            &technical["state_transition_timing"],
            "state transition timing",
        ),
    ] {
        assert_eq!(figure["name"], name);
    }
    assert_eq!(
        (
            &business["booking_conversion_rate"]["value"],
            &business["payment_success_rate"]["value"]
        ),
        (&json!(100), &json!(100))
    );
    assert_eq!(
        business["cancellation_refund_rate"]["refund_rate"]["value"],
        100
    );
    assert_eq!(
        business["average_booking_value"]["by_currency"]["USD"]["value"],
        15_000
    );
    assert!(
        technical["webhook_processing_latency"]["count"]
            .as_i64()
            .unwrap()
            >= 2,
        "{technical}"
    );
    assert!(technical["api_latency"]["p50_ms"].is_u64(), "{technical}");
    assert_eq!(
        technical["error_rate_by_category"]["categories"]["TRANSIENT_ERROR"]["value"],
        0
    );
    let moves = technical["state_transition_timing"]["transitions"]
        .as_array()
        .unwrap();
    assert!(
        moves
            .iter()
            .any(|m| m["from"] == "CANCEL_PENDING" && m["to"] == "REFUND_PENDING"),
        "{moves:?}"
    );
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
