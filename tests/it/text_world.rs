//! What the tests of texts share.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

pub(crate) const NOON: &str = "2026-03-01T12:00:00Z";
pub(crate) const PHONE: &str = "+12223334444";

/// A stage at noon, and a booking for nine days later.
pub(crate) async fn noon(config: &str) -> (Stage, Invitee) {
    let options = Options {
        clock: NOON,
        config: config.to_owned(),
        ..Options::default()
    };
    (
        Stage::start(options).await,
        Invitee::new(
            "A1",
            "E1",
            NOON,
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        ),
    )
}

pub(crate) async fn advance(stage: &Stage, seconds: i64) {
    assert_eq!(
        stage
            .post("/local/clock", &json!({ "advance_seconds": seconds }))
            .await
            .status,
        200
    );
}

pub(crate) async fn text(stage: &Stage, body: &str, id: &str) -> Value {
    let answer = stage
        .post(
            "/local/sms/inbound",
            &json!({ "from": PHONE, "to": "+18005550100", "body": body, "message_id": id }),
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// (intent, invitee's last part, state, reason) of every text, in order of due time.
pub(crate) async fn texts(stage: &Stage) -> Vec<(String, String, String, Option<String>)> {
    let body = stage.get("/local/sms").await.body;
    let text = |m: &Value, name: &str| m[name].as_str().map(str::to_owned);
    let last = |m: &Value| {
        m["invitee_uri"]
            .as_str()
            .map_or(String::new(), |u| u.rsplit('/').next().unwrap().to_owned())
    };
    body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| {
            (
                text(m, "intent").unwrap(),
                last(m),
                text(m, "state").unwrap(),
                text(m, "reason"),
            )
        })
        .collect()
}

pub(crate) fn row(
    intent: &str,
    invitee: &str,
    state: &str,
    reason: Option<&str>,
) -> (String, String, String, Option<String>) {
    (
        intent.to_owned(),
        invitee.to_owned(),
        state.to_owned(),
        reason.map(str::to_owned),
    )
}

/// A booking of a number of its own.
pub(crate) fn stranger(n: u32) -> Value {
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
