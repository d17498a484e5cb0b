//! One booking, step by step, as docs/ARCHITECTURE.md tells it.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::calendly::{self, SIGNATURE, canceled, created, post, seconds, signed};
use crate::support::{Server, Site, parts};

const NOW: &str = "2026-03-01T10:00:05Z";

#[tokio::test]
async fn walkthrough() {
    let site = Site::with_rules("[channels.event_types]\nd639ecd3 = \"facebook_paid_ads\"\n");
    let server = site.serve(&["--clock", NOW]);
    let body = created("A1", "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z").to_string();
    // 1, 2: only the signed body is taken.
    let forged = server.post("/api/webhooks/calendly", &[(SIGNATURE, &calendly::signed_with("x", seconds(NOW), b""))], body.clone()).await;
    assert_eq!(forged.status(), 401);
    let signature = signed(seconds(NOW), body.as_bytes());
    let (status, receipt) = parts(server.post("/api/webhooks/calendly", &[(SIGNATURE, &signature)], body.clone()).await).await;
    // 3: archived, then answered.
    assert_eq!((status, receipt["status"].as_str()), (200, Some("accepted")));
    let sha256 = hex::encode(Sha256::digest(body.as_bytes()));
    assert_eq!(site.raw(), [site.path().join(format!("lake/raw/calendly/2026-03-01/{sha256}.json"))]);
    assert_eq!(std::fs::read_to_string(&site.raw()[0]).unwrap(), body);
    // 4: the same again is a duplicate.
    let (_, again) = parts(server.post("/webhook", &[(SIGNATURE, &signature)], body).await).await;
    assert_eq!(again["status"], "duplicate");
    // 5: bronze.
    server.drain().await;
    let bronze = site.bronze();
    assert_eq!((bronze.len(), &bronze[0]["marketing_channel"]), (1, &json!("facebook_paid_ads")));
    let inbox = server.read("/api/inbox?status=done").await;
    assert_eq!(inbox["items"][0]["delivery_id"], receipt["delivery_id"]);
    // 6: the machine runs, and says so.
    let run = server.ask("/local/etl", json!({})).await;
    assert_eq!((&run["as_of"], &run["tables"]["silver.invitees"]["rows_written"]), (&json!(NOW), &json!(1)));
    let told = server.read("/api/ops").await["notifications"][0].clone();
    assert_eq!(told["message"]["status"], "succeeded");
    // 7: the number.
    let rows = server.read("/api/marketing/daily_bookings_by_source?from=2026-03-01").await;
    assert_eq!((&rows["as_of"], &rows["lag_seconds"]), (&json!(NOW), &json!(0)));
    assert_eq!((&rows["items"][0]["bookings"], &rows["items"][0]["utm_source"]), (&json!(1), &json!("facebook")));
    // 8: and back.
    let key = "key=booking_date%3D2026-03-01&key=utm_source%3Dfacebook&key=marketing_channel%3Dfacebook_paid_ads";
    let lineage = server.read(&format!("/api/lineage/daily_bookings_by_source?{key}")).await;
    assert_eq!(lineage["objects"][0]["sha256"], json!(sha256));
    assert_eq!(lineage["objects"][0]["key"], json!(format!("raw/calendly/2026-03-01/{sha256}.json")));
    // 9: no news, no commits.
    let run = server.ask("/local/etl", json!({})).await;
    assert!(run["tables"].as_object().unwrap().values().all(|table| table["commits"] == 0), "{run}");
}

async fn totals(server: &Server, day: &str) -> i64 {
    let rows = server.read(&format!("/api/marketing/daily_bookings_by_source?from={day}&to={day}")).await;
    rows["items"].as_array().unwrap().iter().map(|row| row["bookings"].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn a_reschedule_pair_ends_the_same_in_all_six_orders() {
    let m1 = created("A1", "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
    let mut m3 = created("A2", "2026-03-02T09:00:00Z", "2026-03-12T16:00:00Z");
    m3["payload"]["email"] = m1["payload"]["email"].clone();
    m3["payload"]["old_invitee"] = m1["payload"]["uri"].clone();
    let m2 = canceled(&m1, "2026-03-02T09:00:00Z", m3["payload"]["uri"].as_str());
    let now = "2026-03-05T00:00:00Z";
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let site = Site::new();
        let server = site.serve(&["--clock", now]);
        for n in order {
            assert_eq!(post(&server, seconds(now), [&m1, &m2, &m3][n]).await.status(), 200);
            server.ask("/local/etl", json!({})).await;
        }
        assert_eq!((totals(&server, "2026-03-01").await, totals(&server, "2026-03-02").await), (1, 0), "{order:?}");
        server.ask("/local/clock", json!({"set": "2026-03-13T00:00:00Z"})).await;
        server.ask("/local/etl", json!({})).await;
        let mut tables = Vec::new();
        for table in ["booking_time_analysis", "bookings_trend", "channel_attribution", "cost_per_booking", "daily_bookings_by_source"] {
            let mut rows = server.read(&format!("/api/marketing/{table}")).await["items"].clone();
            for row in rows.as_array_mut().unwrap() {
                row.as_object_mut().unwrap().remove("as_of");
            }
            tables.push(rows);
        }
        assert_eq!(tables[0][0]["attended"], 1, "{order:?}");
        seen.push(tables);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}
