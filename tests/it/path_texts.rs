//! Feedback, wordings compared, the number's pace, lost outcomes, figures of texts.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::text_world::{NOON, PHONE, advance, noon, row, stranger, text, texts};

const FEEDBACK: &str =
    "[sms]\nfeedback = true\n[messages.en]\nfeedback = \"How was it, {first_name}?\"\n";

async fn set(stage: &Stage, now: &str) {
    let answer = stage.post("/local/clock", &json!({ "set": now })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A stage a minute after the end of a booked call.
async fn after_the_call(config: &str) -> (Stage, Invitee) {
    let (stage, a1) = noon(config).await;
    stage.calendly(&a1.created()).await;
    set(&stage, "2026-03-10T15:31:00Z").await;
    (stage, a1)
}

#[tokio::test]
async fn feedback_is_asked_an_hour_after_the_call_and_answered_with_a_sentiment() {
    let (stage, _) = after_the_call(FEEDBACK).await;
    set(&stage, "2026-03-10T16:29:59Z").await;
    assert_eq!(
        texts(&stage).await.pop().unwrap(),
        row("feedback", "A1", "pending", None)
    );
    set(&stage, "2026-03-11T00:00:00Z").await;
    assert_eq!(
        texts(&stage).await.pop().unwrap(),
        row("feedback", "A1", "sent", None)
    );
    let last = |list: &Value| list.as_array().unwrap().last().unwrap().clone();
    let shown = last(&stage.get("/local/sms").await.body["messages"]);
    assert_eq!(
        (&shown["sent_at"], &shown["body"]),
        (&json!("2026-03-10T16:30:00Z"), &json!("How was it, Jane?"))
    );
    text(&stage, "It was great, thank you", "m1").await;
    let view = stage.get("/api/conversations/%2B12223334444").await.body;
    let reply = last(&view["threads"][0]["messages"]);
    assert_eq!(
        (&reply["direction"], &reply["sentiment"]),
        (&json!("inbound"), &json!("positive"))
    );
}

#[tokio::test]
async fn feedback_is_not_asked_of_whoever_was_not_there() {
    let (stage, a1) = after_the_call(FEEDBACK).await;
    stage
        .calendly(&a1.no_show(true, "2026-03-10T15:31:00Z"))
        .await;
    set(&stage, "2026-03-10T16:29:59Z").await;
    assert_eq!(texts(&stage).await.pop().unwrap().2, "pending");
    set(&stage, "2026-03-11T00:00:00Z").await;
    assert_eq!(
        texts(&stage).await.pop().unwrap(),
        row("feedback", "A1", "suppressed", Some("no_show"))
    );

    let (stage, a1) = after_the_call(FEEDBACK).await;
    stage
        .calendly(&a1.canceled("2026-03-10T14:00:00Z", None))
        .await;
    set(&stage, "2026-03-11T00:00:00Z").await;
    assert_eq!(
        texts(&stage).await.pop().unwrap(),
        row("feedback", "A1", "suppressed", Some("canceled"))
    );
}

#[tokio::test]
async fn feedback_is_off_by_default() {
    let (stage, _) = after_the_call("").await;
    assert!(texts(&stage).await.iter().all(|t| t.0 != "feedback"));
}

#[tokio::test]
async fn texts_keep_to_the_numbers_pace() {
    let (stage, _) = noon("[sms]\nparts_per_second = 1\n").await;
    for n in 1..=3 {
        stage.calendly(&stranger(n)).await;
    }
    let sent = async |stage: &Stage| -> Vec<String> {
        let body = stage.get("/local/sms").await.body;
        let confirmed = body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|m| m["intent"] == "confirmation");
        confirmed
            .filter_map(|m| m["sent_at"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(sent(&stage).await, [NOON]);
    advance(&stage, 10).await;
    assert_eq!(
        sent(&stage).await,
        [NOON, "2026-03-01T12:00:01Z", "2026-03-01T12:00:02Z"]
    );
    // Their follow-ups are due within two seconds of each other, and go one a second as well.
    advance(&stage, 3600).await;
    let states: Vec<String> = texts(&stage).await.into_iter().map(|t| t.2).collect();
    assert_eq!(states, vec!["sent"; 6]);
}

/// A booking's confirmation whose outcome is lost: the process ends after the carrier was called.
async fn lost_confirmation() -> Stage {
    let options = Options {
        clock: NOON,
        faults: true,
        ..Options::default()
    };
    let mut stage = Stage::start(options).await;
    let a1 = Invitee::new(
        "A1",
        "E1",
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let fault = json!({ "point": "sms.after_provider", "action": "crash" });
    assert_eq!(stage.post("/local/faults", &fault).await.status, 200);
    stage.calendly(&a1.created()).await;
    stage.restart().await;
    assert_eq!(
        texts(&stage).await[0],
        row("confirmation", "A1", "unknown", None)
    );
    stage
}

/// A line of the carrier's log.
async fn log_line(stage: &Stage, id: &str, to: &str, status: &str) {
    let line = json!({ "notification": { "messageId": id, "timestamp": "2026-03-01 12:00:01.000" }, "status": status,
        "delivery": { "destination": to, "providerResponse": "Message has been accepted by phone carrier" } });
    assert_eq!(stage.post("/local/sms/log", &line).await.status, 200);
}

#[tokio::test]
async fn a_line_of_the_delivery_log_resolves_what_is_unknown() {
    let stage = lost_confirmation().await;
    let alarms = stage.get("/api/ops").await.body["alarms"].clone();
    assert_eq!(
        (&alarms[0]["code"], alarms.as_array().unwrap().len()),
        (&json!("text_unknown"), 1),
        "{alarms}"
    );
    // A line about another number resolves nothing.
    log_line(&stage, "x1", "+12223335555", "SUCCESS").await;
    assert_eq!(texts(&stage).await[0].2, "unknown");
    log_line(&stage, "x2", PHONE, "SUCCESS").await;
    assert_eq!(
        texts(&stage).await[0],
        row("confirmation", "A1", "sent", None)
    );
    assert_eq!(stage.get("/api/ops").await.body["alarms"], json!([]));
    // A line with a known message id is about that message, whatever number it names.
    advance(&stage, 1800).await;
    let follow_up = stage.get("/local/sms").await.body["messages"][1].clone();
    let id = format!("local-{}", follow_up["intent_id"].as_str().unwrap());
    log_line(&stage, &id, "+1XXX5550100", "FAILURE").await;
    assert_eq!(
        texts(&stage).await[1],
        row("follow_up", "A1", "failed", None)
    );
}

const TWO_WORDINGS: &str = "[messages.en]\nconfirmation = \"Hi {first_name}\"\n[[messages.en.variants]]\nconfirmation = \"Hey {first_name}\"\n";

/// Twelve confirmations of which some have the second wording. Who got that one answers after five minutes, and an hour
/// later every follow-up is sent or not needed. How many answered.
async fn twelve_in_two_wordings() -> (Stage, u64) {
    let (stage, a1) = noon(TWO_WORDINGS).await;
    for n in 1..=12 {
        stage.calendly(&stranger(n)).await;
    }
    let shown = stage.get("/local/sms").await.body["messages"].clone();
    let confirmations = shown.as_array().unwrap().iter();
    let confirmations = confirmations.filter(|m| m["intent"] == "confirmation");
    advance(&stage, 300).await;
    let mut second = 0;
    for message in confirmations {
        let hey = message["body"].as_str().unwrap().starts_with("Hey");
        assert_eq!(message["variant"], if hey { "b" } else { "a" });
        if hey {
            second += 1;
            let inbound = json!({ "from": message["to"], "body": "yes, great", "message_id": format!("m{second}") });
            assert_eq!(stage.post("/local/sms/inbound", &inbound).await.status, 200);
        }
    }
    assert!((1..12).contains(&second), "{second}");
    // The cancellation of a booking that nobody told of is no text.
    stage.calendly(&a1.canceled(NOON, None)).await;
    advance(&stage, 3600).await;
    (stage, second)
}

#[tokio::test]
async fn wordings_are_compared_and_the_figures_say_what_they_are_made_of() {
    let (stage, second) = twelve_in_two_wordings().await;
    let metrics = stage.get("/api/messages/metrics").await.body;
    assert_eq!(
        metrics["variants"][1]["reply_rate"]["value"], 100,
        "{metrics}"
    );
    assert_eq!(
        (
            &metrics["variants"][0]["variant"],
            &metrics["variants"][0]["reply_rate"]["numerator"]
        ),
        (&json!("a"), &json!(0))
    );
    assert_eq!(metrics["all"]["sent"], 12 + (12 - second));
    assert_eq!(
        (&metrics["all"]["suppressed"], &metrics["all"]["unknown"]),
        (&json!({ "responded": second }), &json!(0))
    );
    assert_eq!(
        (
            &metrics["reply_rate"]["numerator"],
            &metrics["reply_rate"]["denominator"]
        ),
        (&json!(second), &json!(12))
    );
    assert_eq!(
        (
            &metrics["time_to_reply"]["median_s"],
            &metrics["sentiments"]["positive"]
        ),
        (&json!(300), &json!(second))
    );
    assert_eq!(
        stage
            .get("/api/messages/metrics?from=2026-03-02T00:00:00Z")
            .await
            .body["all"]["sent"],
        0
    );
}

#[tokio::test]
async fn other_waits_are_tried_on_what_was_sent() {
    let (stage, second) = twelve_in_two_wordings().await;
    let answer = stage
        .cli_json(&["sms", "what-if", "--wait", "4m,30m"])
        .await;
    assert_eq!(
        (&answer["confirmations"], &answer["configured_wait_seconds"]),
        (&json!(12), &json!(1800))
    );
    let (short, long) = (&answer["waits"][0], &answer["waits"][1]);
    assert_eq!(
        (&short["replied_before"], &short["follow_ups"]),
        (&json!(0), &json!(12))
    );
    assert_eq!(
        (
            &long["replied_before"],
            &long["follow_ups"],
            &long["sends_saved"]
        ),
        (&json!(second), &json!(12 - second), &json!(0))
    );
    let (code, table, _) = stage
        .cli(&["sms", "what-if", "--wait", "15m,30m,60m"])
        .await;
    assert_eq!((code, table.lines().count()), (0, 5), "{table}");
    for wrong in ["", "30", "0m", "30d"] {
        assert_eq!(
            stage.cli(&["sms", "what-if", "--wait", wrong]).await.0,
            2,
            "{wrong}"
        );
    }
}
