//! What stops or delays a follow-up (X38), one test for each reason; each also with what must not stop it.

use serde_json::json;

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::text_world::{NOON, PHONE, advance, noon, row, text, texts};

async fn booked(config: &str) -> (Stage, Invitee) {
    let (stage, a1) = noon(config).await;
    stage.calendly(&a1.created()).await;
    (stage, a1)
}

fn suppressed(reason: &str) -> (String, String, String, Option<String>) {
    row("follow_up", "A1", "suppressed", Some(reason))
}

#[tokio::test]
async fn x38_a_reply_stops_it_and_one_that_comes_later_does_not_take_it_back() {
    let (stage, _) = booked("").await;
    advance(&stage, 1799).await;
    text(&stage, "on my way", "m1").await;
    advance(&stage, 60).await;
    assert_eq!(texts(&stage).await[1], suppressed("responded"));
    let (stage, _) = booked("").await;
    advance(&stage, 1800).await;
    text(&stage, "on my way", "m1").await;
    assert_eq!(texts(&stage).await[1], row("follow_up", "A1", "sent", None));
    let view = stage.get("/api/conversations/%2B12223334444").await.body;
    assert_eq!(view["threads"][0]["status"], "RESPONDED");
}

#[tokio::test]
async fn x38_a_reply_stops_the_follow_ups_of_every_booking_of_the_phone() {
    let (stage, _) = booked("").await;
    advance(&stage, 600).await;
    let b1 = Invitee::new(
        "B1",
        "E2",
        "2026-03-01T12:10:00Z",
        "2026-03-11T15:00:00Z",
        "2026-03-11T15:30:00Z",
    );
    stage.calendly(&b1.created()).await;
    let answer = text(&stage, "yes to both", "m1").await;
    assert_eq!(answer["bookings"].as_array().unwrap().len(), 2);
    advance(&stage, 3600).await;
    let shown = texts(&stage).await;
    for id in ["A1", "B1"] {
        assert!(
            shown.contains(&row("follow_up", id, "suppressed", Some("responded"))),
            "{shown:?}"
        );
    }
}

#[tokio::test]
async fn x38_an_opt_out_stops_it_also_when_it_comes_about_another_booking() {
    let (stage, _) = booked("").await;
    // STOP answers the second booking's text and holds for every booking of the phone.
    advance(&stage, 600).await;
    let b1 = Invitee::new(
        "B1",
        "E2",
        "2026-03-01T12:10:00Z",
        "2026-03-11T15:00:00Z",
        "2026-03-11T15:30:00Z",
    );
    stage.calendly(&b1.created()).await;
    assert_eq!(text(&stage, "Revoke", "m1").await["opted_out"], true);
    advance(&stage, 3600).await;
    let shown = texts(&stage).await;
    for id in ["A1", "B1"] {
        assert!(
            shown.contains(&row("follow_up", id, "suppressed", Some("opted_out"))),
            "{shown:?}"
        );
    }
    // START does not revive a follow-up that STOP ended.
    assert_eq!(text(&stage, "unstop", "m2").await["opted_out"], false);
    advance(&stage, 3600).await;
    assert_eq!(texts(&stage).await, shown);
    // STOP from another number changes nothing here.
    let (stage, _) = booked("").await;
    let other = json!({ "from": "+12223335555", "to": "+18005550100", "body": "STOP" });
    assert_eq!(
        stage.post("/local/sms/inbound", &other).await.body["bookings"],
        json!([])
    );
    advance(&stage, 1800).await;
    assert_eq!(texts(&stage).await[1], row("follow_up", "A1", "sent", None));
}

#[tokio::test]
async fn x38_a_cancellation_stops_it_in_either_order_of_arrival() {
    let (stage, a1) = booked("").await;
    stage
        .calendly(&a1.canceled("2026-03-01T12:29:59Z", None))
        .await;
    advance(&stage, 3600).await;
    assert_eq!(texts(&stage).await[1], suppressed("canceled"));
    let (stage, a1) = noon("").await;
    stage
        .calendly(&a1.canceled("2026-03-01T12:10:00Z", None))
        .await;
    stage.calendly(&a1.created()).await;
    advance(&stage, 3600).await;
    assert!(
        texts(&stage).await.is_empty(),
        "nobody who cancelled is written to"
    );
}

