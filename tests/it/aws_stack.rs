//! What only the deployed stack has: consumers of streams, state machines, topics, schedules, processes that die.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{ADMIN, ORIGIN_SECRET, Options, Stage};

const NOON: &str = "2026-03-01T12:00:00Z";
const PHONE: &str = "+12223334444";
/// On the emulator waits take no time: the machine asks the function again until the text is due.
const SHORT_WAIT: &str = "follow_up_wait_seconds = 2\n";

async fn stage(config: &str) -> Stage {
    Stage::start(Options {
        clock: NOON,
        config: config.to_owned(),
        ..Options::default()
    })
    .await
}

/// An invitee who booked just now for nine days later.
fn booked_now(stage: &Stage, id: &str) -> Invitee {
    let [now, start, end] =
        [NOON, "2026-03-10T15:00:00Z", "2026-03-10T15:30:00Z"].map(|at| stage.at(at));
    Invitee::new(id, &format!("E-{id}"), &now, &start, &end)
}

/// (intent, state, reason) of every text of a number's newest conversation.
async fn texts(stage: &Stage) -> Vec<(String, String, Option<String>)> {
    let view = stage.get("/api/conversations/%2B12223334444").await;
    assert_eq!(view.status, 200, "{view:?}");
    let text = |m: &Value, name: &str| m[name].as_str().map(str::to_owned);
    let messages = view.body["threads"][0]["messages"]
        .as_array()
        .unwrap()
        .clone();
    let outbound = messages.iter().filter(|m| m["intent"].is_string());
    outbound
        .map(|m| {
            (
                text(m, "intent").unwrap(),
                text(m, "state").unwrap(),
                text(m, "reason"),
            )
        })
        .collect()
}

/// How many texts were sent to the tests' number since the stage began.
async fn carried(stage: &Stage) -> usize {
    let all = stage.account().ask("texts", json!({})).await;
    all["sms_messages"][PHONE].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_booking_leads_to_a_text_and_a_wait_to_another() {
    let stage = stage(SHORT_WAIT).await;
    assert_eq!(
        stage
            .calendly(&booked_now(&stage, "A1").created())
            .await
            .body["status"],
        "accepted"
    );
    stage.drain().await;
    assert_eq!(carried(&stage).await, 2);
    let shown = texts(&stage).await;
    let sent = |intent: &str| (intent.to_owned(), "sent".to_owned(), None);
    assert_eq!(shown, [sent("confirmation"), sent("follow_up")]);
    let executions = stage
        .account()
        .ask("executions", json!({ "machine": "FollowUpArn" }))
        .await;
    assert!(
        executions
            .as_array()
            .unwrap()
            .iter()
            .any(|e| e["status"] == "SUCCEEDED"),
        "{executions}"
    );
}

#[tokio::test]
async fn a_reply_through_the_topic_stops_the_follow_up() {
    let stage = stage("follow_up_wait_seconds = 6\n").await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    let reply = json!({ "originationNumber": PHONE, "destinationNumber": "+18005550100", "messageKeyword": "K", "messageBody": "Yes!",
        "inboundMessageId": format!("m-{}", stage.now().await.as_millisecond()) });
    // The carrier may publish a text twice.
    for _ in 0..2 {
        stage
            .account()
            .ask("publish_text", json!({ "message": reply }))
            .await;
    }
    stage.drain().await;
    let shown = texts(&stage).await;
    assert_eq!(
        shown[1],
        (
            "follow_up".to_owned(),
            "suppressed".to_owned(),
            Some("responded".to_owned())
        ),
        "{shown:?}"
    );
    assert_eq!(carried(&stage).await, 1);
    let view = stage.get("/api/conversations/%2B12223334444").await.body;
    let replies = view["threads"][0]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["direction"] == "inbound")
        .count();
    assert_eq!(replies, 1, "{view}");
}

