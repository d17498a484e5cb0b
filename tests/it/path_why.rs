//! Why a text was sent or not, and what another wait would have changed.

use serde_json::{Value, json};

use crate::stage::Stage;
use crate::text_world::{NOON, advance, noon, text};

const VIEW: &str = "/api/conversations/%2B12223334444";

/// The newest text of a kind.
async fn shown(stage: &Stage, intent: &str) -> Value {
    let view = stage.get(VIEW).await.body;
    let messages = view["threads"][0]["messages"].as_array().unwrap();
    let mut of_kind = messages.iter().filter(|m| m["intent"] == intent);
    of_kind.next_back().unwrap().clone()
}

fn check<'a>(text: &'a Value, code: &str) -> &'a Value {
    let checks = text["checks"].as_array().unwrap();
    checks.iter().find(|c| c["code"] == code).unwrap()
}

#[tokio::test]
async fn a_text_that_was_stopped_names_the_fact_its_time_and_its_delivery() {
    let (stage, a1) = noon("").await;
    let booked = stage.calendly(&a1.created()).await.body["delivery_id"].clone();
    stage.drain().await;
    let planned = shown(&stage, "follow_up").await;
    assert_eq!(planned["judged_at"], NOON);
    assert_eq!(planned["next_check_at"], "2026-03-01T12:30:00Z");
    assert_eq!(check(&planned, "no_reply")["passed"], true);
    assert_eq!(check(&planned, "number_given")["delivery_id"], booked);
    advance(&stage, 600).await;
    text(&stage, "Can we do Thursday?", "m1").await;
    stage.drain().await;
    let stopped = shown(&stage, "follow_up").await;
    assert_eq!(stopped["reason"], "responded");
    let decided = check(&stopped, "no_reply");
    assert_eq!(
        (&decided["passed"], &decided["at"], &decided["fact"]),
        (
            &json!(false),
            &json!("2026-03-01T12:10:00Z"),
            &json!("the customer has replied")
        )
    );
    let inbox = stage.get("/api/inbox").await.body;
    let told = inbox["items"].as_array().unwrap().iter();
    let mut told = told.filter(|d| d["delivery_id"] == decided["delivery_id"]);
    assert_eq!(told.next().unwrap()["vendor"], "sms");
    assert_eq!(check(&stopped, "not_opted_out")["passed"], true);
    assert_eq!(check(&stopped, "slot_before_start")["passed"], Value::Null);
    assert_eq!(stopped["next_check_at"], Value::Null);
    let sent = shown(&stage, "confirmation").await;
    let checks = sent["checks"].as_array().unwrap();
    assert!(checks.iter().all(|c| c["passed"] == true), "{checks:?}");
    // The list of conversations has no checks: they are the page of one number.
    let list = stage.get("/api/conversations").await.body;
    assert_eq!(list["items"][0]["messages"][0].get("checks"), None);
}

/// HELP, START and STOP end the wait as an answer does (X67), also after the follow-up.
#[tokio::test]
async fn every_text_of_a_customer_ends_a_longer_wait() {
    for word in ["HELP", "START", "STOP"] {
        let (stage, a1) = noon("").await;
        stage.calendly(&a1.created()).await;
        advance(&stage, 2700).await;
        text(&stage, word, "m1").await;
        let answer = stage.get("/api/messages/what-if?wait=15m,60m").await.body;
        let waits = answer["waits"].as_array().unwrap();
        let sent: Vec<&Value> = waits.iter().map(|w| &w["follow_ups"]).collect();
        assert_eq!(sent, [&json!(1), &json!(0)], "{word}");
        let told = (&waits[1]["replied_before"], &waits[1]["stopped"]);
        let stops = word == "STOP";
        let wanted = (json!(i64::from(!stops)), json!(i64::from(stops)));
        assert_eq!(told, (&wanted.0, &wanted.1), "{word}");
        let printed = stage
            .cli_json(&["sms", "what-if", "--wait", "15m,60m"])
            .await;
        assert_eq!(answer, printed, "{word}");
    }
}

#[tokio::test]
async fn another_wait_is_answered_as_the_command_line_does() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    advance(&stage, 1200).await;
    text(&stage, "yes", "m1").await;
    advance(&stage, 3600).await;
    let asked = "/api/messages/what-if?wait=15m,30m";
    let answer = stage.get(asked).await.body;
    let printed = stage
        .cli_json(&["sms", "what-if", "--wait", "15m,30m"])
        .await;
    assert_eq!(answer, printed);
    assert_eq!(answer["confirmations"], 1);
    let waits = answer["waits"].as_array().unwrap();
    let sent: Vec<&Value> = waits.iter().map(|w| &w["follow_ups"]).collect();
    assert_eq!(sent, [&json!(1), &json!(0)]);
    let later = stage
        .get(&format!("{asked}&from=2026-03-02T00:00:00Z"))
        .await;
    assert_eq!(later.body["confirmations"], 0);
    let many = vec!["1m"; 21].join(",");
    for wrong in [
        "",
        "?wait=",
        "?wait=30d",
        "?wait=0m",
        &format!("?wait={many}"),
    ] {
        let refused = stage.get(&format!("/api/messages/what-if{wrong}")).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!("invalid_parameter")),
            "{wrong}"
        );
    }
}
