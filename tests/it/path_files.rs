//! Lists as files for a spreadsheet.

use crate::stage::Stage;
use crate::text_world::{advance, noon, text};

const ZONE: &str = "reporting_timezone = \"America/New_York\"\n";

/// The lines of a list as a file.
async fn file(stage: &Stage, path: &str) -> Vec<String> {
    let answer = stage
        .client
        .get(format!("{}{path}", stage.base))
        .bearer_auth(stage.admin().await)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    let headers = answer.headers();
    let kind = headers["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/csv"), "{path}: {kind}");
    let named = headers["content-disposition"].to_str().unwrap();
    assert!(named.starts_with("attachment; filename="), "{named}");
    let body = answer.text().await.unwrap();
    body.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn every_list_is_a_file_with_all_rows_and_the_zone_of_its_dates() {
    let (stage, a1) = noon(ZONE).await;
    stage.calendly(&a1.created()).await;
    text(&stage, "=1+1", "m1").await;
    advance(&stage, 3600).await;
    let inbox = file(&stage, "/api/inbox?format=csv&limit=1").await;
    assert_eq!(inbox.len(), 3, "{inbox:?}");
    assert!(
        inbox[0].contains("received_at (America/New_York)"),
        "{}",
        inbox[0]
    );
    assert!(
        inbox[1].contains(",2026-03-01T07:00:00-05:00,"),
        "{}",
        inbox[1]
    );
    let done = file(&stage, "/api/inbox?format=csv&status=failed").await;
    assert_eq!(done.len(), 1, "{done:?}");
    assert!(done[0].contains("received_at (America/New_York)"));
    let bookings = file(&stage, "/api/bookings?format=csv").await;
    assert!(
        bookings[0].contains("start_time (America/New_York)"),
        "{}",
        bookings[0]
    );
    // Daylight saving time has begun by then.
    assert!(
        bookings[1].contains("2026-03-10T11:00:00-04:00"),
        "{}",
        bookings[1]
    );
    assert!(!bookings[0].contains("history"), "{}", bookings[0]);
    let texts = file(&stage, "/api/conversations?format=csv").await;
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(
        texts[0].contains("due_at (America/New_York)"),
        "{}",
        texts[0]
    );
    assert!(
        texts.iter().any(|line| line.contains(",'=1+1,")),
        "{texts:?}"
    );
    let ledger = file(&stage, "/api/ledger?format=csv").await;
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    assert!(ledger[0].contains("occurred_at (America/New_York)"));
    file(&stage, "/api/ledger/reconciliations?format=csv").await;
    file(&stage, "/api/users?format=csv").await;
    let metrics = file(&stage, "/api/metrics?format=csv").await;
    assert!(
        metrics[0].starts_with("month (America/New_York),"),
        "{}",
        metrics[0]
    );
    let list = stage.get("/api/inbox").await.body;
    assert_eq!(list["total"], 2);
    let page = stage.get("/api/inbox?limit=1").await.body;
    assert_eq!(page["total"], serde_json::Value::Null);
    let wrong = stage.get("/api/bookings?format=xls").await;
    assert_eq!(wrong.status, 422);
}
