//! Texts from the booking to the reply, through the public routes and `/local/sms`.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::text_world::{NOON, PHONE, advance, noon, row, text, texts};

#[tokio::test]
async fn a_booking_is_confirmed_at_once_and_followed_up_after_half_an_hour() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    let shown = stage.get("/local/sms").await.body["messages"].clone();
    let confirmation = &shown[0];
    assert_eq!(confirmation["intent"], "confirmation");
    assert_eq!(
        (
            &confirmation["state"],
            &confirmation["to"],
            &confirmation["sent_at"]
        ),
        (&json!("sent"), &json!(PHONE), &json!(NOON))
    );
    assert_eq!(
        (
            &confirmation["encoding"],
            &confirmation["parts"],
            &confirmation["language"]
        ),
        (&json!("GSM-7"), &json!(1), &json!("en"))
    );
    assert!(
        confirmation["body"].as_str().unwrap().contains("Jane"),
        "{confirmation}"
    );
    assert_eq!(
        (&shown[1]["intent"], &shown[1]["state"], &shown[1]["due_at"]),
        (
            &json!("follow_up"),
            &json!("pending"),
            &json!("2026-03-01T12:30:00Z")
        )
    );
    advance(&stage, 1799).await;
    assert_eq!(texts(&stage).await[1].2, "pending");
    // The clock jumps past the due time: `sent_at` is the due time all the same.
    advance(&stage, 8 * 3600).await;
    let follow_up = stage.get("/local/sms").await.body["messages"][1].clone();
    assert_eq!(
        (&follow_up["state"], &follow_up["sent_at"]),
        (&json!("sent"), &json!("2026-03-01T12:30:00Z"))
    );
    let counters = stage.get("/api/ops").await.body["counters"].clone();
    assert_eq!(
        (
            &counters["sms_sent"],
            &counters["effects_sms"],
            &counters["sms_parts"]
        ),
        (&json!(2), &json!(2), &json!(2))
    );
}

#[tokio::test]
async fn what_the_customer_says_decides() {
    // (text, opted out, what becomes of the follow-up)
    let cases = [
        ("Yes!", false, "responded"),
        ("STOP", true, "opted_out"),
        (" stop. ", true, "opted_out"),
        ("please don't stop", false, "responded"),
        ("QUIT", true, "opted_out"),
        ("can we move it to Friday?", false, "responded"),
    ];
    for (body, opted_out, reason) in cases {
        let (stage, a1) = noon("").await;
        stage.calendly(&a1.created()).await;
        advance(&stage, 600).await;
        let answer = text(&stage, body, "m1").await;
        assert_eq!(
            (&answer["status"], &answer["opted_out"]),
            (&json!("recorded"), &json!(opted_out)),
            "{body}"
        );
        assert_eq!(answer["bookings"].as_array().unwrap().len(), 1, "{body}");
        // The same message again is one reply.
        text(&stage, body, "m1").await;
        advance(&stage, 3600).await;
        assert_eq!(
            texts(&stage).await[1],
            row("follow_up", "A1", "suppressed", Some(reason)),
            "{body}"
        );
        let view = stage.get("/api/conversations/%2B12223334444").await.body;
        assert_eq!(view["opted_out"], opted_out, "{body}");
        let inbound = view["threads"][0]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|m| m["direction"] == "inbound")
            .count();
        assert_eq!(inbound, usize::from(!opted_out), "{body}: {view}");
    }
}

#[tokio::test]
async fn an_opt_out_holds_for_the_next_booking_until_the_customer_comes_back() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    text(&stage, "UNSUBSCRIBE", "m1").await;
    let b1 = Invitee::new(
        "B1",
        "E2",
        "2026-03-01T12:10:00Z",
        "2026-03-11T15:00:00Z",
        "2026-03-11T15:30:00Z",
    );
    stage.calendly(&b1.created()).await;
    let blocked = texts(&stage).await;
    assert!(
        blocked.contains(&row("confirmation", "B1", "suppressed", Some("opted_out"))),
        "{blocked:?}"
    );
    assert!(
        blocked.contains(&row("follow_up", "B1", "suppressed", Some("opted_out"))),
        "{blocked:?}"
    );
    assert_eq!(text(&stage, "START", "m2").await["opted_out"], false);
    let c1 = Invitee::new(
        "C1",
        "E3",
        "2026-03-01T12:20:00Z",
        "2026-03-12T15:00:00Z",
        "2026-03-12T15:30:00Z",
    );
    stage.calendly(&c1.created()).await;
    assert!(
        texts(&stage)
            .await
            .contains(&row("confirmation", "C1", "sent", None))
    );
}

#[tokio::test]
async fn help_is_answered_once_also_to_a_stranger() {
    let (stage, _) = noon("").await;
    text(&stage, "HELP", "m1").await;
    text(&stage, "HELP", "m1").await;
    assert_eq!(texts(&stage).await, [row("help_reply", "", "sent", None)]);
    let shown = stage.get("/local/sms").await.body["messages"][0].clone();
    assert_eq!(
        (&shown["booking_id"], &shown["to"]),
        (&Value::Null, &json!(PHONE))
    );
}

