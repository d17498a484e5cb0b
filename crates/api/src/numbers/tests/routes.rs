//! Figures, and what opens behind them.

use serde_json::Value;

use super::{MONTH, figure, world};
use crate::testing::World;

#[tokio::test]
async fn a_month_has_every_figure_of_everybody_and_of_each() {
    let world = world().await;
    let answer = world.get(&format!("/api/metrics?{MONTH}")).await;
    for (key, value) in [
        ("leads", 5.into()),
        ("triage_booked", 5.into()),
        ("triage_attended", 4.into()),
        ("triage_show_rate", Value::from(80.0)),
        ("deals_won", 2.into()),
        ("revenue", 1_500_000.into()),
        ("cash_collected", 394_500.into()),
        ("spend", 70_000.into()),
        ("cpl", 14_000.into()),
        ("close_rate", Value::from(66.67)),
    ] {
        assert_eq!(figure(&answer, key)["value"], value, "{key}");
    }
    assert_eq!(figure(&answer, "revenue")["currency"], "USD");
    assert_eq!(figure(&answer, "leads")["currency"], Value::Null);
    assert_eq!(
        (&answer["scope"], &answer["user"]),
        (&"all".into(), &"all".into())
    );
    let people = answer["per_user"].as_array().unwrap();
    let emails: Vec<Option<&str>> = people.iter().map(|p| p["email"].as_str()).collect();
    assert_eq!(emails, [Some("sales@co.test"), Some("bob@co.test"), None]);
    let sum = |key: &str| -> i64 {
        let of = |person: &Value| figure(person, key)["value"].as_i64().unwrap();
        people.iter().map(of).sum()
    };
    for key in [
        "leads",
        "triage_booked",
        "revenue",
        "cash_collected",
        "spend",
    ] {
        assert_eq!(figure(&answer, key)["value"], sum(key), "{key}");
    }
    let all = world.get("/api/metrics?month=all").await;
    assert_eq!(figure(&all, "revenue")["value"], 1_500_000);
}

/// Follows every link of a figure.
pub(super) async fn followed(world: &World, figure: &Value, name: &str) {
    let drill = &figure["drill"];
    let mut parts = vec![("numerator", &figure["numerator"])];
    if !figure["denominator"].is_null() {
        parts.push(("denominator", &figure["denominator"]));
    }
    for (part, number) in parts {
        let opening = &drill[part];
        let rows = world.get(opening["href"].as_str().unwrap()).await;
        assert_eq!(rows["total"], opening["count"], "{name} {part}");
        let minor = opening.get("sum_minor").unwrap_or(&Value::Null);
        assert_eq!(&rows["total_minor"], minor, "{name} {part}");
        let told = if minor.is_null() {
            &rows["total"]
        } else {
            minor
        };
        assert_eq!(told, number, "{name} {part}");
        let items = rows["items"].as_array().unwrap();
        assert!(items.iter().all(|item| item["counted"] == true), "{name}");
        assert_eq!(rows["rows"], items.len(), "{name} {part}");
    }
    let missing = &drill["not_counted"];
    let rows = world.get(missing["href"].as_str().unwrap()).await;
    assert_eq!(rows["rows"], missing["count"], "{name}");
    let items = rows["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["why"] != "counted"), "{name}");
}

#[tokio::test]
async fn what_opens_behind_every_figure_adds_up_to_it() {
    let world = world().await;
    for question in [
        "month=2026-02".to_owned(),
        "month=2026-02&mode=cohort&campaign=spring".to_owned(),
        "month=all&user=bob@co.test".to_owned(),
    ] {
        let answer = world.get(&format!("/api/metrics?{question}")).await;
        for (key, figure) in answer["metrics"].as_object().unwrap() {
            followed(&world, figure, &format!("{question} {key}")).await;
        }
        for person in answer["per_user"].as_array().unwrap() {
            let name = format!("{question} {}", person["user_id"]);
            followed(&world, figure(person, "profit"), &name).await;
            followed(&world, figure(person, "close_rate"), &name).await;
        }
    }
}

#[tokio::test]
async fn rows_name_people_reasons_and_sources() {
    let world = world().await;
    let path = format!("/api/rows/calls?{MONTH}&key=triage_attended");
    let rows = world.get(&path).await;
    assert_eq!((&rows["total"], &rows["rows"]), (&4.into(), &8.into()));
    let canceled = rows["items"].as_array().unwrap();
    let canceled = canceled
        .iter()
        .find(|item| item["why"] == "canceled")
        .unwrap();
    assert_eq!(canceled["name"], "Person 3");
    assert_eq!(
        canceled["lineage"],
        "/api/lineage/silver.invitees?key=chain_id%3Dt3"
    );
    let page = world.get(&format!("{path}&limit=3&cursor=6")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&page["total"], &page["next_cursor"]),
        (&4.into(), &Value::Null)
    );
    let file = world.get(&format!("{path}&counted=true&format=csv")).await;
    assert_eq!(file.as_str().unwrap().lines().count(), 5);
    let touches = world
        .get("/api/rows/touches?channel=facebook&from=2026-02-01&to=2026-02-01")
        .await;
    assert_eq!(touches["total"], 5);
    let bookings = world
        .get("/api/rows/bookings?weekday=Wednesday&hour=10&attended=true")
        .await;
    assert_eq!(
        (&bookings["total"], &bookings["rows"]),
        (&4.into(), &5.into())
    );
}