/// Sends twenty deliveries and kills a function's process in the middle of its batch.
async fn killed_in_the_middle(function: &str) -> Stage {
    let stage = stage(SHORT_WAIT).await;
    let invitees: Vec<Invitee> = (0..20)
        .map(|n| booked_now(&stage, &format!("K{n}")))
        .collect();
    let kill = json!({ "function": function });
    let (killed, ()) = tokio::join!(stage.account().ask("kill", kill), async {
        for invitee in &invitees {
            assert_eq!(
                stage.calendly(&invitee.created()).await.body["status"],
                "accepted"
            );
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
    assert_eq!(
        rows.iter()
            .map(|r| r["bookings"].as_i64().unwrap())
            .sum::<i64>(),
        20,
        "{rows:?}"
    );
    assert_eq!(stage.objects("dead-letters/").await.len(), 0);
}

#[tokio::test]
async fn killing_react_loses_nothing() {
    let stage = killed_in_the_middle("react").await;
    let bookings = stage.get("/api/bookings?limit=1000").await.body["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(bookings, 20);
}

#[tokio::test]
async fn killing_perform_effects_sends_no_text_twice() {
    let stage = killed_in_the_middle("perform-effects").await;
    let conversations = stage.get("/api/conversations?limit=1000").await.body["items"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(conversations.len(), 20);
    let messages: Vec<Value> = conversations
        .iter()
        .flat_map(|c| c["messages"].as_array().unwrap().clone())
        .collect();
    let confirmations: Vec<&Value> = messages
        .iter()
        .filter(|m| m["intent"] == "confirmation")
        .collect();
    let sent = confirmations
        .iter()
        .filter(|m| m["state"] == "sent")
        .count();
    assert_eq!(confirmations.len(), 20);
    // A text that the dead process had claimed becomes unknown when the claim ends: it is not sent again.
    let body = confirmations
        .iter()
        .find_map(|m| m["body"].as_str())
        .unwrap();
    let carried = stage.account().ask("texts", json!({})).await;
    let carried = carried["sms_messages"][PHONE]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m.to_string().contains(&body[..12]))
        .count();
    assert!(
        sent <= carried && carried <= 20,
        "{sent} are marked as sent, {carried} left the account"
    );
}

#[tokio::test]
async fn killing_a_step_of_the_lake_repeats_it() {
    let stage = stage("").await;
    // One call first, so that the kill meets a process at work and not one that starts.
    stage.etl(&stage.at("2026-03-01T12:05:00Z")).await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    stage.drain().await;
    let as_of = stage.at("2026-03-01T12:10:00Z");
    let kill = json!({ "function": "refine-silver" });
    let etl = ["etl", "--as-of", &as_of];
    let (killed, report) = tokio::join!(stage.account().ask("kill", kill), stage.cli_json(&etl));
    assert!(killed["killed"].is_number(), "{killed}");
    assert_eq!(
        report["tables"]["gold.bookings_trend"]["commits"], 1,
        "{report}"
    );
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
    assert_eq!(
        stage
            .gold("bookings_trend")
            .await
            .iter()
            .map(|r| r["bookings"].as_i64().unwrap())
            .sum::<i64>(),
        1
    );
    // A schedule that fires late goes on from the last run's instant; a person's `as_of` before it is refused.
    let mut earlier = json!({
        "as_of": stage.at("2026-03-01T13:00:00Z"), "rebuild": false, "maintain": true, "scheduled": true,
    });
    let late = stage
        .account()
        .ask(
            "run",
            json!({ "machine": "EtlArn", "payload": earlier.clone() }),
        )
        .await;
    assert_eq!(late["status"], "SUCCEEDED", "{late}");
    earlier["scheduled"] = json!(false);
    let refused = stage
        .account()
        .ask("run", json!({ "machine": "EtlArn", "payload": earlier }))
        .await;
    assert_eq!(
        (&refused["status"], &refused["error"]),
        (&json!("FAILED"), &json!("RefusedError")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_poison_record_is_set_aside_and_the_rest_lands() {
    let stage = stage("").await;
    stage
        .account()
        .ask("put_record", json!({ "data": "this is no stream record" }))
        .await;
    stage.calendly(&booked_now(&stage, "A1").created()).await;
    stage.drain().await;
    let items = stage.account().ask("items", json!({})).await;
    let dead = items
        .as_array()
        .unwrap()
        .iter()
        .filter(|i| i["pk"]["S"].as_str().unwrap().starts_with("dead"))
        .count();
    assert_eq!(dead, 2, "one of each consumer");
    assert!(!stage.objects("bronze/calendly_events/").await.is_empty());
}

/// A record that the release cannot read becomes a dead letter, and the vendor's next try is no duplicate of it.
#[tokio::test]
async fn a_poisoned_delivery_is_failed_and_may_come_again() {
    let stage = stage("").await;
    let booked = booked_now(&stage, "P1").created();
    let accepted = stage.calendly(&booked).await.body;
    stage.drain().await;
    assert_eq!(stage.calendly(&booked).await.body["status"], "duplicate");
    let id = accepted["delivery_id"].as_str().unwrap();
    let poison = json!({ "delivery_id": id, "received_at": "in a shape of another release" });
    stage
        .account()
        .ask("put_record", json!({ "data": poison.to_string() }))
        .await;
    stage.drain().await;
    let failed = stage.get("/api/inbox?status=failed").await.body["items"].clone();
    assert_eq!(
        (
            failed.as_array().unwrap().len(),
            &failed[0]["delivery_id"],
            &failed[0]["attempts"]
        ),
        (1, &json!(id), &json!(2)),
        "{failed}"
    );
    let items = stage.account().ask("items", json!({})).await;
    let meanings = items
        .as_array()
        .unwrap()
        .iter()
        .filter(|i| i["pk"]["S"].as_str().unwrap().starts_with("dedupe#"))
        .count();
    assert_eq!(meanings, 0);
    assert_eq!(stage.calendly(&booked).await.body["status"], "accepted");
    stage.drain().await;
    assert_eq!(
        stage.objects("dead-letters/").await.len(),
        0,
        "the event source gave nothing up"
    );
}

/// The quantity of a line of a bill, in single units.
fn used(bill: &Value, unit: &str) -> f64 {
    let line = bill["lines"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["unit"] == unit)
        .unwrap();
    let quantity: f64 = line["quantity"].as_str().unwrap().parse().unwrap();
    if unit.starts_with("million") {
        (quantity * 1e6).round()
    } else {
        quantity
    }
}

#[tokio::test]
async fn the_bill_is_what_the_services_metered() {
    let stage = stage(SHORT_WAIT).await;
    let before = stage.cli_json(&["bill"]).await;
    // A name of its own: Step Functions accepts each name once.
    stage
        .calendly(
            &booked_now(&stage, &format!("B{}", stage.now().await.as_millisecond())).created(),
        )
        .await;
    stage.drain().await;
    let after = stage.cli_json(&["bill"]).await;
    let grew = |unit: &str| used(&after, unit) - used(&before, unit);
    assert!((grew("part") - 2.0).abs() < 0.1, "{after}");
    // The receiver's three rows and counters in one transaction are 6 units and more; 8 rows follow, and their place in the index.
    assert!((20.0..400.0).contains(&grew("million writes")), "{after}");
    assert!((5.0..1000.0).contains(&grew("million reads")), "{after}");
    assert!(
        (4.0..100.0).contains(&grew("million transitions")),
        "{after}"
    );
    assert!(
        grew("GB-second") > 0.0 && used(&after, "shard-hour") >= 1.0,
        "{after}"
    );
    let requests = |bill: &Value| {
        let lines = bill["lines"].as_array().unwrap().iter();
        let of = |service: &str| {
            lines
                .clone()
                .find(|l| l["service"] == service && l["unit"] == "million requests")
                .unwrap()["quantity"]
                .clone()
        };
        [of("lambda"), of("api_gateway")]
            .map(|quantity| (quantity.as_str().unwrap().parse::<f64>().unwrap() * 1e6).round())
    };
    let [calls, through_the_api] =
        std::array::from_fn(|n| requests(&after)[n] - requests(&before)[n]);
    assert!(
        (4.0..100.0).contains(&calls),
        "receiver, two consumers, effects: {calls}"
    );
    assert!((through_the_api - 1.0).abs() < 0.1, "{through_the_api}");
    let scaled = stage.cli_json(&["bill", "--appointments", "1000"]).await;
    assert!(
        (used(&scaled, "part") - 2000.0).abs() < 0.1
            && (used(&scaled, "shard-hour") - 730.0).abs() < 0.1,
        "{scaled}"
    );
}

/// The emulator's Athena cannot read Delta tables, so the query's rows are literals.
#[tokio::test]
async fn athena_answers_a_query_of_the_command_line() {
    let stage = stage("").await;
    let sql = "SELECT n, btrim(' a ') AS a FROM (VALUES (1), (2), (3)) AS t(n) ORDER BY n";
    let answer = stage.cli_json(&["query", sql, "--limit", "2"]).await;
    assert_eq!(
        answer["rows"],
        json!([{ "n": 1, "a": "a" }, { "n": 2, "a": "a" }]),
        "{answer}"
    );
    assert_eq!(
        (&answer["more"], answer["cost_usd"].is_string()),
        (&json!(true), true),
        "{answer}"
    );
    let (code, _, stderr) = stage
        .cli(&["query", "SELECT nothing FROM nowhere", "--json"])
        .await;
    assert_eq!((code, stderr.lines().count()), (2, 1), "{stderr}");
}

/// A login with the headers that CloudFront adds for a viewer of this address.
async fn failed_login(stage: &Stage, proof: &str, viewer: &str) -> u16 {
    let headers = [
        ("x-bookpath-origin", proof.to_owned()),
        ("x-forwarded-for", format!("127.0.0.1, {viewer}")),
    ];
    let body = json!({ "email": ADMIN, "password": "not the password" })
        .to_string()
        .into_bytes();
    stage
        .post_raw("/api/auth/login", &headers, body)
        .await
        .unwrap()
        .status
}

#[tokio::test]
async fn behind_cloudfront_every_viewer_has_a_login_limit_of_their_own() {
    let stage = stage("").await;
    for viewer in ["203.0.113.9", "2001:db8::9"] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(failed_login(&stage, ORIGIN_SECRET, viewer).await);
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 429], "{viewer}");
    }
    // Without CloudFront's secret the limit counts the connection's address, whatever the headers claim.
    let mut answers = Vec::new();
    for n in 0..6 {
        answers.push(failed_login(&stage, "a guess", &format!("203.0.113.{n}")).await);
    }
    assert_eq!(answers, [401, 401, 401, 401, 401, 429]);
}
