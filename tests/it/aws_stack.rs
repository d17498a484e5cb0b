//! What only the deployed stack has: consumers of streams, state machines, topics, schedules, processes that die.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

const NOON: &str = "2026-03-01T12:00:00Z";
const PHONE: &str = "+12223334444";
/// The machine waits no time here, and asks the function again until the text is due.
const SHORT_WAIT: &str = "follow_up_wait_seconds = 2\n";

async fn stage(config: &str) -> Stage {
    Stage::start(Options { clock: NOON, config: config.to_owned(), ..Options::default() }).await
}

/// An invitee who booked just now for nine days later.
fn booked_now(stage: &Stage, id: &str) -> Invitee {
    let [now, start, end] = [NOON, "2026-03-10T15:00:00Z", "2026-03-10T15:30:00Z"].map(|at| stage.at(at));
    Invitee::new(id, &format!("E-{id}"), &now, &start, &end)
}

/// (intent, state, reason) of every text of a number's newest conversation.
async fn texts(stage: &Stage) -> Vec<(String, String, Option<String>)> {
    let view = stage.get("/api/conversations/%2B12223334444").await;
    assert_eq!(view.status, 200, "{view:?}");
    let text = |m: &Value, name: &str| m[name].as_str().map(str::to_owned);
    let messages = view.body["threads"][0]["messages"].as_array().unwrap().clone();
    let outbound = messages.iter().filter(|m| m["intent"].is_string());
    outbound.map(|m| (text(m, "intent").unwrap(), text(m, "state").unwrap(), text(m, "reason"))).collect()
}

