//! Zones, attendance over time, the clock.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

/// (reporting zone, booking dates, day of the week, hours) of four bookings around two changes of the clock.
const ZONES: [(&str, [&str; 4], &str, [i64; 4]); 3] = [
    (
        "America/New_York",
        ["2026-03-08", "2026-03-08", "2026-11-01", "2026-11-01"],
        "Sunday",
        [1, 3, 1, 1],
    ),
    (
        "UTC",
        ["2026-03-08", "2026-03-08", "2026-11-01", "2026-11-01"],
        "Sunday",
        [6, 7, 5, 6],
    ),
    (
        "America/Los_Angeles",
        ["2026-03-07", "2026-03-07", "2026-10-31", "2026-10-31"],
        "Saturday",
        [22, 23, 22, 23],
    ),
];
const CREATED: [&str; 4] = [
    "2026-03-08T06:30:00Z",
    "2026-03-08T07:30:00Z",
    "2026-11-01T05:30:00Z",
    "2026-11-01T06:30:00Z",
];

#[tokio::test]
async fn time_goes_on_only_when_told() {
    let stage = Stage::plain().await;
    assert_eq!(
        stage.get("/local/clock").await.body,
        json!({ "now": "2026-03-01T00:00:00Z" })
    );
    let moved = stage
        .post("/local/clock", &json!({ "advance_seconds": 90 }))
        .await;
    assert_eq!(
        (moved.status, moved.body),
        (200, json!({ "now": "2026-03-01T00:01:30Z" }))
    );
    let back = stage
        .post("/local/clock", &json!({ "set": "2026-02-01T00:00:00Z" }))
        .await;
    assert_eq!(back.status, 422);
    // No schedule runs by itself under a set clock.
    let far = stage
        .post("/local/clock", &json!({ "set": "2026-03-09T00:00:00Z" }))
        .await;
    assert_eq!(far.status, 200);
    assert_eq!(stage.gold("bookings_trend").await, Vec::<Value>::new());
    // `as_of` before the last run's is refused, unless the run rebuilds.
    stage.etl("2026-03-09T00:00:00Z").await;
    assert_eq!(
        stage
            .post("/local/etl", &json!({ "as_of": "2026-03-08T00:00:00Z" }))
            .await
            .status,
        422
    );
    assert_eq!(
        stage
            .post(
                "/local/etl",
                &json!({ "as_of": "2026-03-08T00:00:00Z", "rebuild": true })
            )
            .await
            .status,
        200
    );
}

mod both {
    use super::*;

    #[tokio::test]
    async fn hours_are_those_of_the_reporting_zone() {
        for (zone, dates, day, hours) in ZONES {
            let options = Options {
                clock: "2026-11-02T00:00:00Z",
                config: format!("reporting_timezone = \"{zone}\"\n"),
                ..Options::default()
            };
            let stage = Stage::start(options).await;
            for (n, created) in CREATED.into_iter().enumerate() {
                let mut invitee = Invitee::new(
                    &format!("A{n}"),
                    &format!("E{n}"),
                    created,
                    "2026-11-20T15:00:00Z",
                    "2026-11-20T15:30:00Z",
                );
                invitee.timezone = "America/Los_Angeles".to_owned();
                stage.calendly(&invitee.created()).await;
            }
            stage.etl("2026-11-02T00:00:00Z").await;
            let mut expected: BTreeMap<i64, i64> = BTreeMap::new();
            hours
                .into_iter()
                .for_each(|hour| *expected.entry(hour).or_default() += 1);
            let rows = stage.gold("booking_time_analysis").await;
            assert!(
                rows.iter().all(|row| row["booking_day_of_week"] == day),
                "{zone} {rows:?}"
            );
            let shown: BTreeMap<i64, i64> = rows
                .iter()
                .map(|row| {
                    (
                        row["booking_hour"].as_i64().unwrap(),
                        row["bookings"].as_i64().unwrap(),
                    )
                })
                .collect();
            assert_eq!(shown, expected, "{zone}");
            let trend: BTreeMap<String, i64> = stage
                .gold("bookings_trend")
                .await
                .iter()
                .filter(|r| r["bookings"] != 0)
                .map(|r| {
                    (
                        r["booking_date"].as_str().unwrap().to_owned(),
                        r["bookings"].as_i64().unwrap(),
                    )
                })
                .collect();
            let mut per_day: BTreeMap<String, i64> = BTreeMap::new();
            dates
                .into_iter()
                .for_each(|date| *per_day.entry(date.to_owned()).or_default() += 1);
            assert_eq!(trend, per_day, "{zone}");
        }
    }

    #[tokio::test]
    async fn attendance_becomes_known_by_time_and_by_marks() {
        let stage = Stage::plain().await;
        let invitee = Invitee::new(
            "A1",
            "E1",
            "2026-02-28T22:30:00Z",
            "2026-03-02T15:00:00Z",
            "2026-03-02T15:30:00Z",
        );
        stage.calendly(&invitee.created()).await;
        let counts = async |as_of: &str| {
            stage.etl(as_of).await;
            let row = stage.gold("booking_time_analysis").await[0].clone();
            (
                row["attended"].clone(),
                row["no_show"].clone(),
                row["canceled"].clone(),
            )
        };
        assert_eq!(
            counts("2026-03-02T15:29:59Z").await,
            (json!(0), json!(0), json!(0))
        );
        assert_eq!(
            counts("2026-03-02T15:30:00Z").await,
            (json!(1), json!(0), json!(0))
        );
        stage
            .calendly(&invitee.no_show(true, "2026-03-02T16:00:00Z"))
            .await;
        assert_eq!(
            counts("2026-03-02T17:00:00Z").await,
            (json!(0), json!(1), json!(0))
        );
        stage
            .calendly(&invitee.no_show(false, "2026-03-02T16:30:00Z"))
            .await;
        assert_eq!(
            counts("2026-03-02T17:00:00Z").await,
            (json!(1), json!(0), json!(0))
        );
        stage
            .calendly(&invitee.canceled("2026-03-03T00:00:00Z", None))
            .await;
        assert_eq!(
            counts("2026-03-03T00:00:00Z").await,
            (json!(0), json!(0), json!(1))
        );
    }
}