#[tokio::test]
async fn x38_a_reschedule_stops_it_and_the_new_time_has_its_own() {
    let (stage, a1) = booked("").await;
    let mut a2 = Invitee::new(
        "A2",
        "E2",
        "2026-03-01T12:10:00Z",
        "2026-03-12T16:00:00Z",
        "2026-03-12T16:30:00Z",
    );
    a2.old = Some(a1.uri());
    advance(&stage, 600).await;
    stage
        .calendly(&a1.canceled("2026-03-01T12:10:00Z", Some(&a2.uri())))
        .await;
    // This is half of a reschedule, not a cancellation: the new invitee has not arrived yet.
    advance(&stage, 600).await;
    assert_eq!(texts(&stage).await[1], suppressed("rescheduled"));
    stage.calendly(&a2.created()).await;
    advance(&stage, 1800).await;
    let shown = texts(&stage).await;
    assert!(
        shown.contains(&row("confirmation", "A2", "sent", None))
            && shown.contains(&row("follow_up", "A2", "sent", None)),
        "{shown:?}"
    );
}

#[tokio::test]
async fn x38_the_start_of_the_call_stops_it_to_the_second() {
    for (start, expected) in [
        ("2026-03-01T12:30:00Z", suppressed("appointment_started")),
        ("2026-03-01T12:30:01Z", row("follow_up", "A1", "sent", None)),
    ] {
        let (stage, _) = noon("").await;
        let a1 = Invitee::new("A1", "E1", NOON, start, "2026-03-01T13:00:00Z");
        stage.calendly(&a1.created()).await;
        advance(&stage, 3600).await;
        assert_eq!(texts(&stage).await[1], expected, "{start}");
    }
}

#[tokio::test]
async fn x38_a_number_that_is_none_stops_everything() {
    let (stage, a1) = noon("").await;
    let mut body = a1.created();
    body["payload"]["text_reminder_number"] = json!("+1 222 333");
    stage.calendly(&body).await;
    advance(&stage, 3600).await;
    assert_eq!(
        texts(&stage).await,
        [row(
            "confirmation",
            "A1",
            "suppressed",
            Some("invalid_phone")
        )]
    );
}

/// Books at `now` for `start` with quiet hours; returns when the follow-up was sent, or why it was not.
async fn at_night(zone: &str, now: &'static str, start: &str) -> Result<String, String> {
    let options = Options {
        clock: now,
        config: "[quiet_hours]\nenabled = true\n".to_owned(),
        ..Options::default()
    };
    let stage = Stage::start(options).await;
    let mut a1 = Invitee::new("A1", "E1", now, start, "2026-12-31T00:00:00Z");
    a1.timezone = zone.to_owned();
    stage.calendly(&a1.created()).await;
    advance(&stage, 2 * 86_400).await;
    let shown = stage.get("/local/sms").await.body["messages"].clone();
    assert_eq!(
        (&shown[0]["intent"], &shown[0]["sent_at"], &shown[0]["to"]),
        (&json!("confirmation"), &json!(now), &json!(PHONE))
    );
    let text = |name: &str| shown[1][name].as_str().map(str::to_owned);
    text("sent_at").ok_or_else(|| text("reason").unwrap())
}

#[tokio::test]
async fn x38_the_night_delays_it_to_eight_and_never_past_the_start() {
    // Quiet hours across midnight, in New York.
    assert_eq!(
        at_night(
            "America/New_York",
            "2026-03-03T02:00:00Z",
            "2026-03-05T15:00:00Z"
        )
        .await,
        Ok("2026-03-03T13:00:00Z".to_owned())
    );
    // The call begins when quiet hours end: no slot before it.
    assert_eq!(
        at_night(
            "America/New_York",
            "2026-03-03T02:00:00Z",
            "2026-03-03T13:00:00Z"
        )
        .await,
        Err("no_slot_before_start".to_owned())
    );
    // The nights in which daylight saving begins and ends.
    assert_eq!(
        at_night(
            "America/New_York",
            "2026-03-08T02:00:00Z",
            "2026-03-10T15:00:00Z"
        )
        .await,
        Ok("2026-03-08T12:00:00Z".to_owned())
    );
    assert_eq!(
        at_night(
            "America/New_York",
            "2026-11-01T01:00:00Z",
            "2026-11-03T15:00:00Z"
        )
        .await,
        Ok("2026-11-01T13:00:00Z".to_owned())
    );
    // In a zone east of UTC it is morning already.
    assert_eq!(
        at_night("Asia/Tokyo", "2026-03-03T02:00:00Z", "2026-03-05T15:00:00Z").await,
        Ok("2026-03-03T02:30:00Z".to_owned())
    );
}
