//! The ledger against Stripe's statement.

use serde_json::{Value, json};

use crate::booking_world::World;

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

/// Gives a part of the booking's payment back in Stripe's own dashboard; its webhook is lost.
async fn refund_in_the_dashboard(world: &mut World, amount_minor: i64) {
    let intent = world.vendors.stripe.sessions()[0]
        .payment_intent
        .clone()
        .unwrap();
    let form = format!("payment_intent={intent}&amount={amount_minor}");
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
}

/// Makes a payment of 7.00 that no booking knows of.
async fn pay_without_a_booking(world: &World) {
    let form = "line_items[0][price_data][unit_amount]=700&line_items[0][price_data][currency]=usd";
    let made = world
        .stage
        .client
        .post(world.vendors.url("/stripe/v1/checkout/sessions"))
        .body(form)
        .send()
        .await
        .unwrap();
    let session = made.json::<Value>().await.unwrap();
    let paid = world.vendors.stripe.pay(session["id"].as_str().unwrap());
    assert!(paid.is_some(), "{session}");
}

#[tokio::test]
async fn a_refund_that_only_the_statement_has_is_learned() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    refund_in_the_dashboard(&mut world, 4000).await;
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
}

#[tokio::test]
async fn a_payment_without_a_booking_stays_a_difference_and_an_alarm() {
    let mut world = World::start(false).await;
    world.confirmed().await;
    world.advance(7200).await;
    pay_without_a_booking(&world).await;
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-01T14:00:00Z");
    let report = world
        .stage
        .post("/api/ledger/reconcile", &json!({ "from": from, "to": to }))
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
    let (code, stdout, stderr) = world
        .stage
        .cli_with(
            &["reconcile", "--json", "--from", from, "--to", to],
            &world.vendors.env(),
        )
        .await;
    assert_eq!(code, 1, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["differences"].as_array().unwrap().len(), 1);
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
