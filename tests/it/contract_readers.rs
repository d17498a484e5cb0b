//! Readers that share no code with ours open every table and find exactly the published columns.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::calendly::Invitee;
use crate::stage::Stage;

/// The columns of `silver/invitees` with Delta's type names: the 32 fixed ones, then the extras.
const INVITEES: &str = "invitee_uri string, invitee_email string, invitee_name string, invitee_first_name string, invitee_last_name string, \
    invitee_status string, invitee_timezone string, invitee_phone string, invitee_created_at timestamp, invitee_updated_at timestamp, \
    invitee_canceled boolean, invitee_rescheduled boolean, event_name string, event_status string, event_type string, event_start_time timestamp, \
    event_end_time timestamp, event_created_at timestamp, location_type string, location_join_url string, utm_campaign string, utm_source string, \
    utm_medium string, utm_content string, utm_term string, marketing_channel string, booking_date date, booking_year integer, booking_month integer, \
    booking_day_of_week string, booking_hour integer, processed_at timestamp, event_uri string, host_email string, host_name string, \
    old_invitee_uri string, new_invitee_uri string, chain_id string, attendance string, attendance_source string, booking_hour_local integer, \
    event_hour_local integer, raw_sha256 string";

const GOLD: [(&str, &str); 5] = [
    (
        "gold/booking_time_analysis",
        "booking_day_of_week string, booking_hour integer, marketing_channel string, bookings long, canceled long, attended long, no_show long, \
         avg_lead_hours double, as_of timestamp",
    ),
    (
        "gold/bookings_trend",
        "booking_date date, bookings long, bookings_7d_avg double, bookings_28d_avg double, wow_change_pct double, as_of timestamp",
    ),
    (
        "gold/channel_attribution",
        "month string, channel string, campaign string, model string, touches long, conversions_credit double, revenue_credit_minor long, \
         cash_credit_minor long, cost_minor long, roas double, as_of timestamp, currency string, cost_currency string",
    ),
    (
        "gold/cost_per_booking",
        "booking_date date, channel string, campaign string, spend_minor long, bookings long, attended long, cost_per_booking_minor long, \
         cost_per_attended_minor long, spend_status string, as_of timestamp, currency string",
    ),
    (
        "gold/daily_bookings_by_source",
        "booking_date date, utm_source string, marketing_channel string, bookings long, unique_contacts long, first_time_contacts long, as_of timestamp",
    ),
];

fn columns(table: &Value) -> String {
    let pairs = table["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {}", c[0].as_str().unwrap(), c[1].as_str().unwrap()));
    pairs.collect::<Vec<_>>().join(", ")
}

/// The documented columns of a table, from docs/DATA.md's own words, must all exist.
#[tokio::test]
async fn delta_and_polars_read_every_table() {
    let stage = Stage::plain().await;
    let invitee = Invitee::new(
        "A1",
        "E1",
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    stage.calendly(&invitee.created()).await;
    stage
        .calendly(&invitee.canceled("2026-02-28T23:00:00Z", None))
        .await;
    stage.etl("2026-03-01T00:00:00Z").await;
    let python = std::env::var("BOOKPATH_READER_PYTHON")
        .expect("BOOKPATH_READER_PYTHON: run through `make acceptance`");
    let script = Path::new("python/read_tables.py");
    let output = Command::new(python)
        .arg(script)
        .arg(stage.lake())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tables: Value = serde_json::from_slice(&output.stdout).unwrap();
    let invitees = columns(&tables["silver/invitees"]);
    assert!(invitees.starts_with(INVITEES), "{invitees}");
    assert_eq!(tables["silver/invitees"]["rows"], 1);
    let documented = std::fs::read_to_string(Path::new("../docs/DATA.md")).unwrap();
    for (name, expected) in GOLD {
        assert_eq!(columns(&tables[name]), expected, "{name}");
        assert_eq!(tables[name]["rows"], 1, "{name}");
        for column in expected
            .split(", ")
            .filter_map(|pair| pair.split(' ').next())
        {
            assert!(
                documented.contains(column),
                "docs/DATA.md does not name {name}.{column}"
            );
        }
    }
    for column in INVITEES
        .split(", ")
        .filter_map(|pair| pair.split(' ').next())
    {
        assert!(
            documented.contains(column),
            "docs/DATA.md does not name silver/invitees.{column}"
        );
    }
}

/// The command line reads the same numbers in SQL, and nothing but the tables.
#[tokio::test]
async fn sql_of_the_command_line_reads_the_tables_and_nothing_else() {
    let stage = Stage::plain().await;
    stage
        .calendly(
            &Invitee::new(
                "A1",
                "E1",
                "2026-02-28T22:30:00Z",
                "2026-03-10T15:00:00Z",
                "2026-03-10T15:30:00Z",
            )
            .created(),
        )
        .await;
    stage.etl("2026-03-01T00:00:00Z").await;
    let asked = stage
        .cli_json(&[
            "query",
            "SELECT booking_date, bookings FROM gold.bookings_trend ORDER BY booking_date",
        ])
        .await;
    assert_eq!(
        asked["rows"],
        serde_json::json!([{ "booking_date": "2026-02-28", "bookings": 1 }]),
        "{asked}"
    );
    let most = stage
        .cli_json(&[
            "query",
            "SELECT * FROM (VALUES (1), (2)) AS t(n)",
            "--limit",
            "1",
        ])
        .await;
    assert_eq!(
        (
            most["rows"].as_array().unwrap().len(),
            &most["more"],
            &most["cost_usd"]
        ),
        (1, &Value::Bool(true), &Value::from("0"))
    );
    let elsewhere = stage.dir.path().join("elsewhere.csv").display().to_string();
    for sql in [
        "SELECT colour FROM gold.bookings_trend".to_owned(),
        "DROP TABLE gold.bookings_trend".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        format!("COPY (SELECT 1) TO '{elsewhere}'"),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{elsewhere}'"),
        "INSERT INTO gold.bookings_trend SELECT * FROM gold.bookings_trend".to_owned(),
    ] {
        let (code, stdout, stderr) = stage.cli(&["query", &sql]).await;
        assert_eq!(
            (code, stdout.as_str(), stderr.trim().lines().count()),
            (2, "", 1),
            "{sql}: {stderr}"
        );
    }
}
