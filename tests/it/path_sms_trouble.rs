//! Texts whose outcome is lost, crashes between two of their steps, and what the log says of them.

use serde_json::json;

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::text_world::{NOON, advance, row, text, texts};

#[tokio::test]
async fn a_text_whose_outcome_is_lost_is_never_sent_again_and_its_delivery_event_resolves_it() {
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
    let shown = texts(&stage).await;
    assert_eq!(
        shown[0],
        row("confirmation", "A1", "unknown", None),
        "{shown:?}"
    );
    let id = stage.get("/local/sms").await.body["messages"][0]["intent_id"].clone();
    let event = stage
        .post(
            "/local/sms/delivery",
            &json!({ "intent_id": id, "status": "delivered" }),
        )
        .await;
    assert_eq!(event.status, 200, "{event:?}");
    assert_eq!(
        texts(&stage).await[0],
        row("confirmation", "A1", "sent", None)
    );
    let strange = stage
        .post(
            "/local/sms/delivery",
            &json!({ "intent_id": "nobody", "status": "failed" }),
        )
        .await;
    assert_eq!(strange.status, 404);
}

#[tokio::test]
async fn a_crash_at_any_point_sends_each_text_once() {
    // Skip 1: the letter to the customer is claimed before the text.
    for (point, skip) in [
        ("state.before_commit", 0),
        ("state.after_commit", 0),
        ("effect.after_claim", 1),
        ("effect.after_mark", 1),
    ] {
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
        assert_eq!(
            stage
                .post(
                    "/local/faults",
                    &json!({ "point": point, "action": "crash", "skip": skip })
                )
                .await
                .status,
            200
        );
        stage.calendly(&a1.created()).await;
        stage.restart().await;
        let shown = texts(&stage).await;
        let confirmations: Vec<_> = shown.iter().filter(|t| t.0 == "confirmation").collect();
        assert_eq!(confirmations.len(), 1, "{point} {shown:?}");
        // Claimed and not marked: the carrier may have been called.
        let state = if point == "effect.after_claim" {
            "unknown"
        } else {
            "sent"
        };
        assert_eq!(confirmations[0].2, state, "{point} {shown:?}");
        advance(&stage, 1800).await;
        assert!(
            texts(&stage)
                .await
                .contains(&row("follow_up", "A1", "sent", None)),
            "{point}"
        );
    }
}

#[tokio::test]
async fn no_number_and_no_word_of_a_customer_is_in_the_log() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let options = Options {
        clock: NOON,
        env: vec![("RUST_LOG", "debug".to_owned())],
        log: Some(log.path().to_owned()),
        ..Options::default()
    };
    let stage = Stage::start(options).await;
    let a1 = Invitee::new(
        "A1",
        "E1",
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    stage.calendly(&a1.created()).await;
    text(&stage, "my mother-in-law comes too", "m1").await;
    text(&stage, "STOP", "m2").await;
    advance(&stage, 3600).await;
    let lines = std::fs::read_to_string(log.path()).unwrap();
    assert!(
        lines.contains("inbound text") && lines.contains("CALENDLY_WEBHOOK_RECEIVED"),
        "the log is empty: {lines}"
    );
    for secret in [
        "2223334444",
        "222-333-4444",
        "222 333 4444",
        "mother-in-law",
        "jane@acme.co",
        "Jane Doe",
    ] {
        assert!(!lines.contains(secret), "{secret} is in the log");
    }
}
