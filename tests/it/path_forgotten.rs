//! What goes on after somebody was forgotten: figures stay as they are, money goes back, nothing is sent.

use serde_json::{Value, json};

use crate::booking_world::World;
use crate::outage_world::{NOW, Outage};
use crate::stage::Stage;

async fn forget(stage: &Stage, email: &str) -> Value {
    let path = format!("/api/contacts/{email}/forget");
    let admin = stage.admin().await;
    let answer = stage
        .with_token("DELETE", &path, &admin, &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["scan"]["hits"], 0, "{answer:?}");
    answer.body
}

/// Every figure of the tables, and the key figures of all months.
async fn figures(stage: &Stage) -> Value {
    let mut all = json!({ "tables": stage.all_gold().await });
    for query in ["month=all", "month=2026-03", "month=2026-03&mode=cohort"] {
        let answer = stage.get(&format!("/api/metrics?{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let figures = answer.body["metrics"].as_object().unwrap().iter();
        let figures = figures.map(|(key, m)| json!([key, m["numerator"], m["denominator"]]));
        all[query] = figures.collect();
    }
    let customers = stage.get("/api/customers").await.body["items"].clone();
    let calls = customers.as_array().unwrap().iter();
    let mut calls: Vec<Value> = calls.map(|c| c["total_calls_booked"].clone()).collect();
    calls.sort_by_key(Value::to_string);
    all["calls"] = json!(calls);
    all
}

/// Jane booked under two addresses, which an admin merged, asked by a form that knows her telephone alone, and is a contact of
/// the CRM by her telephone.
async fn of_many_records() -> Outage {
    let world = Outage::start().await;
    let phone = "+1 222 333 4444";
    for (id, at) in [
        ("K1", "2026-03-10T10:00:00Z"),
        ("K2", "2026-03-12T10:00:00Z"),
    ] {
        let mut body = world.invitee(id, at, "2026-03-26T15:00:00Z").created();
        body["payload"]["name"] = json!("Jane Doe");
        body["payload"]["text_reminder_number"] = if id == "K1" {
            json!(phone)
        } else {
            Value::Null
        };
        body["payload"]["questions_and_answers"] = json!([]);
        world.comes("calendly", &body).await;
    }
    let mut form = world.response("f1", "2026-03-09T10:00:00Z");
    let field = json!({ "id": "f1", "ref": "f1", "type": "phone_number" });
    form["form_response"]["definition"]["fields"] = json!([field]);
    form["form_response"]["answers"] =
        json!([{ "type": "phone_number", "phone_number": "+12223334444", "field": field }]);
    world.comes("typeform", &form).await;
    let phones = json!([{ "phone": "+12223334444", "type": "mobile" }]);
    let contact = json!({ "name": "Jane Doe", "emails": [], "phones": phones });
    let deal = json!({ "status_type": "won", "date_won": "2026-03-15", "value": 500_000,
        "value_currency": "USD", "value_period": "one_time", "contact_id": "cont_1" });
    for (what, data) in [
        (
            ("lead", "created", "lead_1"),
            json!({ "display_name": "Acme", "contacts": [] }),
        ),
        (("contact", "created", "cont_1"), contact),
        (("opportunity", "created", "oppo_1"), deal),
    ] {
        let body = world.object(what, "lead_1", "2026-03-18T10:00:00Z", data);
        let answer = world.comes("close", &body).await;
        assert_eq!(answer.body["status"], "accepted", "{answer:?}");
    }
    world.stage.drain().await;
    world.stage.etl(NOW).await;
    let merge = json!({ "into": "k1@acme.co", "from": "k2@acme.co", "reason": "the same voice" });
    let merged = world.stage.post("/api/contacts/merge", &merge).await;
    assert_eq!(merged.status, 200, "{merged:?}");
    world.stage.etl(NOW).await;
    world
}

#[tokio::test]
async fn whoever_was_made_of_many_records_stays_one_person() {
    let world = of_many_records().await;
    let before = figures(&world.stage).await;
    assert_eq!(before["calls"], json!([2]), "they are one person: {before}");
    let report = forget(&world.stage, "k1@acme.co").await;
    world.stage.etl(NOW).await;
    assert_eq!(figures(&world.stage).await, before, "{report}");
    let rebuilt = world
        .stage
        .post("/local/etl", &json!({ "rebuild": true }))
        .await;
    assert_eq!(rebuilt.status, 200, "{rebuilt:?}");
    assert_eq!(figures(&world.stage).await, before);
}

#[tokio::test]
async fn a_forgotten_customer_who_cancels_gets_the_money_back() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    forget(&world.stage, "jane@acme.co").await;
    let canceled = world.canceled("2026-03-01T12:05:00Z");
    world.stage.calendly(&canceled).await;
    world.deliver(1).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["name"]),
        (&json!("REFUNDED"), &Value::Null),
        "{view}"
    );
    assert_eq!(world.vendors.stripe.refunds().len(), 1);
    let inbox = world.stage.get("/api/inbox?status=skipped_erased").await;
    let kinds = inbox.body["items"].as_array().unwrap().iter();
    let kinds: Vec<&Value> = kinds.map(|item| &item["kind"]).collect();
    assert!(kinds.contains(&&json!("invitee.canceled")), "{inbox:?}");
}

#[tokio::test]
async fn what_waits_for_a_forgotten_customer_is_not_sent_and_stays_counted() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    let texts = async |stage: &Stage| {
        let sent = stage.get("/local/sms").await.body["messages"].clone();
        let texts = sent.as_array().unwrap().iter();
        let mut texts: Vec<Value> = texts
            .map(|text| {
                json!([
                    text["intent"],
                    text["state"],
                    text["reason"],
                    text["to"],
                    text["body"]
                ])
            })
            .collect();
        texts.sort_by_key(Value::to_string);
        json!(texts)
    };
    let before = texts(&world.stage).await;
    forget(&world.stage, "jane@acme.co").await;
    world.advance(3600).await;
    world.deliver(1).await;
    let after = texts(&world.stage).await;
    let expected = json!([
        ["confirmation", "sent", null, null, null],
        ["follow_up", "suppressed", "erased", null, null],
    ]);
    assert_eq!(after, expected, "{before} {booking}");
}