#[tokio::test]
async fn a_reschedule_confirms_the_new_time_in_every_order() {
    // In order, both times are confirmed; in reverse order only the new one.
    let a1 = Invitee::new(
        "A1",
        "E1",
        "2026-03-01T10:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let mut a2 = Invitee::new(
        "A2",
        "E2",
        "2026-03-02T09:00:00Z",
        "2026-03-12T16:00:00Z",
        "2026-03-12T16:30:00Z",
    );
    a2.old = Some(a1.uri());
    let bodies = [
        a1.created(),
        a1.canceled("2026-03-02T09:00:00Z", Some(&a2.uri())),
        a2.created(),
    ];
    for (order, confirmed) in [
        ([0, 1, 2], vec!["A1", "A2"]),
        ([0, 2, 1], vec!["A1", "A2"]),
        ([1, 0, 2], vec!["A2"]),
        ([1, 2, 0], vec!["A2"]),
        ([2, 0, 1], vec!["A2"]),
        ([2, 1, 0], vec!["A2"]),
    ] {
        let (stage, _) = noon("").await;
        for n in order {
            stage.calendly(&bodies[n]).await;
        }
        advance(&stage, 7200).await;
        let shown = texts(&stage).await;
        let sent = |intent: &str| -> Vec<&str> {
            shown
                .iter()
                .filter(|t| t.0 == intent && t.2 == "sent")
                .map(|t| t.1.as_str())
                .collect()
        };
        assert_eq!(sent("confirmation"), confirmed, "{order:?} {shown:?}");
        assert_eq!(sent("follow_up"), ["A2"], "{order:?} {shown:?}");
        let late: Vec<_> = shown
            .iter()
            .filter(|t| t.0 == "follow_up" && t.1 == "A1")
            .collect();
        assert!(
            late.iter().all(|t| t.3.as_deref() == Some("rescheduled")),
            "{order:?} {shown:?}"
        );
    }
}

#[tokio::test]
async fn a_cancellation_ends_the_conversation() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    stage
        .calendly(&a1.canceled("2026-03-01T12:10:00Z", None))
        .await;
    advance(&stage, 3600).await;
    assert_eq!(
        texts(&stage).await,
        [
            row("confirmation", "A1", "sent", None),
            row("follow_up", "A1", "suppressed", Some("canceled"))
        ]
    );
}

#[tokio::test]
async fn quiet_hours_hold_back_the_follow_up_but_not_the_confirmation() {
    // New York: 21:40 local; the follow-up would be due 22:10 and goes out at 08:00 (EST, UTC-5).
    let options = Options {
        clock: "2026-03-02T02:40:00Z",
        config: "[quiet_hours]\nenabled = true\n".to_owned(),
        ..Options::default()
    };
    let stage = Stage::start(options).await;
    let a1 = Invitee::new(
        "A1",
        "E1",
        "2026-03-02T02:40:00Z",
        "2026-03-04T15:00:00Z",
        "2026-03-04T15:30:00Z",
    );
    stage.calendly(&a1.created()).await;
    advance(&stage, 24 * 3600).await;
    let shown = stage.get("/local/sms").await.body["messages"].clone();
    assert_eq!(
        (&shown[0]["intent"], &shown[0]["sent_at"]),
        (&json!("confirmation"), &json!("2026-03-02T02:40:00Z"))
    );
    assert_eq!(
        (&shown[1]["intent"], &shown[1]["sent_at"]),
        (&json!("follow_up"), &json!("2026-03-02T13:00:00Z"))
    );
}

#[tokio::test]
async fn numbers_that_are_none_and_calls_that_have_begun_have_their_reason() {
    let mut no_phone = Invitee::new(
        "A1",
        "E1",
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    )
    .created();
    no_phone["payload"]["text_reminder_number"] = Value::Null;
    no_phone["payload"]["questions_and_answers"] = json!([]);
    let mut invalid = Invitee::new(
        "B1",
        "E2",
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    )
    .created();
    invalid["payload"]["text_reminder_number"] = json!("call me");
    let begun = Invitee::new(
        "C1",
        "E3",
        NOON,
        "2026-03-01T11:59:00Z",
        "2026-03-01T12:30:00Z",
    )
    .created();
    for (body, id, reason) in [
        (no_phone, "A1", "no_phone"),
        (invalid, "B1", "invalid_phone"),
        (begun, "C1", "appointment_started"),
    ] {
        let (stage, _) = noon("").await;
        stage.calendly(&body).await;
        advance(&stage, 3600).await;
        assert_eq!(
            texts(&stage).await,
            [row("confirmation", id, "suppressed", Some(reason))]
        );
    }
}
