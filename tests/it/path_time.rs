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

async fn set_clock(stage: &Stage, text: &str) {
    let moved = stage.post("/local/clock", &json!({ "set": text })).await;
    assert_eq!(moved.status, 200, "{moved:?}");
}

/// One booking after the other, with a run after each, then one after the calls' end. The ids of the deliveries.
async fn two_bookings_and_their_end(stage: &Stage) -> Vec<Value> {
    let mut deliveries = Vec::new();
    for n in 0..2 {
        let created = format!("2026-03-01T1{n}:00:00Z");
        set_clock(stage, &created).await;
        let booking = Invitee::new(
            &format!("A{n}"),
            &format!("E{n}"),
            &created,
            "2026-03-02T15:00:00Z",
            "2026-03-02T15:30:00Z",
        );
        let answer = stage.calendly(&booking.created()).await;
        deliveries.push(answer.body["delivery_id"].clone());
        set_clock(stage, &format!("2026-03-01T1{n}:30:00Z")).await;
        stage.post("/local/etl", &json!({})).await;
    }
    set_clock(stage, "2026-03-03T00:00:00Z").await;
    stage.post("/local/etl", &json!({})).await;
    deliveries
}

#[tokio::test]
async fn numbers_are_shown_as_they_stood_and_say_why_they_moved() {
    let stage = Stage::plain().await;
    let deliveries = two_bookings_and_their_end(&stage).await;
    let bookings = async |query: &str| {
        let path = format!("/api/marketing/bookings_trend{query}");
        let answer = stage.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["items"][0]["bookings"].clone()
    };
    assert_eq!(bookings("").await, 2);
    assert_eq!(bookings("?known_at=2026-03-01T10:30:00Z").await, 1);
    assert_eq!(bookings("?known_at=2026-03-01T11:29:59Z").await, 1);
    assert_eq!(bookings("?known_at=2026-03-01T11:30:00Z").await, 2);
    assert_eq!(
        bookings("?known_at=2026-03-01T10:00:00Z").await,
        Value::Null
    );
    let versions = stage.get("/api/versions").await.body["items"].clone();
    let instants: Vec<&str> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| moment["at"].as_str().unwrap())
        .collect();
    assert_eq!(
        instants,
        [
            "2026-03-03T00:00:00Z",
            "2026-03-01T11:30:00Z",
            "2026-03-01T10:30:00Z"
        ]
    );

    let changes = stage
        .get("/api/changes?since=2026-03-01T10:30:00Z&limit=1000")
        .await;
    let items = changes.body["items"].as_array().unwrap();
    let of = |table: &str, column: &str| {
        let found = items.iter().rfind(|change| {
            change["table"] == format!("gold.{table}") && change["column"] == column
        });
        found.unwrap_or_else(|| panic!("{table} {column}: {changes:?}"))
    };
    let booked = of("daily_bookings_by_source", "bookings");
    assert_eq!((&booked["from"], &booked["to"]), (&json!(1), &json!(2)));
    assert_eq!(booked["at"], "2026-03-01T11:30:00Z");
    assert_eq!(booked["cause"]["delivery_id"], deliveries[1], "{booked}");
    assert_eq!(booked["cause"]["kind"], "invitee.created");
    let attended = of("booking_time_analysis", "attended");
    assert_eq!(attended["at"], "2026-03-03T00:00:00Z");
    assert_eq!(
        attended["cause"],
        json!({ "action": "time_passed", "actor": "etl" })
    );
}

