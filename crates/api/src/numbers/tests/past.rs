//! Answers from what was known at an instant are those of that instant.

use axum::http::Method;
use bookpath_app::lake::etl::Etl;
use bookpath_domain::access::Role;
use bookpath_domain::people::sources::Sources;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{RULES, sources};
use crate::testing::World;

/// Questions of every route that takes `known_at`.
const QUESTIONS: [&str; 18] = [
    "/api/metrics?month=2026-02",
    "/api/metrics?month=2026-02&mode=cohort&campaign=spring",
    "/api/metrics?user=unassigned&compare=previous_to_date",
    "/api/metrics?month=all&as_of=2026-02-08T00:00:00Z",
    "/api/metrics/series?from=2026-01&to=2026-02",
    "/api/attribution?by=campaign",
    "/api/attribution?from=2026-02-01&to=2026-02-20&as_of=2026-02-08T00:00:00Z",
    "/api/rows/leads?month=all",
    "/api/rows/calls?month=all&key=triage_attended",
    "/api/rows/deals?month=all",
    "/api/rows/cash?month=all",
    "/api/rows/spend?month=all&format=csv",
    "/api/rows/touches?model=linear",
    "/api/rows/bookings?counted=true",
    "/api/customers?sort=-next_call_date",
    "/api/customers?format=csv",
    "/api/contacts?email=p1%40acme.co",
    "/api/contacts?limit=3",
];

/// The rows that the lake learns run by run: forms only, then calls, then all with a name and a payment of another kind.
fn runs() -> [Sources; 3] {
    let all = sources();
    let forms = Sources {
        forms: all.forms.clone(),
        ..Sources::default()
    };
    let calls = Sources {
        invitees: all.invitees[1..6].to_vec(),
        spend: all.spend.clone(),
        ..forms.clone()
    };
    let mut corrected = all;
    corrected.invitees[0].name = Some("Another name".to_owned());
    corrected.payments.truncate(1);
    [forms, calls, corrected]
}

/// Runs an ETL over these rows; the instant of the run.
async fn run(world: &World, sources: Sources) -> Timestamp {
    let now = world.api.clock.now();
    world.lake.run(now, sources);
    let etl = Etl {
        store: world.api.store.clone(),
        lake: world.api.lake.clone(),
        clock: world.api.clock.clone(),
        rules: world.api.rules.clone(),
        resolutions: Some(world.api.resolutions.clone()),
    };
    etl.run(now, false).await.unwrap();
    now
}

/// The answers to all questions and about one person. With `known_at` links name it, too; they are given without it.
async fn answers(world: &World, known_at: Option<Timestamp>) -> Vec<Value> {
    let list = world.get("/api/contacts?email=p1@acme.co").await;
    let person = list["items"][0]["contact_id"].as_str().unwrap();
    let of_person = ["customers", "contacts"].map(|route| format!("/api/{route}/{person}?"));
    let questions = QUESTIONS.iter().map(|question| (*question).to_owned());
    let mut answers = Vec::new();
    for question in questions.chain(of_person) {
        let asked = known_at.map_or_else(String::new, |at| format!("&known_at={at}"));
        let answer = world.get(&format!("{question}{asked}")).await;
        let at = known_at.map_or_else(String::new, |at| at.to_string());
        let named: String = byte_serialize(at.as_bytes()).collect();
        let named = format!("&known_at={named}");
        let text = answer.to_string();
        if known_at.is_some() && text.contains("\"drill\"") && !text.contains("\"rows\":[]") {
            assert!(text.contains(&named), "{question}: {text}");
        }
        answers.push(text.replace(&named, "").parse().unwrap());
    }
    answers
}

#[tokio::test]
async fn what_was_known_at_an_instant_answers_as_it_did_then() {
    let world = World::new(Sources::default(), RULES).await;
    let mut told = Vec::new();
    for (n, sources) in runs().into_iter().enumerate() {
        let at = run(&world, sources).await;
        if n == 1 {
            world.clock.advance_s(60);
            let merge = json!({ "into": "p0@acme.co", "from": "p3@acme.co" });
            let (status, body) = world.post("/api/contacts/merge", merge).await;
            assert_eq!(status, 200, "{body}");
        }
        told.push((world.api.clock.now(), answers(&world, None).await));
        assert!(at <= world.api.clock.now());
        world.clock.advance_s(600);
    }
    assert!(told.windows(2).all(|pair| pair[0].1 != pair[1].1));
    for (n, (at, then)) in told.iter().enumerate() {
        let now = answers(&world, Some(*at)).await;
        for (question, (now, then)) in now.iter().zip(then).enumerate() {
            assert_eq!(now, then, "run {n}, question {question}");
        }
    }
    // The clock stands after the last run: a later instant knows the same, as far behind as it is.
    let later = world
        .get("/api/metrics?known_at=2030-01-01T00:00:00Z")
        .await;
    let present = world.get("/api/metrics").await;
    assert_eq!(later["lag_seconds"], present["lag_seconds"]);
    assert_eq!(later["as_of"], present["as_of"]);
    let before = world
        .get("/api/customers?known_at=2020-01-01T00:00:00Z")
        .await;
    assert_eq!(
        (&before["total"], &before["as_of"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn links_of_the_past_open_what_was_counted_then() {
    let world = World::new(Sources::default(), RULES).await;
    let [_, calls, all] = runs();
    let at = run(&world, calls).await;
    world.clock.advance_s(60);
    run(&world, all).await;
    let path = format!("/api/metrics?month=all&known_at={at}");
    let answer = world.get(&path).await;
    for (key, figure) in answer["metrics"].as_object().unwrap() {
        let opening = &figure["drill"]["numerator"];
        let rows = world.get(opening["href"].as_str().unwrap()).await;
        assert_eq!(rows["total"], opening["count"], "{key}");
    }
    let credits = world.get(&format!("/api/attribution?known_at={at}")).await;
    let row = &credits["rows"].as_array().unwrap()[0];
    let opening = &row["drill"]["numerator"];
    let rows = world.get(opening["href"].as_str().unwrap()).await;
    assert_eq!(rows["rows"], opening["count"]);
}

#[tokio::test]
async fn an_instant_that_is_none_is_refused() {
    let world = World::new(sources(), RULES).await;
    for path in [
        "/api/metrics",
        "/api/customers",
        "/api/contacts",
        "/api/marketing/bookings_trend",
    ] {
        let path = format!("{path}?known_at=yesterday");
        let (status, body) = world
            .call(Some(Role::Admin), Method::GET, &path, None)
            .await;
        assert_eq!((status, &body["code"]), (422, &json!("invalid_parameter")));
    }
}
