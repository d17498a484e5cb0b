//! What every route has in common, and the document of all of them.

use serde_json::json;

use crate::support::{Site, parts};

#[tokio::test]
async fn the_document_and_the_routes_are_the_same() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-03-01T10:00:00Z"]);
    let document = server.read("/api/openapi.json").await;
    let mut routes: Vec<String> = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let concrete = path.replace("{vendor}", "calendly").replace("{table}", "bookings_trend").replace("{delivery_id}", "none");
            let method_name = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = server.client.request(method_name, format!("{}{concrete}", server.url)).send().await.unwrap();
            let (status, kind) = (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned());
            assert_ne!(status, 405, "{method} {path}");
            assert!(status < 500, "{method} {path}: {status}");
            let body = answer.text().await.unwrap();
            assert!(!body.contains("no such route"), "{method} {path}");
            assert_eq!(kind == "application/problem+json", status >= 400, "{method} {path}: {status} {kind}");
            routes.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    assert_eq!(
        routes,
        [
            "GET /api/ad-spend",
            "POST /api/ad-spend",
            "GET /api/inbox",
            "POST /api/inbox/{delivery_id}/replay",
            "GET /api/lineage/{table}",
            "GET /api/marketing/{table}",
            "GET /api/ops",
            "POST /api/webhooks/{vendor}",
            "GET /healthz",
            "POST /webhook",
        ]
    );
}

#[tokio::test]
async fn every_answer_is_guarded_and_every_error_is_a_problem() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-03-01T10:00:00Z"]);
    for path in ["/", "/home.js", "/home.css", "/healthz", "/api/ops", "/nowhere"] {
        let answer = server.get(path).await;
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"), "{path}");
    }
    let cases = [
        ("/nowhere", 404, "not_found"),
        ("/api/marketing/nothing", 404, "not_found"),
        ("/api/marketing/bookings_trend?limit=0", 422, "invalid_request"),
        ("/api/marketing/bookings_trend?limit=1001", 422, "invalid_request"),
        ("/api/marketing/bookings_trend?from=yesterday", 422, "invalid_request"),
        ("/api/marketing/bookings_trend?colour=red", 422, "invalid_request"),
        ("/api/marketing/bookings_trend?cursor=x", 422, "invalid_request"),
        ("/api/marketing/booking_time_analysis?from=2026-01-01", 422, "invalid_request"),
        ("/api/lineage/bookings_trend", 422, "invalid_request"),
        ("/api/lineage/bookings_trend?key=colour%3Dred", 422, "invalid_request"),
        ("/webhook", 405, "method_not_allowed"),
    ];
    for (path, status, code) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        let (got, problem) = parts(answer).await;
        assert_eq!((got, problem["code"].as_str()), (status, Some(code)), "{path}: {problem}");
    }
}

#[tokio::test]
async fn spend_is_idempotent_and_keeps_its_revisions() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-03-01T10:00:00Z"]);
    let rows = json!([
        {"day": "2026-02-01", "channel": "google", "campaign": "brand", "amount_minor": 1250, "currency": "USD"},
        {"day": "2026-02-01", "channel": "google", "campaign": null, "amount_minor": 300, "currency": "USD"},
    ]);
    assert_eq!(server.ask("/api/ad-spend", rows.clone()).await, json!({"accepted": 2, "changed": 2, "unchanged": 0}));
    assert_eq!(server.ask("/api/ad-spend", json!({"rows": rows})).await, json!({"accepted": 2, "changed": 0, "unchanged": 2}));
    let csv = "day,channel,campaign,amount_minor,currency\n2026-02-01,google,brand,1300,USD\n";
    let (status, answer) = parts(server.post("/api/ad-spend", &[("content-type", "text/csv")], csv).await).await;
    assert_eq!((status, answer), (200, json!({"accepted": 1, "changed": 1, "unchanged": 0})));
    assert_eq!(server.read("/api/ad-spend").await["items"].as_array().unwrap().len(), 3);
    server.ask("/local/etl", json!({})).await;
    let cost = server.read("/api/marketing/cost_per_booking?from=2026-02-01&to=2026-02-01").await;
    let spend: Vec<_> = cost["items"].as_array().unwrap().iter().map(|row| row["spend_minor"].as_i64().unwrap()).collect();
    assert_eq!(spend.iter().sum::<i64>(), 1600);
    let csv = server.get("/api/marketing/cost_per_booking?format=csv").await;
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.text().await.unwrap().lines().count(), 3);
}
