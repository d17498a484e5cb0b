//! Exit codes, messages and JSON of the commands.

use crate::support::Site;

fn write(site: &Site, path: &str, text: &str) {
    let path = site.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

const RECORD: &str = r#"{"event_id":"e1","webhook_event":"invitee.created","webhook_created_at":"2026-02-01T09:00:00.000000Z","marketing_channel":"google","invitee_uri":"https://api.calendly.com/scheduled_events/E1/invitees/I1","invitee_email":"a@b.test","invitee_status":"active","invitee_created_at":"2026-02-01T09:00:00.000000Z","invitee_updated_at":"2026-02-01T09:00:00.000000Z","event_start_time":"2026-02-03T09:00:00.000000Z","event_end_time":"2026-02-03T09:30:00.000000Z","utm_source":"google","payload":{"uri":"https://api.calendly.com/scheduled_events/E1/invitees/I1"}}"#;

#[test]
fn an_imported_tree_becomes_gold_and_leads_back_to_its_object() {
    let site = Site::new();
    write(&site, "tree/calendly_events/channel=google/date=2026-02-01/batch-0000.ndjson", &format!("{RECORD}\n"));
    write(&site, "tree/marketing_spend/date=2026-02-01/spend.json", "{\"date\":\"2026-02-01\",\"channel\":\"google\",\"spend\":12.34}\n");
    let tree = site.path().join("tree");
    let from = tree.to_str().unwrap();
    assert_eq!(site.json(&["import", "--from", from])["new_objects"], 2);
    assert_eq!(site.json(&["import", "--from", from])["new_objects"], 0);

    let report = site.json(&["etl", "--as-of", "2026-02-10T00:00:00Z"]);
    assert_eq!(report["as_of"], "2026-02-10T00:00:00Z");
    assert_eq!(report["tables"]["silver.invitees"]["rows_written"], 1);
    let again = site.json(&["etl", "--as-of", "2026-02-10T00:00:00Z"]);
    assert!(again["tables"].as_object().unwrap().values().all(|table| table["commits"] == 0), "{again}");

    let lineage = site.json(&["lineage", "cost_per_booking", "booking_date=2026-02-01", "channel=google"]);
    assert_eq!(lineage["silver"].as_array().unwrap().len(), 1);
    let origin = &lineage["objects"][0];
    assert_eq!(origin["tier"], "bronze");
    assert!(origin["key"].as_str().unwrap().starts_with("bronze/calendly_events/channel=google/date=2026-02-01/imported-"), "{origin}");
    assert_eq!(origin["sha256"].as_str().unwrap().len(), 64);

    // Back in time only by a rebuild.
    let back = site.run(&["etl", "--as-of", "2026-02-09T00:00:00Z"]);
    assert_eq!((back.status.code(), back.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&back.stderr).contains("--rebuild"));
    let rebuilt = site.json(&["etl", "--as-of", "2026-02-09T00:00:00Z", "--rebuild"]);
    assert_eq!(rebuilt["tables"]["silver.invitees"]["rows_written"], 1);
}

#[test]
fn wrong_usage_is_2_and_failure_is_1_with_one_line() {
    let site = Site::new();
    write(&site, "odd/readme.txt", "not a tree");
    let odd = site.path().join("odd");
    let failed = site.run(&["import", "--from", odd.to_str().unwrap()]);
    let message = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!((failed.status.code(), message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("readme.txt") && message.contains("calendly_events/channel=*"), "{message}");

    for args in [
        &["sing"][..],
        &["etl", "--as-of", "yesterday"],
        &["serve", "--listen", "0.0.0.0:8080"],
        &["serve", "--clock", "noon"],
        &["lineage", "bookings_trend"],
        &["lineage", "nothing", "a=b"],
        &["lineage", "bookings_trend", "colour=red"],
        &["replay", "--day", "2026-02-30"],
    ] {
        assert_eq!(site.run(args).status.code(), Some(2), "{args:?}");
    }
    let site = Site::with_rules("colour = 1");
    let output = site.run(&["etl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("colour"));
}
