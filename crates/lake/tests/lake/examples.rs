//! The worked examples that say what silver and gold must hold.

use bookpath_lake::{Catalog, Filter};
use serde_json::{Value, json};

use crate::simple::{created, reschedule};
use crate::{Bench, assert_same, at};

#[tokio::test]
async fn a_reschedule_in_any_order_is_one_booking() {
    let messages = reschedule();
    let mut seen: Option<Vec<_>> = None;
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut bench = Bench::new("UTC");
        for message in order {
            bench
                .run(&[messages[message].clone()], at("2026-03-05T00:00:00Z"))
                .await;
        }
        let silver = bench.rows("silver.invitees").await;
        assert_eq!(silver.len(), 2, "{order:?}");
        let columns = ["invitee_uri", "invitee_status", "chain_id", "attendance"];
        let view = |i: usize| columns.map(|column| silver[i][column].clone());
        let first = ["A1", "canceled", "A1", "canceled_early"].map(Value::from);
        assert_eq!(view(0), first, "{order:?}");
        let second = ["A2", "active", "A1", "pending"].map(Value::from);
        assert_eq!(view(1), second, "{order:?}");
        let daily = bench.rows("gold.daily_bookings_by_source").await;
        assert_eq!(daily.len(), 1, "{order:?}");
        assert_eq!(
            (&daily[0]["booking_date"], &daily[0]["bookings"]),
            (&json!("2026-03-01"), &json!(1)),
            "{order:?}"
        );
        bench.run(&[], at("2026-03-13T00:00:00Z")).await;
        let analysis = bench.rows("gold.booking_time_analysis").await;
        assert_eq!(
            (&analysis[0]["attended"], &analysis[0]["canceled"]),
            (&json!(1), &json!(0)),
            "{order:?}"
        );
        let all = bench.all().await;
        assert_eq!(*seen.get_or_insert_with(|| all.clone()), all, "{order:?}");
    }
}

/// The booking of April came first; that of March, told later, is the person's first.
#[tokio::test]
async fn a_late_booking_of_an_earlier_month_takes_the_first_from_the_later() {
    let booking = |uri: &str, day: &str| {
        let at = |hour: &str| format!("{day}T{hour}:00:00Z");
        created(uri, "jane@acme.co", &at("10"), &at("15"), &at("16")).to_string()
    };
    let mut bench = Bench::new("UTC");
    let as_of = at("2026-04-20T00:00:00Z");
    bench.run(&[booking("A2", "2026-04-04")], as_of).await;
    bench.run(&[booking("A1", "2026-03-30")], as_of).await;
    let daily = bench.rows("gold.daily_bookings_by_source").await;
    let firsts: Vec<_> = daily
        .iter()
        .map(|row| (&row["booking_date"], &row["first_time_contacts"]))
        .collect();
    assert_eq!(
        firsts,
        [
            (&json!("2026-03-30"), &json!(1)),
            (&json!("2026-04-04"), &json!(0))
        ]
    );
}

#[tokio::test]
async fn hours_follow_the_zone_through_clock_changes() {
    let times = [
        "2026-03-08T06:30:00Z",
        "2026-03-08T07:30:00Z",
        "2026-11-01T05:30:00Z",
        "2026-11-01T06:30:00Z",
    ];
    let expected = [
        (
            "America/New_York",
            "Sunday",
            [1, 3, 1, 1],
            ["2026-03-08", "2026-03-08", "2026-11-01", "2026-11-01"],
        ),
        (
            "UTC",
            "Sunday",
            [6, 7, 5, 6],
            ["2026-03-08", "2026-03-08", "2026-11-01", "2026-11-01"],
        ),
        (
            "America/Los_Angeles",
            "Saturday",
            [22, 23, 22, 23],
            ["2026-03-07", "2026-03-07", "2026-10-31", "2026-10-31"],
        ),
    ];
    for (zone, day, hours, dates) in expected {
        let mut bench = Bench::new(zone);
        let records = times.iter().enumerate().map(|(i, t)| {
            let (from, to) = ("2026-12-01T10:00:00Z", "2026-12-01T10:30:00Z");
            created(&format!("u{i}"), &format!("{i}@x.co"), t, from, to).to_string()
        });
        bench
            .run(&records.collect::<Vec<_>>(), at("2026-11-02T00:00:00Z"))
            .await;
        let rows = bench.rows("silver.invitees").await;
        for (i, row) in rows.iter().enumerate() {
            assert_eq!(row["booking_hour"], json!(hours[i]), "{zone}");
            assert_eq!(row["booking_date"], json!(dates[i]), "{zone}");
            assert_eq!(row["booking_day_of_week"], json!(day), "{zone}");
            assert_eq!(
                row["booking_hour_local"],
                json!([22, 23, 22, 23][i]),
                "{zone}"
            );
        }
        let analysis = bench.rows("gold.booking_time_analysis").await;
        let total: i64 = analysis
            .iter()
            .map(|r| r["bookings"].as_i64().unwrap())
            .sum();
        assert_eq!(total, 4, "{zone}");
        assert!(
            zone != "America/New_York" || analysis.iter().all(|r| r["booking_hour"] != json!(2))
        );
    }
}