#[tokio::test]
async fn only_corrections_of_earlier_months_are_told_to_who_asks_for_them() {
    let stage = Stage::plain().await;
    two_bookings_and_their_end(&stage).await;
    let changes = async |query: &str| {
        let answer = stage
            .get(&format!(
                "/api/changes?since=2026-02-01T00:00:00Z&limit=1000{query}"
            ))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["items"].as_array().unwrap().clone()
    };
    let all = changes("").await;
    let corrected = changes("&corrected_before=2026-04").await;
    let second: Vec<&Value> = all
        .iter()
        .filter(|c| c["at"] != "2026-03-01T10:30:00Z")
        .collect();
    let trend = |changes: &[Value]| {
        let bookings = changes
            .iter()
            .filter(|c| c["column"] == "bookings" && c["table"] == "gold.bookings_trend");
        bookings
            .map(|c| (c["from"].clone(), c["to"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(trend(&all), [(Value::Null, json!(1)), (json!(1), json!(2))]);
    assert_eq!(trend(&corrected), [(json!(1), json!(2))]);
    assert!(
        corrected.iter().all(|change| second.contains(&change)),
        "{corrected:?}"
    );
    assert_eq!(
        changes("&corrected_before=2026-03").await,
        Vec::<Value>::new()
    );
    let wrong = stage.get("/api/changes?corrected_before=2026-13").await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
}

#[tokio::test]
async fn a_no_show_mark_and_its_end_name_their_deliveries() {
    let stage = Stage::plain().await;
    let start = "2026-03-02T15:00:00Z";
    let end = "2026-03-02T15:30:00Z";
    let booking = Invitee::new("A1", "E1", "2026-03-01T10:00:00Z", start, end);
    let run = async |at: &str| {
        set_clock(&stage, at).await;
        let ran = stage.post("/local/etl", &json!({})).await;
        assert_eq!(ran.status, 200, "{ran:?}");
    };
    stage.calendly(&booking.created()).await;
    run("2026-03-02T16:00:00Z").await;
    let mut since = "2026-03-02T16:00:00Z";
    for (set, at, kind, missed) in [
        (true, "2026-03-02T17:00:00Z", "invitee_no_show.created", 1),
        (false, "2026-03-02T18:00:00Z", "invitee_no_show.deleted", 0),
        (true, "2026-03-02T19:00:00Z", "invitee_no_show.created", 1),
    ] {
        set_clock(&stage, at).await;
        let told = stage.calendly(&booking.no_show(set, at)).await;
        run(at).await;
        let changes = stage.get(&format!("/api/changes?since={since}")).await;
        let items = changes.body["items"].as_array().unwrap();
        let moved = items
            .iter()
            .find(|change| change["column"] == "no_show")
            .unwrap_or_else(|| panic!("{changes:?}"));
        assert_eq!(moved["to"], missed, "{moved}");
        for change in items {
            let cause = &change["cause"];
            assert_eq!(cause["delivery_id"], told.body["delivery_id"], "{change}");
            assert_eq!(cause["kind"], kind, "{change}");
        }
        since = at;
    }
}

/// Questions of the routes that take `known_at`.
const QUESTIONS: [&str; 8] = [
    "/api/marketing/cost_per_booking?limit=50",
    "/api/metrics?month=2026-03",
    "/api/metrics/series?from=2026-02",
    "/api/rows/bookings?counted=true",
    "/api/attribution?by=channel",
    "/api/customers?sort=email",
    "/api/contacts?limit=50",
    "/api/rows/spend?month=all",
];

/// The answers, without the instant that those of the past name in their links.
async fn answers(stage: &Stage, known_at: Option<&str>) -> Vec<String> {
    let asked = known_at.map_or_else(String::new, |at| format!("&known_at={at}"));
    let named = asked.replace(':', "%3A");
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let answer = stage.get(&format!("{question}{asked}")).await;
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        let text = answer.body.to_string();
        let text = if known_at.is_some() {
            text.replace(&named, "")
        } else {
            text
        };
        answers.push(text);
    }
    answers
}

#[tokio::test]
async fn every_route_answers_what_was_known_as_it_did_then() {
    let stage = Stage::plain().await;
    let start = "2026-03-04T15:00:00Z";
    let booking = |n: &str, created: &str| {
        Invitee::new(n, &format!("E{n}"), created, start, "2026-03-04T15:30:00Z")
    };
    let (first, second) = (
        booking("A1", "2026-03-01T09:00:00Z"),
        booking("A2", "2026-03-01T12:00:00Z"),
    );
    let run = async |at: &str| {
        set_clock(&stage, at).await;
        let ran = stage.post("/local/etl", &json!({})).await;
        assert_eq!(ran.status, 200, "{ran:?}");
    };
    stage.calendly(&first.created()).await;
    run("2026-03-01T10:00:00Z").await;
    let morning = answers(&stage, None).await;
    set_clock(&stage, "2026-03-01T11:00:00Z").await;
    let spend = json!([{ "day": "2026-03-01", "channel": "unknown", "amount_minor": 5000, "currency": "USD" }]);
    assert_eq!(stage.post("/api/ad-spend", &spend).await.status, 200);
    stage.calendly(&second.created()).await;
    run("2026-03-01T13:00:00Z").await;
    let noon = answers(&stage, None).await;
    stage
        .calendly(&first.canceled("2026-03-02T08:00:00Z", None))
        .await;
    run("2026-03-05T00:00:00Z").await;
    let last = answers(&stage, None).await;
    for (at, then) in [
        ("2026-03-01T10:00:00Z", &morning),
        ("2026-03-01T13:00:00Z", &noon),
        ("2026-03-05T00:00:00Z", &last),
        ("2036-03-05T00:00:00Z", &last),
    ] {
        assert_eq!(&answers(&stage, Some(at)).await, then, "{at}");
    }
    let both = "/api/rows/bookings?attended=true&as_of=2026-03-06T00:00:00Z";
    let judged = stage
        .get(&format!("{both}&known_at=2026-03-01T13:00:00Z"))
        .await;
    assert_eq!(judged.body["total"], 2, "nobody knew of the cancellation");
    assert_eq!(stage.get(both).await.body["total"], 1);
    let before = stage
        .get("/api/contacts?known_at=2026-02-01T00:00:00Z")
        .await;
    assert_eq!(before.body["items"], json!([]));
}
