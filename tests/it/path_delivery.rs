//! From the webhook to bronze, and a replay from the archive.

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

fn invitee() -> Invitee {
    Invitee::new(
        "A1",
        "E1",
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    )
}

#[tokio::test]
async fn everything_downstream_of_raw_can_be_lost() {
    let mut stage = Stage::plain().await;
    stage.calendly(&invitee().created()).await;
    stage
        .calendly(&invitee().canceled("2026-02-28T23:00:00Z", None))
        .await;
    stage.etl("2026-03-01T00:00:00Z").await;
    let before = stage.all_gold().await;
    for tier in ["bronze", "silver", "gold"] {
        std::fs::remove_dir_all(stage.lake().join(tier)).unwrap();
    }
    let report = stage
        .cli_json(&["replay", "--day", "2026-03-01", "--rebuild-silver"])
        .await;
    assert_eq!(
        (&report["processed"], &report["changed_rows"]),
        (&json!(2), &json!(1)),
        "{report}"
    );
    stage.crash_and_restart().await;
    assert_eq!(stage.all_gold().await, before);
}

/// X66: after other rules a replay derives the rows of its own day again, and no others.
#[tokio::test]
async fn a_replay_derives_the_rows_of_its_day_by_the_present_rules() {
    let stage = Stage::plain().await;
    for (day, name) in [("2026-03-01", "A1"), ("2026-03-02", "A2")] {
        let now = format!("{day}T10:00:00Z");
        stage.post("/local/clock", &json!({ "set": now })).await;
        let call = ["2026-03-20T15:00:00Z", "2026-03-20T15:30:00Z"];
        let mut body = Invitee::new(name, name, &now, call[0], call[1]).created();
        body["payload"]["tracking"]["utm_source"] = json!("newsletter");
        stage.calendly(&body).await;
    }
    stage.etl("2026-03-02T12:00:00Z").await;
    let rules = "[[channels.utm_rules]]\nutm_source = \"newsletter\"\nchannel = \"mail\"\n";
    std::fs::write(stage.dir.path().join("bookpath.toml"), rules).unwrap();
    let replay = ["replay", "--day", "2026-03-01", "--rebuild-silver"];
    assert_eq!(stage.cli_json(&replay).await["changed_rows"], 1);
    let rows = stage.get("/api/marketing/daily_bookings_by_source").await;
    let rows = rows.body["items"].as_array().unwrap();
    let channels: Vec<&Value> = rows.iter().map(|row| &row["marketing_channel"]).collect();
    assert_eq!(channels, ["mail", "unknown"]);
    assert_eq!(stage.cli_json(&replay).await["changed_rows"], 0);
}

/// A replayed delivery that was never processed has its effects only with `--with-effects`.
#[tokio::test]
async fn a_replay_has_effects_only_when_asked_and_only_once() {
    let stage = Stage::plain().await;
    let now = jiff::Timestamp::now();
    let at = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    let body = Invitee::new("R1", "R", &now.to_string(), &at(240), &at(241))
        .created()
        .to_string();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let folder = stage.lake().join("raw/calendly").join(&day);
    std::fs::create_dir_all(&folder).unwrap();
    let sha256 = hex::encode(sha2::Sha256::digest(body.as_bytes()));
    std::fs::write(folder.join(format!("{sha256}.json")), &body).unwrap();
    let mut effects = Vec::new();
    for asked in [
        &["replay", "--day", &day][..],
        &["replay", "--day", &day, "--with-effects"],
        &["replay", "--day", &day, "--with-effects"],
    ] {
        let report = stage.cli_json(asked).await;
        assert_eq!(report["processed"], 1, "{report}");
        effects.push(report["effects"].clone());
    }
    // A confirmation and the wait for the follow-up.
    assert_eq!(
        effects,
        [
            json!({"sms": 0, "stripe": 0}),
            json!({"sms": 2, "stripe": 0}),
            json!({"sms": 0, "stripe": 0})
        ]
    );
}

