//! Who may ask, what is compared, and what cannot be asked.

use std::collections::BTreeSet;

use axum::http::Method;
use bookpath_domain::access::Role;
use bookpath_domain::people::sources::Sources;
use jiff::SignedDuration;
use serde_json::Value;

use super::{MONTH, figure, world};

#[tokio::test]
async fn sales_see_their_own_and_nobody_elses() {
    let world = world().await;
    let sales = async |path: String| {
        world
            .call(Some(Role::Sales), Method::GET, &path, None)
            .await
    };
    for user in ["", "&user=all", "&user=sales@co.test"] {
        let (status, own) = sales(format!("/api/metrics?{MONTH}{user}")).await;
        assert_eq!((status, &own["scope"]), (200, &"self".into()), "{own}");
        assert_eq!(figure(&own, "revenue")["value"], 1_000_000);
        assert_eq!(own["per_user"].as_array().unwrap().len(), 1);
        let missing = &figure(&own, "revenue")["drill"]["not_counted"];
        assert_eq!(missing["count"], 0);
        let (_, rows) = sales(missing["href"].as_str().unwrap().to_owned()).await;
        assert_eq!(rows["rows"], 0);
    }
    for path in ["/api/metrics", "/api/metrics/series", "/api/rows/deals"] {
        let (status, problem) = sales(format!("{path}?user=bob@co.test")).await;
        assert_eq!(
            (status, &problem["code"]),
            (403, &"forbidden".into()),
            "{path}"
        );
        let (status, _) = world.call(None, Method::GET, path, None).await;
        assert_eq!(status, 401, "{path}");
    }
    let (_, deals) = sales(format!("/api/rows/deals?{MONTH}")).await;
    assert_eq!(
        (&deals["rows"], &deals["total_minor"]),
        (&1.into(), &1_000_000.into())
    );
    let viewer = Some(Role::Viewer);
    let path = format!("/api/metrics?{MONTH}&user=bob@co.test");
    let (status, bob) = world.call(viewer, Method::GET, &path, None).await;
    assert_eq!(
        (status, &figure(&bob, "revenue")["value"]),
        (200, &500_000.into())
    );
}

/// Sam holds the calls of the first lead and owns its deal; everybody else is Bob's.
#[tokio::test]
async fn sales_see_touches_and_bookings_of_their_own_customers_only() {
    let world = world().await;
    for path in [
        "/api/rows/touches",
        "/api/rows/bookings",
        "/api/rows/touches?model=linear",
        "/api/rows/touches?model=booking",
        "/api/rows/touches?model=markov",
    ] {
        let all = world.get(path).await;
        let (status, own) = world.call(Some(Role::Sales), Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {own}");
        let names = |rows: &Value| -> BTreeSet<String> {
            let items = rows["items"].as_array().unwrap().iter();
            items.map(|item| item["name"].to_string()).collect()
        };
        let sam = BTreeSet::from(["\"Person 0\"".to_owned()]);
        if path.ends_with("markov") {
            // Markov and Shapley divide months, so their rows name no customer.
            assert_eq!(names(&own), BTreeSet::new(), "{own}");
            continue;
        }
        assert!(names(&all).len() > 1, "{path}: {all}");
        assert_eq!(names(&own), sam, "{path}: {own}");
    }
}

#[tokio::test]
async fn months_are_compared_and_come_in_order() {
    let world = world().await;
    let answer = world
        .get("/api/metrics?month=2026-03&compare=previous")
        .await;
    let leads = figure(&answer, "leads");
    assert_eq!(
        (&leads["previous"], &leads["change"]),
        (&5.into(), &(-5).into())
    );
    assert_eq!(answer["compared_with"], "2026-02");
    let to_date = world
        .get("/api/metrics?month=2026-03&compare=previous_to_date")
        .await;
    assert_eq!(figure(&to_date, "triage_booked")["previous"], 0);
    assert_eq!(figure(&to_date, "leads")["previous"], 5);
    assert_eq!(figure(&to_date, "cpl")["change"], Value::Null);
    let path = "/api/metrics/series?keys=revenue,triage_show_rate&from=2026-01&to=2026-03";
    let series = world.get(path).await;
    let items = series["items"].as_array().unwrap();
    let told: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item["month"].as_str().unwrap(),
                &figure(item, "revenue")["value"],
            )
        })
        .collect();
    let (none, all) = (Value::from(0), Value::from(1_500_000));
    assert_eq!(
        told,
        [("2026-01", &none), ("2026-02", &all), ("2026-03", &none)]
    );
    let file = world.get(&format!("{path}&format=csv")).await;
    assert!(
        file.as_str()
            .unwrap()
            .starts_with("month (UTC),revenue,triage_show_rate\r\n2026-01,0,\r\n")
    );
    assert_eq!(
        world.get("/api/metrics/series").await["items"]
            .as_array()
            .unwrap()
            .len(),
        12
    );
}

