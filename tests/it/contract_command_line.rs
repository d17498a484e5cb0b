//! Exit codes of the command line.

use crate::stage::cli;

#[tokio::test]
async fn wrong_usage_is_2() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["sing"][..],
        &["etl", "--as-of", "yesterday"],
        &["serve", "--listen", "0.0.0.0:8080"],
        &["serve", "--clock", "noon"],
        &["lineage", "bookings_trend"],
        &["lineage", "bookings_trend", "colour=red"],
        &["lineage", "bookings_trend", "booking_date"],
        &["replay", "--day", "2026-02-30"],
        &["replay", "--day", "2026-02-01", "--vendor", "hubspot"],
    ] {
        let (code, stdout, _) = cli(dir.path(), args).await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
    }
}

#[tokio::test]
async fn failure_is_1_with_one_line() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["import", "--from", "nowhere"][..],
        &["import", "--from", "."],
    ] {
        let (code, stdout, stderr) = cli(dir.path(), args).await;
        assert_eq!(
            (code, stdout.as_str(), stderr.trim().lines().count()),
            (1, "", 1),
            "{args:?}: {stderr}"
        );
    }
}
