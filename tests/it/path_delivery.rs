//! A delivery's way from the edge to bronze.

use serde_json::json;

use crate::support::calendly::{canceled, created, post, seconds};
use crate::support::{Site, parts};

const NOW: &str = "2026-03-01T10:00:05Z";

#[tokio::test]
async fn the_same_version_with_other_content_reaches_the_lake_but_is_a_duplicate() {
    let site = Site::new();
    let server = site.serve(&["--clock", NOW]);
    let first = created("A1", "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
    let mut other = first.clone();
    other["payload"]["name"] = json!("Jane Roe");
    let mut statuses = Vec::new();
    for body in [&first, &first, &other, &other] {
        statuses.push(parts(post(&server, seconds(NOW), body).await).await.1["status"].clone());
    }
    assert_eq!(statuses, ["accepted", "duplicate", "duplicate", "duplicate"]);
    server.drain().await;
    let mut names: Vec<String> = site.bronze().iter().map(|line| line["invitee_name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["Jane Doe", "Jane Roe"]);
    assert_eq!(server.counter("webhook_duplicate").await, 3);
}

#[tokio::test]
async fn the_inbox_pages_through_every_delivery() {
    let site = Site::new();
    let server = site.serve(&["--clock", NOW]);
    for n in 0..7 {
        let body = created(&format!("A{n}"), "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
        assert_eq!(post(&server, seconds(NOW), &body).await.status(), 200);
    }
    let again = created("A0", "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
    post(&server, seconds(NOW), &again).await;
    server.drain().await;
    let mut seen = Vec::new();
    let mut path = "/api/inbox?limit=3".to_owned();
    loop {
        let page = server.read(&path).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["delivery_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/inbox?limit=3&cursor={}", cursor.replace('#', "%23"));
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (8, 8));
    assert_eq!(server.read("/api/inbox?status=duplicate").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(parts(server.get("/api/inbox?status=lost").await).await.0, 422);
}

#[tokio::test]
async fn a_day_can_be_replayed_from_the_raw_archive() {
    let site = Site::new();
    let server = site.serve(&["--clock", NOW]);
    let first = created("A1", "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
    for body in [&first, &canceled(&first, "2026-03-01T10:00:02Z", None)] {
        assert_eq!(post(&server, seconds(NOW), body).await.status(), 200);
    }
    server.ask("/local/etl", json!({})).await;
    let before = server.read("/api/marketing/bookings_trend").await["items"].clone();
    let received = server.counter("webhook_received").await;
    let report = site.json(&["replay", "--day", "2026-03-01", "--vendor", "calendly"]);
    assert_eq!(report, json!({"processed": 2, "changed_rows": 0, "skipped_erased": 0, "effects": {"sms": 0, "stripe": 0}}));
    assert_eq!((server.counter("replayed").await, server.counter("webhook_received").await), (2, received));

    // Everything downstream of raw is gone, and comes back.
    server.kill();
    for tier in ["bronze", "silver", "gold", "state"] {
        std::fs::remove_dir_all(site.path().join("lake").join(tier)).unwrap();
    }
    let report = site.json(&["replay", "--day", "2026-03-01", "--rebuild-silver"]);
    assert_eq!((report["processed"].as_u64(), report["changed_rows"].as_u64()), (Some(2), Some(1)));
    let server = site.serve(&["--clock", NOW]);
    let mut after = server.read("/api/marketing/bookings_trend").await["items"].clone();
    assert_eq!(after.as_array().unwrap().len(), 1);
    after[0]["as_of"] = before[0]["as_of"].clone();
    assert_eq!(after, before);
}