#[tokio::test]
async fn every_model_stands_beside_the_others_and_opens() {
    let world = world().await;
    for question in [
        "",
        "?by=campaign",
        "?from=2026-02-20&to=2026-02-24&window_days=18",
    ] {
        let answer = world.get(&format!("/api/attribution{question}")).await;
        let totals = answer["totals"].as_object().unwrap();
        assert_eq!(totals.len(), 9);
        let won = if question.contains("from") {
            1_800_001
        } else {
            1_500_000
        };
        for (model, total) in totals {
            let expected = if model == "booking" { 0 } else { won };
            assert_eq!(
                total["revenue_credit_minor"], expected,
                "{question} {model}"
            );
        }
        for row in answer["rows"].as_array().unwrap() {
            let opening = &row["drill"]["numerator"];
            let rows = world.get(opening["href"].as_str().unwrap()).await;
            assert_eq!(rows["total"], opening["count"], "{row}");
            let minor = opening.get("sum_minor").unwrap_or(&Value::Null);
            assert_eq!(&rows["total_minor"], minor, "{row}");
            if row["model"] == "booking" {
                assert_eq!(row["conversions_credit"], rows["total"].as_f64().unwrap());
            } else {
                assert_eq!(&row["revenue_credit_minor"], minor);
            }
        }
    }
    let one = world
        .get("/api/attribution?model=first&exclude_direct=true")
        .await;
    let rows = one["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["channel"]), (1, &"facebook".into()));
    assert_eq!(rows[0]["share_percent"], 100.0);
    let file = world.get("/api/attribution?format=csv").await;
    let header = file.as_str().unwrap().lines().next().unwrap();
    assert!(header.starts_with("model,channel,touches,"), "{header}");
    assert!(!header.contains("drill"), "{header}");
}

#[tokio::test]
async fn answers_follow_the_rows_and_the_clock() {
    let world = world().await;
    let earlier = world
        .get(&format!("/api/metrics?{MONTH}&as_of=2026-02-06T00:00:00Z"))
        .await;
    assert_eq!(figure(&earlier, "solution_attended")["value"], 0);
    let before = world.get(&format!("/api/metrics?{MONTH}")).await;
    assert_eq!(figure(&before, "solution_attended")["value"], 3);
    assert_eq!(before["as_of"], world.api.clock.now().to_string());
    world.clock.advance(SignedDuration::from_mins(30));
    world.lake.set(Sources::default());
    let after = world.get("/api/metrics").await;
    assert_eq!(
        (&after["month"], &after["as_of"]),
        (&"2026-03".into(), &"2026-03-01T12:30:00Z".into())
    );
    assert_eq!(figure(&after, "solution_attended")["value"], 0);
    assert_eq!(after["currency"], Value::Null);
    let (status, _) = world.post("/api/metrics", Value::Null).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let world = world().await;
    for (path, status) in [
        ("/api/rows/spend?by=channel&currency=", 422),
        ("/api/metrics?month=2026-13", 422),
        ("/api/metrics?month=all&compare=year", 422),
        ("/api/metrics?compare=never", 422),
        ("/api/metrics?mode=x", 422),
        ("/api/metrics?colour=red", 422),
        ("/api/metrics?user=nobody", 404),
        ("/api/metrics/series?keys=luck", 422),
        ("/api/metrics/series?from=1990-01", 422),
        ("/api/rows/luck", 404),
        ("/api/rows/leads?key=revenue", 422),
        ("/api/rows/deals?key=revenue&part=denominator", 422),
        ("/api/rows/deals?limit=0", 422),
        ("/api/rows/bookings?hour=24", 422),
        ("/api/rows/bookings?weekday=Someday", 422),
        ("/api/rows/touches?model=luck", 422),
        ("/api/attribution?model=luck", 422),
        ("/api/attribution?by=luck", 422),
        ("/api/attribution?from=2026-02-02&to=2026-02-01", 422),
        ("/api/attribution?window_days=99999", 422),
        ("/api/attribution?format=xml", 422),
    ] {
        let (got, problem) = world.call(Some(Role::Admin), Method::GET, path, None).await;
        assert_eq!(got, status, "{path}: {problem}");
    }
}
