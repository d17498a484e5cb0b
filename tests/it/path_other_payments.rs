//! Payments that were not made for a booking: they are the cash of whoever has the payer's address.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

const AT: &str = "2026-03-20T12:00:00Z";

/// `created` of an event, as Stripe counts time.
fn second(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// A page of a Payment Link was paid.
fn paid(at: &str, minor: i64, payer: &str) -> Value {
    json!({ "id": "evt_paid", "type": "checkout.session.completed", "created": second(at), "data": { "object": {
        "id": "cs_link", "object": "checkout.session", "mode": "payment", "payment_status": "paid", "payment_intent": "pi_link",
        "amount_total": minor, "currency": "usd", "customer_details": { "email": payer }, "metadata": {} } } })
}

fn refunded(at: &str, minor: i64) -> Value {
    json!({ "id": "evt_back", "type": "refund.created", "created": second(at), "data": { "object": {
        "id": "re_link", "object": "refund", "status": "succeeded", "payment_intent": "pi_link", "charge": "ch_link",
        "amount": minor, "currency": "usd", "created": second(at), "metadata": {} } } })
}

async fn stage() -> Stage {
    let stage = Stage::start(Options {
        clock: AT,
        ..Options::default()
    })
    .await;
    let (start, end) = ("2026-03-10T15:00:00Z", "2026-03-10T15:30:00Z");
    let booked = Invitee::new("A1", "E1", "2026-03-01T10:00:00Z", start, end);
    for answer in [
        stage.calendly(&booked.created()).await,
        stage
            .stripe(&paid("2026-02-27T10:00:00Z", 12_345, "Jane@Acme.co"))
            .await,
        stage.stripe(&refunded("2026-03-02T10:00:00Z", 345)).await,
        // The same event comes twice.
        stage.stripe(&refunded("2026-03-02T10:00:00Z", 345)).await,
    ] {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    stage.drain().await;
    stage.etl(AT).await;
    stage
}

async fn cash(stage: &Stage, month: &str) -> Value {
    let answer = stage.get(&format!("/api/metrics?month={month}")).await;
    answer.body["metrics"]["cash_collected"]["value"].clone()
}

#[tokio::test]
async fn a_payment_of_no_booking_is_cash_of_the_payer_on_its_own_day() {
    let stage = stage().await;
    assert_eq!(cash(&stage, "2026-02").await, 12_345);
    assert_eq!(cash(&stage, "2026-03").await, -345);
    let ledger = stage.get("/api/ledger").await.body["items"].clone();
    let ledger: Vec<_> = ledger
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["kind"].clone(),
                entry["amount_minor"].clone(),
                entry["booking_id"].clone(),
                entry["delivery_id"].is_string(),
            )
        })
        .collect();
    assert_eq!(
        ledger,
        [
            (json!("refund"), json!(-345), json!(""), true),
            (json!("charge"), json!(12_345), json!(""), true),
        ]
    );
    for (query, count) in [
        ("kind=refund", 1),
        ("kind=dispute", 0),
        ("currency=USD", 2),
        ("currency=eur", 0),
        ("booking_id=none", 0),
        ("kind=charge&to=2026-03-01T00:00:00Z", 1),
    ] {
        let found = stage.get(&format!("/api/ledger?{query}")).await;
        assert_eq!(found.body["total"], count, "{query}");
    }
    let found = stage.get("/api/contacts?email=jane@acme.co").await.body["items"][0].clone();
    let id = found["contact_id"].as_str().unwrap();
    let view = stage.get(&format!("/api/contacts/{id}")).await.body;
    let journey = view["journey"].as_array().unwrap().iter();
    let money: Vec<&Value> = journey
        .map(|step| &step["amount_minor"])
        .filter(|minor| minor.is_number())
        .collect();
    assert_eq!(money, [&json!(12_345), &json!(-345)], "{view}");
    let ops = stage.get("/api/ops").await.body;
    assert_eq!(ops["alarms"], json!([]), "{ops}");
}

#[tokio::test]
async fn an_erasure_keeps_the_cash_and_not_the_payer() {
    let stage = stage().await;
    let admin = stage.admin().await;
    let path = "/api/contacts/jane@acme.co/forget";
    let report = stage.with_token("DELETE", path, &admin, &Value::Null).await;
    assert_eq!(report.status, 200, "{report:?}");
    assert_eq!(report.body["erased"]["payments"], 1, "{report:?}");
    assert_eq!(report.body["scan"]["hits"], 0, "{report:?}");
    let replayed = stage
        .cli_json(&["replay", "--day", "2026-03-20", "--with-effects"])
        .await;
    assert_eq!(
        replayed["processed"], 1,
        "the refund names nobody: {replayed}"
    );
    stage.etl("2026-03-20T13:00:00Z").await;
    let (code, _, stderr) = stage
        .cli(&["etl", "--rebuild", "--as-of", "2026-03-20T13:00:00Z"])
        .await;
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(cash(&stage, "2026-02").await, 12_345);
    assert_eq!(cash(&stage, "2026-03").await, -345);
}

/// A refund that comes first is seen by an operator, until its payment tells whose it is.
#[tokio::test]
async fn a_refund_that_came_first_is_no_dead_letter_once_its_payment_is_there() {
    let stage = Stage::start(Options {
        clock: AT,
        ..Options::default()
    })
    .await;
    let codes = async || {
        stage.drain().await;
        stage.post("/local/sweep", &json!({})).await;
        let ops = stage.get("/api/ops").await.body;
        let alarms = ops["alarms"].as_array().unwrap().iter();
        let codes: Vec<Value> = alarms.map(|alarm| alarm["code"].clone()).collect();
        codes
    };
    stage.stripe(&refunded(AT, 345)).await;
    assert_eq!(codes().await, ["dead_letters"]);
    stage.stripe(&paid(AT, 12_345, "jane@acme.co")).await;
    assert_eq!(codes().await, Vec::<Value>::new());
    let ledger = stage.get("/api/ledger").await;
    assert_eq!(ledger.body["total"], 2, "{ledger:?}");
}
