//! Routes answer as the OpenAPI document says; errors are problem documents.

use serde_json::{Value, json};

use crate::stage::Stage;
use crate::text_world::{NOON, noon};

#[tokio::test]
async fn the_openapi_document_names_every_route_and_nothing_else() {
    let stage = Stage::plain().await;
    let document = stage.get("/api/openapi.json").await;
    assert_eq!(document.status, 200);
    let paths = document.body["paths"].as_object().unwrap();
    for path in [
        "/api/webhooks/{vendor}",
        "/api/marketing/{table}",
        "/api/customers",
        "/api/inbox",
        "/api/inbox/{delivery_id}",
        "/api/inbox/{delivery_id}/replay",
        "/api/lineage/{table}",
        "/api/ad-spend",
        "/api/ops",
        "/api/openapi.json",
        "/healthz",
    ] {
        assert!(paths.contains_key(path), "{path} is not in the document");
    }
    // What the document promises exists: a GET answers, and one that needs a parameter says so.
    for (path, methods) in paths {
        if let Some(get) = methods.get("get").filter(|_| !path.contains('{')) {
            let parameters = get["parameters"].as_array().into_iter().flatten();
            let needs_one = parameters.into_iter().any(|one| one["required"] == true);
            let status = stage.get(path).await.status;
            let expected = if needs_one { 422..423 } else { 200..300 };
            assert!(expected.contains(&status), "GET {path} is {status}");
        }
    }
}

#[tokio::test]
async fn errors_are_problem_documents_with_a_stable_code() {
    let stage = Stage::plain().await;
    for (path, status, code) in [
        ("/api/marketing/no_such_table", 404, "unknown_table"),
        ("/api/lineage/no_such_table?key=a%3Db", 404, "unknown_table"),
        (
            "/api/lineage/bookings_trend?key=colour%3Dred",
            422,
            "invalid_parameter",
        ),
        (
            "/api/marketing/bookings_trend?from=yesterday",
            422,
            "invalid_parameter",
        ),
        (
            "/api/marketing/bookings_trend?limit=100000",
            422,
            "invalid_parameter",
        ),
        ("/api/inbox?status=lost", 422, "invalid_parameter"),
        ("/api/no/such/route", 404, "not_found"),
    ] {
        let response = stage
            .client
            .get(format!("{}{path}", stage.base))
            .bearer_auth(stage.admin().await)
            .send()
            .await
            .unwrap();
        assert_eq!(
            response
                .headers()
                .get("content-type")
                .map(|v| v.to_str().unwrap()),
            Some("application/problem+json"),
            "{path}"
        );
        let found = response.status().as_u16();
        let problem: Value = response.json().await.unwrap();
        assert_eq!(
            (found, &problem["code"], &problem["status"]),
            (status, &json!(code), &json!(status)),
            "{path} {problem}"
        );
    }
}

/// The days of `bookings_trend`, four on a page; each page says how fresh it is.
async fn dates_page_by_page(stage: &Stage) -> Vec<Value> {
    let mut dates = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = stage
            .get(&format!("/api/marketing/bookings_trend?limit=4{cursor}"))
            .await
            .body;
        assert_eq!(page["as_of"], "2026-03-01T00:00:00Z");
        assert!(page["lag_seconds"].is_number());
        dates.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["booking_date"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return dates,
        }
    }
}

/// The row of a day of `bookings_trend` as CSV.
async fn trend_as_csv(stage: &Stage, day: &str) -> String {
    let csv = stage
        .client
        .get(format!(
            "{}/api/marketing/bookings_trend?format=csv&from={day}&to={day}",
            stage.base
        ))
        .bearer_auth(stage.admin().await)
        .send()
        .await
        .unwrap();
    assert!(
        csv.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    csv.text().await.unwrap()
}

#[tokio::test]
async fn lists_page_and_say_how_fresh_they_are() {
    let stage = Stage::plain().await;
    let mut invitee = crate::calendly::Invitee::new(
        "A",
        "E",
        "2026-02-01T00:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    for n in 1..=9 {
        (invitee.id, invitee.event, invitee.created) = (
            format!("A{n}"),
            format!("E{n}"),
            format!("2026-02-0{n}T10:00:00Z"),
        );
        stage.calendly(&invitee.created()).await;
    }
    stage.etl("2026-03-01T00:00:00Z").await;
    let dates = dates_page_by_page(&stage).await;
    assert_eq!(
        dates,
        (1..=9)
            .map(|n| json!(format!("2026-02-0{n}")))
            .collect::<Vec<_>>()
    );
    let some = stage
        .get("/api/marketing/bookings_trend?from=2026-02-03&to=2026-02-05")
        .await
        .body;
    assert_eq!(some["items"].as_array().unwrap().len(), 3);
    let text = trend_as_csv(&stage, "2026-02-03").await;
    assert!(
        text.starts_with("booking_date,bookings,bookings_7d_avg,bookings_28d_avg,wow_change_pct,as_of (UTC)\r\n2026-02-03,1,0.43,0.11,"),
        "{text}"
    );
}

#[tokio::test]
async fn every_answer_has_its_security_headers() {
    let stage = Stage::plain().await;
    for path in ["/", "/api/inbox", "/healthz"] {
        let headers = stage
            .client
            .get(format!("{}{path}", stage.base))
            .send()
            .await
            .unwrap()
            .headers()
            .clone();
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "api-version",
        ] {
            assert!(headers.contains_key(name), "{path} lacks {name}");
        }
    }
}

#[tokio::test]
async fn the_meta_answer_tells_what_every_page_needs() {
    let (stage, a1) = noon("").await;
    let empty = stage.get("/api/meta").await.body;
    assert_eq!(
        (
            &empty["first_month"],
            &empty["newest_delivery"],
            &empty["demo"]
        ),
        (&Value::Null, &Value::Null, &json!(false))
    );
    stage.calendly(&a1.created()).await;
    stage.drain().await;
    stage.etl("2026-03-02T12:00:00Z").await;
    let meta = stage.get("/api/meta").await.body;
    assert_eq!(meta["first_month"], "2026-03");
    assert_eq!(meta["newest_delivery"]["vendor"], "calendly");
    assert_eq!(meta["newest_delivery"]["received_at"], NOON);
    assert_eq!(meta["me"]["can"], json!(["read_all", "administer"]));
}
