//! What the webhooks missed: found by a sync, named, brought in once, and not told to anybody too late.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::vendors::Vendors;

const NOW: &str = "2026-03-20T12:00:00Z";

fn booking(id: &str, start: &str) -> Invitee {
    let end = start.replace("T15:00", "T15:30");
    let mut invitee = Invitee::new(id, &format!("E{id}"), "2026-03-01T10:00:00Z", start, &end);
    invitee.email = format!("{}@acme.co", id.to_lowercase());
    invitee
}

async fn stage(vendors: &Vendors) -> Stage {
    Stage::start(Options {
        clock: NOW,
        env: vendors.env(),
        ..Options::default()
    })
    .await
}

fn named(report: &Value) -> Vec<(&str, &str)> {
    let missed = report["missed_deliveries"].as_array().unwrap();
    missed
        .iter()
        .map(|one| {
            let uri = one["uri"].as_str().unwrap();
            let id = uri.rsplit('/').next().unwrap();
            (one["kind"].as_str().unwrap(), id)
        })
        .collect()
}

/// A1 is as the webhooks told; that A2 was booked, A3 cancelled and A4 did not come, they did not tell.
async fn outage(vendors: &Vendors, stage: &Stage) -> [Invitee; 4] {
    let known = booking("A1", "2026-03-10T15:00:00Z");
    let lost = booking("A2", "2026-03-25T15:00:00Z");
    let gone = booking("A3", "2026-03-26T15:00:00Z");
    let absent = booking("A4", "2026-03-11T15:00:00Z");
    for invitee in [&known, &gone, &absent] {
        stage.calendly(&invitee.created()).await;
        vendors.calendly.tell(&invitee.created());
    }
    vendors.calendly.tell(&lost.created());
    let canceled = gone.canceled("2026-03-19T09:00:00Z", None);
    vendors.calendly.tell(&canceled);
    let marked = absent.no_show(true, "2026-03-11T15:20:00Z");
    vendors.calendly.tell(&marked);
    [known, lost, gone, absent]
}

#[tokio::test]
async fn an_outage_of_the_webhooks_leaves_nothing_missing() {
    let vendors = Vendors::start(NOW).await;
    let stage = stage(&vendors).await;
    let [_, lost, gone, absent] = outage(&vendors, &stage).await;
    let report = stage.post("/local/sync/calendly", &json!({})).await;
    assert_eq!(report.status, 200, "{}", report.body);
    let report = report.body;
    let mut found = named(&report);
    found.sort_unstable();
    let expected = [
        ("invitee.canceled", "A3"),
        ("invitee.created", "A2"),
        ("invitee_no_show.created", "A4"),
    ];
    assert_eq!(found, expected);
    let missed = json!({ "created": 1, "canceled": 1, "no_show": 1, "no_show_deleted": 0 });
    for (counter, value) in [
        ("missed", missed),
        ("events_processed", json!(4)),
        ("invitees_processed", json!(4)),
        ("changed", json!(3)),
        ("customers_updated", json!(3)),
        ("no_shows_detected", json!(1)),
        ("upcoming_calls", json!(1)),
        ("avg_show_rate", json!(33.33)),
        ("pooled_show_rate", json!(33.33)),
    ] {
        assert_eq!(report[counter], value, "{counter}");
    }
    let bookings = stage.get("/api/bookings").await.body["items"].clone();
    for (invitee, state) in [
        (lost, "CONFIRMED"),
        (gone, "CANCELLED"),
        (absent, "NO_SHOW"),
    ] {
        let items = bookings.as_array().unwrap();
        let found = items.iter().find(|b| b["invitee_uri"] == invitee.uri());
        assert_eq!(found.unwrap()["state"], state);
    }
}

