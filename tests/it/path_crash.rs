//! A delivery that got 200 survives `kill -9` at any moment and is processed once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{CALENDLY_KEY, Options, Stage, timed_signature};

fn invitee(n: usize) -> Invitee {
    let mut invitee = Invitee::new(
        &format!("A{n}"),
        &format!("E{n}"),
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    invitee.email = format!("lead{n}@example.org");
    invitee
}

/// Posts one; whether it was acknowledged.
async fn acknowledged(stage: &Stage, body: &Value, t: i64) -> bool {
    let raw = body.to_string().into_bytes();
    let header = (
        "Calendly-Webhook-Signature",
        timed_signature(CALENDLY_KEY, t, &raw),
    );
    stage
        .post_raw("/api/webhooks/calendly", &[header], raw)
        .await
        .is_some_and(|answer| answer.status == 200)
}

async fn bookings(stage: &Stage) -> i64 {
    stage.etl("2026-03-01T00:00:00Z").await;
    stage
        .gold("bookings_trend")
        .await
        .iter()
        .map(|row| row["bookings"].as_i64().unwrap())
        .sum()
}

#[tokio::test]
async fn killed_in_a_stream_of_posts() {
    let mut stage = Stage::plain().await;
    let t = stage.now().await.as_second();
    let mut kept = BTreeSet::new();
    for round in 0..4 {
        for n in 0..25 {
            let id = round * 25 + n;
            if acknowledged(&stage, &invitee(id).created(), t).await {
                kept.insert(id);
            }
        }
        if round % 2 == 0 {
            stage.post("/local/etl", &json!({})).await;
        }
        stage.crash_and_restart().await;
    }
    assert_eq!(kept.len(), 100);
    assert_eq!(bookings(&stage).await, 100);
}

#[tokio::test]
async fn every_crash_point_of_the_edge_is_repaired() {
    for point in [
        "raw.before_write",
        "raw.after_write",
        "stream.after_put",
        "state.before_commit",
        "state.after_commit",
    ] {
        let mut stage = Stage::start(Options {
            faults: true,
            ..Options::default()
        })
        .await;
        let t = stage.now().await.as_second();
        assert!(acknowledged(&stage, &invitee(1).created(), t).await);
        let armed = stage
            .post(
                "/local/faults",
                &json!({ "point": point, "action": "crash", "skip": 0, "count": 1 }),
            )
            .await;
        assert_eq!(armed.status, 200, "{point} {armed:?}");
        let taken = acknowledged(&stage, &invitee(2).created(), t).await;
        // The points of the consumer come after the answer; a drain waits for them.
        let drained = stage
            .post_raw("/local/drain", &[], Vec::new())
            .await
            .is_some();
        if !taken || !drained {
            stage.restart().await;
            // The vendor retries what was not acknowledged.
            assert!(
                acknowledged(&stage, &invitee(2).created(), t).await,
                "{point}"
            );
        }
        assert_eq!(bookings(&stage).await, 2, "{point}");
        let processed = stage.get("/api/inbox?limit=100").await.body["items"]
            .as_array()
            .unwrap()
            .clone();
        let accepted = processed
            .iter()
            .filter(|item| item["status"] == "done" || item["status"] == "received")
            .count();
        assert_eq!(accepted, 2, "{point} {processed:?}");
    }
}

#[tokio::test]
async fn the_command_line_works_beside_a_running_serve() {
    let stage = Stage::plain().await;
    stage.calendly(&invitee(1).created()).await;
    stage.post("/local/drain", &json!({})).await;
    let report = stage
        .cli_json(&["etl", "--as-of", "2026-03-01T00:00:00Z"])
        .await;
    assert_eq!(
        report["tables"]["silver.invitees"]["rows_written"], 1,
        "{report}"
    );
    assert_eq!(report["as_of"], "2026-03-01T00:00:00Z");
    assert_eq!(stage.gold("bookings_trend").await.len(), 1);
    let (code, _, stderr) = stage.cli(&["etl", "--as-of", "yesterday"]).await;
    assert_eq!(code, 2, "{stderr}");
    let (code, _, stderr) = stage.cli(&["lineage", "no_such_table", "a=b"]).await;
    assert_eq!((code, stderr.trim().lines().count()), (2, 1), "{stderr}");
}

#[tokio::test]
async fn an_unknown_key_of_the_configuration_is_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("bookpath.toml"), "colour = \"blue\"\n").unwrap();
    let (code, _, stderr) = crate::stage::cli(dir.path(), &["etl"]).await;
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("colour"), "{stderr}");
}