#[tokio::test]
async fn invalid_records_are_kept_with_their_reason_once() {
    let mut bench = Bench::new("UTC");
    let mut bad = created(
        "u",
        "a@b.co",
        "2026-03-01T10:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    bad["invitee_uri"] = json!(null);
    let lines = [
        "{".to_owned(),
        String::new(),
        bad.to_string(),
        r#"{"webhook_event":"routing_form_submission.created"}"#.to_owned(),
    ];
    let as_of = at("2026-03-05T00:00:00Z");
    let objects = bench.land(&lines).await;
    let report = bench.etl(&objects, as_of).await.unwrap();
    assert_eq!((report.rejected, report.other_kinds), (2, 1));
    let rows = bench.rows("silver.rejected").await;
    let reasons: Vec<_> = rows
        .iter()
        .map(|r| (r["reason"].as_str().unwrap(), r["line"].as_i64().unwrap()))
        .collect();
    assert_eq!(reasons, [("invalid_json", 1), ("missing_invitee_uri", 3)]);
    // The same object in a later batch.
    bench.land(&["".to_owned()]).await;
    assert!(bench.etl(&objects, as_of).await.unwrap().is_empty());
    assert_eq!(bench.rows("silver.rejected").await.len(), 2);
}

#[tokio::test]
async fn a_gold_row_leads_to_its_silver_rows() {
    let mut bench = Bench::new("UTC");
    bench.run(&reschedule(), at("2026-03-05T00:00:00Z")).await;
    let key = [
        ("booking_date", "2026-03-01"),
        ("utm_source", "facebook"),
        ("marketing_channel", "facebook_paid_ads"),
    ];
    let key = key.map(|(c, v)| (c.to_owned(), v.to_owned()));
    let rows = bench
        .lake
        .behind("gold.daily_bookings_by_source", &key, 100)
        .await
        .unwrap();
    assert_eq!(
        rows.iter()
            .map(|r| r["invitee_uri"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["A1", "A2"]
    );
    let none = Filter {
        column: "bookings".to_owned(),
        comparison: bookpath_lake::Comparison::From,
        value: "2".to_owned(),
    };
    assert!(
        bench
            .lake
            .head("gold.daily_bookings_by_source", &[none], 10, 0)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn spend_objects_are_read_once_and_revised_by_the_api() {
    let mut bench = Bench::new("UTC");
    let as_of = at("2026-03-05T00:00:00Z");
    bench.run(&reschedule(), as_of).await;
    let key = "bronze/marketing_spend/date=2026-03-01/spend.json";
    bench
        .put(
            key,
            "{\"date\":\"2026-03-01\",\"channel\":\"facebook_paid_ads\",\"spend\":100.5}\n",
        )
        .await;
    bench.land(&[]).await;
    bench
        .etl(
            &[bookpath_lake::BronzeObject {
                key: key.to_owned(),
            }],
            as_of,
        )
        .await
        .unwrap();
    let row = bookpath_lake::SpendRow {
        day: "2026-03-01".parse().unwrap(),
        channel: "facebook_paid_ads".to_owned(),
        campaign: None,
        amount_minor: 30_000,
        currency: "USD".to_owned(),
    };
    let report = bench
        .lake
        .append_ad_spend(&[row.clone(), row], &bench.rules, as_of)
        .await
        .unwrap();
    assert_eq!(
        (report.accepted, report.changed, report.unchanged),
        (2, 1, 1)
    );
    bench.rebuild(as_of).await;
    let spend: Vec<_> = bench
        .rows("silver.ad_spend")
        .await
        .iter()
        .map(|r| (r["amount_minor"].clone(), r["revision"].clone()))
        .collect();
    assert_eq!(
        spend,
        [(json!(10_050), json!(1)), (json!(30_000), json!(2))]
    );
    let cost = bench.rows("gold.cost_per_booking").await;
    assert_eq!(cost[0]["spend_minor"], json!(30_000));
}

/// Every column that users may rely on is there, first and in this order; a model may add others after them.
#[test]
fn column_names_and_types_are_fixed() {
    for line in include_str!("contract_columns.txt").lines() {
        let (table, columns) = line.split_once(": ").unwrap();
        let model = Catalog::get().unwrap().find(table).unwrap();
        let told: Vec<String> = model
            .spec
            .columns
            .iter()
            .map(|c| format!("{} {}", c.name, c.ty.delta()))
            .collect();
        assert!(told.join(", ").starts_with(columns), "{table}: {told:?}");
    }
}

/// Calendly keeps an invitee's `created_at`; a file of somebody else's may not.
#[tokio::test]
async fn an_invitee_whose_time_of_creation_changes_stays_one_row() {
    for (again, updated) in [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("2026-05-02T09:00:00Z", "2026-05-03T09:00:00Z"),
        ("2027-01-02T09:00:00Z", "2027-01-03T09:00:00Z"),
    ] {
        let as_of = at("2027-02-01T00:00:00Z");
        let [m1, m2, m3] = reschedule();
        let mut moved: serde_json::Value = serde_json::from_str(&m2).unwrap();
        moved["invitee_created_at"] = serde_json::json!(again);
        moved["invitee_updated_at"] = serde_json::json!(updated);
        let mut bench = Bench::new("UTC");
        for lines in [&[m1][..], &[m3], &[moved.to_string()]] {
            bench.run(lines, as_of).await;
        }
        let step_by_step = bench.all().await;
        assert_eq!(bench.rows("silver.invitees").await.len(), 2);
        bench.rebuild(as_of).await;
        for ((table, got), (_, wanted)) in step_by_step.iter().zip(bench.all().await) {
            assert_same(again, table, got, &wanted);
        }
    }
}