#[tokio::test]
async fn nothing_is_sent_late_and_a_second_run_changes_nothing() {
    let vendors = Vendors::start(NOW).await;
    let stage = stage(&vendors).await;
    let [_, lost, ..] = outage(&vendors, &stage).await;
    stage.post("/local/sync/calendly", &json!({})).await;
    let texts = stage.get("/local/sms").await.body["messages"].clone();
    let texts = texts.as_array().unwrap();
    let late = || {
        texts
            .iter()
            .filter(|text| text["invitee_uri"] == lost.uri())
    };
    assert!(late().count() > 0);
    for text in late() {
        assert_eq!(text["sent_at"], Value::Null);
        // A reminder of a call that is still to come is not late.
        if text["intent"] == "confirmation" {
            assert_eq!(text["reason"], "skipped_stale_backfill");
        }
        assert_ne!(text["intent"], "follow_up");
    }
    let again = stage.post("/local/sync/calendly", &json!({})).await.body;
    assert_eq!((&again["changed"], named(&again).len()), (&json!(0), 0));
    assert_eq!(again["avg_show_rate"], json!(33.33));
    let ops = stage.get("/api/ops").await.body;
    for run in ops["syncs"].as_array().unwrap() {
        let id = run["run_id"].as_str().unwrap();
        assert_eq!(&stage.get(&format!("/api/ops/syncs/{id}")).await.body, run);
    }
    assert_eq!(stage.get("/api/ops/syncs/none").await.status, 404);
    // Both ran at one instant of the set clock.
    let missed = |run: &Value| run["missed_deliveries"].as_array().unwrap().len();
    let mut missed: Vec<usize> = ops["syncs"]
        .as_array()
        .unwrap()
        .iter()
        .map(missed)
        .collect();
    missed.sort_unstable();
    assert_eq!(missed, [0, 3]);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_page_hides_no_delivery_from_the_report() {
    let vendors = Vendors::start(NOW).await;
    let mut stage = Stage::start(Options {
        clock: NOW,
        env: vendors.env(),
        faults: true,
        ..Options::default()
    })
    .await;
    for id in ["C1", "C2", "C3", "C4", "C5"] {
        let lost = booking(id, "2026-03-25T15:00:00Z");
        vendors.calendly.tell(&lost.created());
    }
    let crash = json!({ "point": "stream.after_put", "action": "crash", "skip": 2 });
    assert_eq!(stage.post("/local/faults", &crash).await.status, 200);
    let ended = stage
        .post_raw("/local/sync/calendly", &[], Vec::new())
        .await;
    assert_eq!(ended, None);
    stage.restart().await;
    let report = stage.post("/local/sync/calendly", &json!({})).await.body;
    assert_eq!(report["resumed"], true, "{report}");
    assert_eq!(
        (&report["changed"], &report["missed"]["created"]),
        (&json!(5), &json!(5))
    );
    let mut found = named(&report);
    found.sort_unstable();
    let expected = ["C1", "C2", "C3", "C4", "C5"].map(|id| ("invitee.created", id));
    assert_eq!(found, expected);
    let again = stage.post("/local/sync/calendly", &json!({})).await.body;
    assert_eq!((&again["changed"], named(&again).len()), (&json!(0), 0));
}

#[tokio::test]
async fn the_command_syncs_beside_a_running_serve() {
    let vendors = Vendors::start(NOW).await;
    let stage = stage(&vendors).await;
    let lost = booking("B1", "2026-03-25T15:00:00Z");
    vendors.calendly.tell(&lost.created());
    let args = [
        "sync",
        "calendly",
        "--since",
        "2026-01-01T00:00:00Z",
        "--json",
    ];
    let (code, stdout, stderr) = stage.cli_with(&args, &vendors.env()).await;
    assert_eq!(code, 0, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(named(&report), [("invitee.created", "B1")]);
    stage.drain().await;
    let path = format!("/api/bookings?invitee_uri={}", lost.uri());
    let found = stage.get(&path).await.body["items"].clone();
    assert_eq!(found[0]["state"], "CONFIRMED");
    // There is no stand-in outside `serve`.
    let (code, _, stderr) = stage.cli(&["sync", "close"]).await;
    assert_eq!(code, 2);
    assert!(stderr.contains("CLOSE_API_KEY"), "{stderr}");
    let (code, _, _) = stage.cli(&["sync", "stripe"]).await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn a_subscription_is_made_listed_and_ended_and_its_key_is_kept() {
    let vendors = Vendors::start(NOW).await;
    let stage = stage(&vendors).await;
    let url = format!("{}/api/webhooks/calendly", stage.base);
    let create = [
        "webhooks", "create", "--vendor", "calendly", "--url", &url, "--json",
    ];
    let (code, stdout, stderr) = stage.cli_with(&create, &vendors.env()).await;
    assert_eq!(code, 0, "{stderr}");
    let made: Value = serde_json::from_str(&stdout).unwrap();
    let list = ["webhooks", "list", "--vendor", "calendly", "--json"];
    let (_, stdout, _) = stage.cli_with(&list, &vendors.env()).await;
    let listed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(listed["subscriptions"][0]["id"], made["ids"][0]);
    assert_eq!(listed["subscriptions"][0]["active"], true);
    let id = made["ids"][0].as_str().unwrap();
    let delete = ["webhooks", "delete", "--vendor", "calendly", "--id", id];
    let (code, _, stderr) = stage.cli_with(&delete, &vendors.env()).await;
    assert_eq!(code, 0, "{stderr}");
    let (_, stdout, _) = stage.cli_with(&list, &vendors.env()).await;
    let listed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(listed["subscriptions"], json!([]));
    let kept = std::fs::read_to_string(stage.dir.path().join("secrets/webhook-keys.json"));
    assert!(kept.unwrap().contains("CALENDLY_WEBHOOK_SIGNING_KEYS"));
}