/// How many texts left the account for the number of the tests since the stage began.
async fn carried(stage: &Stage) -> usize {
    let all = stage.account().ask("texts", json!({})).await;
    all["sms_messages"][PHONE].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_booking_leads_to_a_text_and_a_wait_to_another() {
    let stage = stage(SHORT_WAIT).await;
    assert_eq!(stage.calendly(&booked_now(&stage, "A1").created()).await.body["status"], "accepted");
    stage.drain().await;
    assert_eq!(carried(&stage).await, 2);
    let shown = texts(&stage).await;
    let sent = |intent: &str| (intent.to_owned(), "sent".to_owned(), None);
    assert_eq!(shown, [sent("confirmation"), sent("follow_up")]);
    let executions = stage.account().ask("executions", json!({ "machine": "FollowUpArn" })).await;
    assert!(executions.as_array().unwrap().iter().any(|e| e["status"] == "SUCCEEDED"), "{executions}");
}

#[tokio::test]
async fn a_reply_through_the_topic_stops_the_follow_up() {
    let stage = stage("follow_up_wait_seconds = 6\n").await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    let reply = json!({ "originationNumber": PHONE, "destinationNumber": "+18005550100", "messageKeyword": "K", "messageBody": "Yes!",
        "inboundMessageId": format!("m-{}", stage.now().await.as_millisecond()) });
    // The carrier may publish a text twice.
    for _ in 0..2 {
        stage.account().ask("publish_text", json!({ "message": reply })).await;
    }
    stage.drain().await;
    let shown = texts(&stage).await;
    assert_eq!(shown[1], ("follow_up".to_owned(), "suppressed".to_owned(), Some("responded".to_owned())), "{shown:?}");
    assert_eq!(carried(&stage).await, 1);
    let view = stage.get("/api/conversations/%2B12223334444").await.body;
    let replies = view["threads"][0]["messages"].as_array().unwrap().iter().filter(|m| m["direction"] == "inbound").count();
    assert_eq!(replies, 1, "{view}");
}

/// Twenty deliveries, and the process of a function dies in the middle of its batch.
async fn killed_in_the_middle(function: &str) -> Stage {
    let stage = stage(SHORT_WAIT).await;
    let invitees: Vec<Invitee> = (0..20).map(|n| booked_now(&stage, &format!("K{n}"))).collect();
    let kill = json!({ "function": function });
    let (killed, ()) = tokio::join!(stage.account().ask("kill", kill), async {
        for invitee in &invitees {
            assert_eq!(stage.calendly(&invitee.created()).await.body["status"], "accepted");
        }
    });
    assert!(killed["killed"].is_number(), "{killed}");
    stage.drain().await;
    stage
}

#[tokio::test]
async fn killing_write_bronze_loses_nothing() {
    let stage = killed_in_the_middle("write-bronze").await;
    stage.etl(&stage.at("2026-03-01T12:10:00Z")).await;
    let rows = stage.gold("daily_bookings_by_source").await;
    assert_eq!(rows.iter().map(|r| r["bookings"].as_i64().unwrap()).sum::<i64>(), 20, "{rows:?}");
    assert_eq!(stage.objects("dead-letters/").await.len(), 0);
}

#[tokio::test]
async fn killing_react_loses_nothing() {
    let stage = killed_in_the_middle("react").await;
    let bookings = stage.get("/api/bookings?limit=1000").await.body["items"].as_array().unwrap().len();
    assert_eq!(bookings, 20);
}

#[tokio::test]
async fn killing_perform_effects_sends_no_text_twice() {
    let stage = killed_in_the_middle("perform-effects").await;
    let conversations = stage.get("/api/conversations?limit=1000").await.body["items"].as_array().unwrap().clone();
    assert_eq!(conversations.len(), 20);
    let messages: Vec<Value> = conversations.iter().flat_map(|c| c["messages"].as_array().unwrap().clone()).collect();
    let confirmations: Vec<&Value> = messages.iter().filter(|m| m["intent"] == "confirmation").collect();
    let sent = confirmations.iter().filter(|m| m["state"] == "sent").count();
    assert_eq!(confirmations.len(), 20);
    // What the dead process had asked the carrier for stays claimed until its claim ends, and is unknown then: nobody asks again.
    let body = confirmations.iter().find_map(|m| m["body"].as_str()).unwrap();
    let carried = stage.account().ask("texts", json!({})).await;
    let carried = carried["sms_messages"][PHONE].as_array().unwrap().iter().filter(|m| m.to_string().contains(&body[..12])).count();
    assert!(sent <= carried && carried <= 20, "{sent} are marked as sent, {carried} left the account");
}

#[tokio::test]
async fn killing_a_step_of_the_lake_repeats_it() {
    let stage = stage("").await;
    // Once before, so that the process is there to be killed at its work and not at its start.
    stage.etl(&stage.at("2026-03-01T12:05:00Z")).await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    stage.drain().await;
    let as_of = stage.at("2026-03-01T12:10:00Z");
    let kill = json!({ "function": "refine-silver" });
    let etl = ["etl", "--as-of", &as_of];
    let (killed, report) = tokio::join!(stage.account().ask("kill", kill), stage.cli_json(&etl));
    assert!(killed["killed"].is_number(), "{killed}");
    assert_eq!(report["tables"]["gold.bookings_trend"]["commits"], 1, "{report}");
    assert_eq!(stage.gold("daily_bookings_by_source").await.len(), 1);
}

#[tokio::test]
async fn the_nightly_machine_runs_to_its_message() {
    let stage = stage("").await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    stage.drain().await;
    let as_of = stage.at("2026-03-02T02:00:00Z");
    let ended =
        stage.account().ask("run", json!({ "machine": "EtlArn", "payload": { "as_of": as_of, "rebuild": false, "maintain": true } })).await;
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    assert_eq!(stage.gold("bookings_trend").await.iter().map(|r| r["bookings"].as_i64().unwrap()).sum::<i64>(), 1);
    // The past of the last run is closed.
    let earlier = json!({ "as_of": stage.at("2026-03-01T13:00:00Z"), "rebuild": false, "maintain": true });
    let refused = stage.account().ask("run", json!({ "machine": "EtlArn", "payload": earlier })).await;
    assert_eq!((&refused["status"], &refused["error"]), (&json!("FAILED"), &json!("RefusedError")), "{refused}");
}

#[tokio::test]
async fn a_poison_record_is_set_aside_and_the_rest_lands() {
    let stage = stage("").await;
    stage.account().ask("put_record", json!({ "data": "this is no stream record" })).await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    stage.drain().await;
    let items = stage.account().ask("items", json!({})).await;
    let dead = items.as_array().unwrap().iter().filter(|i| i["pk"]["S"].as_str().unwrap().starts_with("dead")).count();
    assert_eq!(dead, 2, "one of each consumer");
    assert!(!stage.objects("bronze/calendly_events/").await.is_empty());
}
