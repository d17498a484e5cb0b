//! `bookpath import` takes in a whole bronze tree, and its figures equal those of a rebuild.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::stage::{Options, Stage, cli};

/// A generated tree of about 600 records and one more day.
fn tree(out: &Path) {
    let script = Path::new("../bench/gen_bronze.py");
    let status = Command::new("python3")
        .arg(script)
        .args([
            "--n",
            "600",
            "--days",
            "20",
            "--layout",
            "ndjson",
            "--new-day",
            "--out",
        ])
        .arg(out)
        .status()
        .unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn increment_equals_rebuild() {
    let dir = tempfile::tempdir().unwrap();
    tree(dir.path());
    let hist = dir.path().join("hist").to_string_lossy().into_owned();
    let new = dir.path().join("new").to_string_lossy().into_owned();
    let stage = Stage::start(Options {
        clock: "2026-02-22T00:00:00Z",
        ..Options::default()
    })
    .await;
    let first = stage.cli_json(&["import", "--from", &hist]).await;
    let again = stage.cli_json(&["import", "--from", &hist]).await;
    assert_ne!(first, json!({}));
    stage
        .cli_json(&["etl", "--as-of", "2026-02-10T12:00:00Z"])
        .await;
    stage.cli_json(&["import", "--from", &new]).await;
    stage
        .cli_json(&["etl", "--as-of", "2026-02-21T00:00:00Z"])
        .await;
    let by_increments = stage.all_gold().await;
    let report = stage
        .cli_json(&["etl", "--rebuild", "--as-of", "2026-02-21T00:00:00Z"])
        .await;
    assert_eq!(stage.all_gold().await, by_increments, "{again}");
    assert!(
        report["tables"]["silver.invitees"]["rows_read"]
            .as_i64()
            .unwrap()
            > 600,
        "{report}"
    );
    let total: i64 = stage
        .gold("bookings_trend")
        .await
        .iter()
        .map(|row| row["bookings"].as_i64().unwrap())
        .sum();
    assert!(total > 400, "{total}");
    let spend = stage
        .gold("cost_per_booking")
        .await
        .iter()
        .filter(|row| row["spend_status"] == "known")
        .count();
    assert_eq!(spend, 21 * 3);
}

#[tokio::test]
async fn an_imported_row_leads_back_to_its_bronze_object() {
    let dir = tempfile::tempdir().unwrap();
    tree(dir.path());
    let hist = dir.path().join("hist").to_string_lossy().into_owned();
    let stage = Stage::start(Options {
        clock: "2026-02-22T00:00:00Z",
        ..Options::default()
    })
    .await;
    stage.cli_json(&["import", "--from", &hist]).await;
    stage
        .cli_json(&["etl", "--as-of", "2026-02-21T00:00:00Z"])
        .await;
    let row = stage
        .gold("daily_bookings_by_source")
        .await
        .into_iter()
        .find(|row| row["utm_source"] == "facebook")
        .unwrap();
    let date = format!("booking_date={}", row["booking_date"].as_str().unwrap());
    let channel = format!(
        "marketing_channel={}",
        row["marketing_channel"].as_str().unwrap()
    );
    let lineage: Value = stage
        .cli_json(&[
            "lineage",
            "daily_bookings_by_source",
            &date,
            "utm_source=facebook",
            &channel,
        ])
        .await;
    assert!(
        lineage.to_string().contains("bronze/calendly_events/"),
        "{lineage}"
    );
}

#[tokio::test]
async fn a_folder_of_another_shape_is_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("readme.txt"), "no tree").unwrap();
    let data = tempfile::tempdir().unwrap();
    for from in [
        dir.path().to_string_lossy().into_owned(),
        "/no/such/folder".to_owned(),
    ] {
        let (code, stdout, stderr) = cli(data.path(), &["import", "--from", &from]).await;
        assert_eq!(
            (code, stdout.as_str(), stderr.trim().lines().count()),
            (1, "", 1),
            "{stderr}"
        );
        assert!(stderr.contains(&from), "{stderr}");
    }
}