/// While bronze cannot be written the inbox shows the delivery with its tries; afterwards it is done, not a duplicate.
#[tokio::test]
async fn what_is_tried_again_shows_in_the_inbox() {
    let stage = Stage::start(Options {
        faults: true,
        ..Options::default()
    })
    .await;
    assert_eq!(
        stage.get("/api/inbox?status=processing").await.body["items"],
        json!([])
    );
    // The first write, the receiver's, passes; those of write-bronze fail.
    let fault = |skip: u32, count: u32| json!({ "point": "storage", "action": "error", "skip": skip, "count": count });
    stage.post("/local/faults", &fault(1, 1_000_000)).await;
    let receipt = stage.calendly(&invitee().created()).await.body;
    let began = std::time::Instant::now();
    let item = loop {
        if let Some(item) = stage.get("/api/inbox?status=processing").await.body["items"].get(0) {
            break item.clone();
        }
        assert!(
            began.elapsed().as_secs() < 20,
            "{:?}",
            stage.get("/api/inbox").await.body
        );
    };
    assert_eq!(
        (&item["delivery_id"], &item["error_class"]),
        (&receipt["delivery_id"], &json!("TRANSIENT_ERROR")),
        "{item}"
    );
    assert!(
        item["attempts"].as_u64().unwrap() >= 1 && item["error"].is_string(),
        "{item}"
    );
    stage.post("/local/faults", &fault(0, 0)).await;
    stage.drain().await;
    let items = stage.get("/api/inbox").await.body["items"].clone();
    assert_eq!(
        (
            items.as_array().unwrap().len(),
            &items[0]["status"],
            &items[0]["error"]
        ),
        (1, &json!("done"), &Value::Null),
        "{items}"
    );
    assert!(items[0]["attempts"].as_u64().unwrap() >= 2, "{items}");
    assert_eq!(
        stage.calendly(&invitee().created()).await.body["status"],
        "duplicate"
    );
}

mod both {
    use super::*;

    #[tokio::test]
    async fn the_same_version_with_other_content_reaches_the_lake_but_is_a_duplicate() {
        let stage = Stage::plain().await;
        let first = invitee().created();
        let mut other = first.clone();
        other["payload"]["name"] = json!("Jane Roe");
        let mut statuses = Vec::new();
        for body in [&first, &first, &other, &other] {
            statuses.push(stage.calendly(body).await.body["status"].clone());
        }
        assert_eq!(
            statuses,
            ["accepted", "duplicate", "duplicate", "duplicate"]
        );
        stage.drain().await;
        let mut names: Vec<String> = Vec::new();
        for (_, text) in stage.objects("bronze/calendly_events/").await {
            let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
            names.extend(
                text.lines()
                    .map(|text| line(text)["invitee_name"].as_str().unwrap().to_owned()),
            );
        }
        names.sort();
        names.dedup();
        assert_eq!(names, ["Jane Doe", "Jane Roe"]);
        assert_eq!(
            stage.get("/api/ops").await.body["counters"]["webhook_duplicate"],
            3
        );
    }

    #[tokio::test]
    async fn a_replayed_delivery_is_a_duplicate_unless_it_had_failed() {
        let stage = Stage::plain().await;
        let accepted = stage.calendly(&invitee().created()).await.body;
        let failed = stage
            .calendly(&json!({ "event": "invitee.created", "payload": {} }))
            .await
            .body;
        stage.drain().await;
        for (receipt, status) in [(&accepted, "duplicate"), (&failed, "failed")] {
            let id = receipt["delivery_id"].as_str().unwrap();
            let again = stage
                .post(&format!("/api/inbox/{id}/replay"), &json!({}))
                .await;
            assert_eq!(
                (again.status, &again.body["status"]),
                (200, &json!(status)),
                "{again:?}"
            );
        }
        let item = stage.get("/api/inbox?status=failed").await.body["items"][0].clone();
        assert_eq!(
            (&item["attempts"], &item["error_class"]),
            (&json!(1), &json!("VALIDATION_ERROR"))
        );
        assert_eq!(
            stage
                .post("/api/inbox/none/replay", &json!({}))
                .await
                .status,
            404
        );
    }
}
