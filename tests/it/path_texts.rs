//! Feedback, wordings compared, the number's pace, lost outcomes, figures of texts.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::path_sms::{NOON, PHONE, advance, noon, row, text, texts};
use crate::stage::{Options, Stage};

/// A booking of a number of its own.
fn stranger(n: u32) -> Value {
    let mut invitee = Invitee::new(
        &format!("S{n}"),
        &format!("ES{n}"),
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    invitee.email = format!("c{n}@acme.co");
    let mut body = invitee.created();
    body["payload"]["text_reminder_number"] = json!(format!("+1222333{n:04}"));
    body
}

#[tokio::test]
async fn feedback_is_asked_an_hour_after_the_call_of_whoever_was_there() {
    let config =
        "[sms]\nfeedback = true\n[messages.en]\nfeedback = \"How was it, {first_name}?\"\n";
    let after = "2026-03-10T16:30:00Z";
    for (what, expected) in [
        ("", ("sent", None)),
        ("no-show", ("suppressed", Some("no_show"))),
        ("cancel", ("suppressed", Some("canceled"))),
    ] {
        let (stage, a1) = noon(config).await;
        stage.calendly(&a1.created()).await;
        stage
            .post("/local/clock", &json!({ "set": "2026-03-10T15:31:00Z" }))
            .await;
        match what {
            "no-show" => drop(
                stage
                    .calendly(&a1.no_show(true, "2026-03-10T15:31:00Z"))
                    .await,
            ),
            "cancel" => drop(
                stage
                    .calendly(&a1.canceled("2026-03-10T14:00:00Z", None))
                    .await,
            ),
            _ => {}
        }
        stage
            .post("/local/clock", &json!({ "set": "2026-03-10T16:29:59Z" }))
            .await;
        let (state, reason) = expected;
        let pending = texts(&stage).await.pop().unwrap();
        assert!(
            pending.2 == "pending" || reason == Some("canceled"),
            "{what}: {pending:?}"
        );
        stage
            .post("/local/clock", &json!({ "set": "2026-03-11T00:00:00Z" }))
            .await;
        assert_eq!(
            texts(&stage).await.pop().unwrap(),
            row("feedback", "A1", state, reason),
            "{what}"
        );
        if state == "sent" {
            let shown = stage.get("/local/sms").await.body["messages"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .clone();
            assert_eq!(
                (&shown["sent_at"], &shown["body"]),
                (&json!(after), &json!("How was it, Jane?"))
            );
            text(&stage, "It was great, thank you", "m1").await;
            let view = stage.get("/api/conversations/%2B12223334444").await.body;
            let last = view["threads"][0]["messages"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .clone();
            assert_eq!(
                (&last["direction"], &last["sentiment"]),
                (&json!("inbound"), &json!("positive"))
            );
        }
    }
    // Feedback is off by default.
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
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

#[tokio::test]
async fn a_line_of_the_delivery_log_resolves_what_is_unknown() {
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
    stage
        .post(
            "/local/faults",
            &json!({ "point": "sms.after_provider", "action": "crash" }),
        )
        .await;
    stage.calendly(&a1.created()).await;
    stage.restart().await;
    assert_eq!(
        texts(&stage).await[0],
        row("confirmation", "A1", "unknown", None)
    );
    let alarms = stage.get("/api/ops").await.body["alarms"].clone();
    assert_eq!(
        (&alarms[0]["code"], alarms.as_array().unwrap().len()),
        (&json!("text_unknown"), 1),
        "{alarms}"
    );
    let line = |id: &str, to: &str| {
        json!({ "notification": { "messageId": id, "timestamp": "2026-03-01 12:00:01.000" }, "status": "SUCCESS",
            "delivery": { "destination": to, "providerResponse": "Message has been accepted by phone carrier" } })
    };
    // A log line about another number resolves nothing.
    assert_eq!(
        stage
            .post("/local/sms/log", &line("x1", "+12223335555"))
            .await
            .status,
        200
    );
    assert_eq!(texts(&stage).await[0].2, "unknown");
    assert_eq!(
        stage
            .post("/local/sms/log", &line("x2", PHONE))
            .await
            .status,
        200
    );
    assert_eq!(
        texts(&stage).await[0],
        row("confirmation", "A1", "sent", None)
    );
    assert_eq!(stage.get("/api/ops").await.body["alarms"], json!([]));
    // A log line with a known message id is about that message, whatever number it names.
    advance(&stage, 1800).await;
    let id = stage.get("/local/sms").await.body["messages"][1]["intent_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut failed = line(&format!("local-{id}"), "+1XXX5550100");
    failed["status"] = json!("FAILURE");
    stage.post("/local/sms/log", &failed).await;
    assert_eq!(
        texts(&stage).await[1],
        row("follow_up", "A1", "failed", None)
    );
}

#[tokio::test]
async fn wordings_are_compared_and_the_figures_say_what_they_are_made_of() {
    let config = "[messages.en]\nconfirmation = \"Hi {first_name}\"\n[[messages.en.variants]]\nconfirmation = \"Hey {first_name}\"\n";
    let (stage, a1) = noon(config).await;
    for n in 1..=12 {
        stage.calendly(&stranger(n)).await;
    }
    let shown = stage.get("/local/sms").await.body["messages"].clone();
    let confirmations: Vec<&Value> = shown
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["intent"] == "confirmation")
        .collect();
    let (mut second, mut n) = (0, 0);
    for message in &confirmations {
        let hey = message["body"].as_str().unwrap().starts_with("Hey");
        assert_eq!(message["variant"], if hey { "b" } else { "a" });
        second += u64::from(hey);
    }
    assert!((1..12).contains(&second), "{second}");
    // Contacts with the second wording answer after five minutes.
    advance(&stage, 300).await;
    for message in confirmations.iter().filter(|m| m["variant"] == "b") {
        n += 1;
        let inbound =
            json!({ "from": message["to"], "body": "yes, great", "message_id": format!("m{n}") });
        assert_eq!(stage.post("/local/sms/inbound", &inbound).await.status, 200);
    }
    stage.calendly(&a1.canceled(NOON, None)).await;
    advance(&stage, 3600).await;
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
    // `sms what-if` with other waits.
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

#[tokio::test]
async fn the_bill_of_a_thousand_appointments_of_which_four_in_ten_are_followed_up() {
    // 1,400 parts at 0.0075 are 10.50; with texts of two parts 21.00.
    let long = "x".repeat(161);
    for (config, amount, quantity) in [
        (String::new(), "10.5", "1400"),
        (
            format!("[messages.en]\nconfirmation = \"{long}\"\nfollow_up = \"{long}\"\n"),
            "21",
            "2800",
        ),
    ] {
        let (stage, _) = noon(&config).await;
        for n in 1..=5 {
            stage.calendly(&stranger(n)).await;
        }
        for n in 1..=3 {
            let inbound = json!({ "from": format!("+1222333{n:04}"), "body": "yes", "message_id": format!("m{n}") });
            stage.post("/local/sms/inbound", &inbound).await;
        }
        advance(&stage, 3600).await;
        let bill = stage.cli_json(&["bill", "--appointments", "1000"]).await;
        let sms = bill["lines"]
            .as_array()
            .unwrap()
            .iter()
            .find(|l| l["service"] == "sms")
            .unwrap();
        assert_eq!(
            (&sms["quantity"], &sms["amount"]),
            (&json!(quantity), &json!(amount)),
            "{bill}"
        );
    }
}
