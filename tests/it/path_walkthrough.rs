//! `walkthrough`: the steps of docs/ARCHITECTURE.md, in their order.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::Stage;

/// Steps 1 to 4: the webhook is accepted once and archived as it came. The key of its raw object.
async fn comes_in_once(stage: &Stage, invitee: &Invitee) -> String {
    let answer = stage.calendly(&invitee.created()).await;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("accepted"))
    );
    let raw = stage.objects("raw/calendly/").await;
    assert_eq!(raw.len(), 1);
    let items = stage.get("/api/inbox").await.body["items"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["delivery_id"], answer.body["delivery_id"]);
    let again = stage.calendly(&invitee.created()).await;
    assert_eq!(
        (again.status, &again.body["status"]),
        (200, &json!("duplicate"))
    );
    let (key, text) = raw.into_iter().next().unwrap();
    assert_eq!(text, invitee.created().to_string());
    key
}

/// Step 5: the delivery is a line of bronze, in the folder of its day.
async fn becomes_bronze(stage: &Stage, invitee: &Invitee) {
    let today = stage.now().await.strftime("%Y-%m-%d").to_string();
    stage.drain().await;
    let bronze = stage.objects("bronze/calendly_events/").await;
    assert!(!bronze.is_empty());
    for (key, text) in &bronze {
        assert!(key.contains(&format!("/date={today}/")), "{key}");
        // A stream delivers at least once: a line may be repeated, but all lines are equal.
        assert!(
            text.lines().all(|line| line.contains(&invitee.uri())),
            "{text}"
        );
    }
}

/// Step 8: command line and route lead from the number to the silver row and to the raw object.
async fn leads_to_its_raw_object(stage: &Stage, invitee: &Invitee, raw_key: &str) {
    let lineage = stage
        .cli_json(&[
            "lineage",
            "daily_bookings_by_source",
            "booking_date=2026-02-28",
            "utm_source=facebook",
            "marketing_channel=unknown",
        ])
        .await;
    let file = raw_key.rsplit('/').next().unwrap();
    let sha256 = file.trim_end_matches(".json");
    assert!(
        lineage.to_string().contains(sha256) && lineage.to_string().contains(&invitee.uri()),
        "{lineage}"
    );
    let route = stage
        .get(
            "/api/lineage/daily_bookings_by_source?key=booking_date%3D2026-02-28&key=utm_source%3Dfacebook&key=marketing_channel%3Dunknown",
        )
        .await;
    assert_eq!(route.status, 200, "{route:?}");
    assert!(route.body.to_string().contains(sha256), "{route:?}");
}

/// Posts spend as a CSV file.
async fn spend_as_csv(stage: &Stage, csv: &'static str) -> Value {
    let answer = stage
        .client
        .post(format!("{}/api/ad-spend", stage.base))
        .bearer_auth(stage.admin().await)
        .header("content-type", "text/csv")
        .body(csv)
        .send()
        .await
        .unwrap();
    answer.json().await.unwrap()
}

mod both {
    use super::*;

    #[tokio::test]
    async fn walkthrough() {
        let stage = Stage::plain().await;
        let invitee = Invitee::new(
            "A1",
            "E1",
            "2026-02-28T22:30:00Z",
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        );
        // 1 to 4: in, verified, archived, answered; the same again is a duplicate.
        let raw_key = comes_in_once(&stage, &invitee).await;
        // 5: bronze.
        becomes_bronze(&stage, &invitee).await;
        // 6: the machine.
        let report = stage.etl("2026-03-01T00:00:00Z").await;
        assert_eq!(
            report["tables"]["silver.invitees"]["rows_written"], 1,
            "{report}"
        );
        // 7: the number.
        let rows = stage.gold("daily_bookings_by_source").await;
        assert_eq!(rows.len(), 1);
        let row = json!({
            "booking_date": "2026-02-28", "utm_source": "facebook", "marketing_channel": "unknown", "bookings": 1, "unique_contacts": 1, "first_time_contacts": 1,
            "as_of": rows[0]["as_of"],
        });
        assert_eq!(rows[0], row);
        // 8: back to the raw object.
        leads_to_its_raw_object(&stage, &invitee, &raw_key).await;
        // 9: nothing new, nothing committed.
        let report = stage.etl("2026-03-01T00:00:00Z").await;
        for (table, numbers) in report["tables"].as_object().unwrap() {
            assert_eq!(
                (&numbers["commits"], &numbers["rows_written"]),
                (&json!(0), &json!(0)),
                "{table}"
            );
        }
    }

    #[tokio::test]
    async fn a_day_can_be_replayed_from_the_archive() {
        let stage = Stage::plain().await;
        let invitee = Invitee::new(
            "A1",
            "E1",
            "2026-02-28T22:30:00Z",
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        );
        stage.calendly(&invitee.created()).await;
        stage
            .calendly(&invitee.canceled("2026-02-28T23:00:00Z", None))
            .await;
        stage.etl("2026-03-01T00:00:00Z").await;
        let before = stage.all_gold().await;
        let day = stage.now().await.strftime("%Y-%m-%d").to_string();
        let report = stage.cli_json(&["replay", "--day", &day]).await;
        assert_eq!(
            (&report["processed"], &report["changed_rows"]),
            (&json!(2), &json!(0)),
            "{report}"
        );
        assert_eq!(report["effects"], json!({ "sms": 0, "stripe": 0 }));
        stage.etl("2026-03-01T00:00:00Z").await;
        assert_eq!(stage.all_gold().await, before);
        let counters = stage.get("/api/ops").await.body["counters"].clone();
        assert_eq!(
            (&counters["webhook_received"], &counters["replayed"]),
            (&json!(2), &json!(2)),
            "{counters}"
        );
    }

    #[tokio::test]
    async fn spend_meets_bookings() {
        let stage = Stage::plain().await;
        let invitee = Invitee::new(
            "A1",
            "E1",
            "2026-02-28T22:30:00Z",
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        );
        stage.calendly(&invitee.created()).await;
        let spend = json!([
            { "day": "2026-02-28", "channel": "unknown", "campaign": "BrandCampaign1", "amount_minor": 5000, "currency": "USD" },
            { "day": "2026-02-28", "channel": "google", "campaign": null, "amount_minor": 700, "currency": "USD" },
        ]);
        // A dry run says the same as often as it is asked.
        for path in ["/api/ad-spend?dry_run=true"; 2]
            .into_iter()
            .chain(["/api/ad-spend"])
        {
            let recorded = json!({ "accepted": 2, "changed": 2, "unchanged": 0 });
            assert_eq!(stage.post(path, &spend).await.body, recorded, "{path}");
        }
        assert_eq!(
            stage.post("/api/ad-spend", &spend).await.body,
            json!({ "accepted": 2, "changed": 0, "unchanged": 2 })
        );
        stage.etl("2026-03-01T00:00:00Z").await;
        let csv = "day,channel,campaign,amount_minor,currency\n2026-02-28,unknown,BrandCampaign1,5001,USD\n";
        assert_eq!(
            spend_as_csv(&stage, csv).await,
            json!({ "accepted": 1, "changed": 1, "unchanged": 0 })
        );
        stage.etl("2026-03-01T00:00:00Z").await;
        let mut rows = stage.gold("cost_per_booking").await;
        rows.sort_by_key(|row| row["channel"].to_string());
        let shown: Vec<Value> = rows
            .iter()
            .map(|r| {
                json!([
                    r["channel"],
                    r["campaign"],
                    r["spend_minor"],
                    r["bookings"],
                    r["cost_per_booking_minor"],
                    r["spend_status"]
                ])
            })
            .collect();
        assert_eq!(
            shown,
            [
                json!(["google", null, 700, 0, null, "known"]),
                json!(["unknown", "BrandCampaign1", 5001, 1, 5001, "known"])
            ]
        );
        spend_is_refused_with_every_fault(&stage).await;
    }

    async fn spend_is_refused_with_every_fault(stage: &Stage) {
        let wrong = json!([
            { "day": "2026-02-30", "channel": "x", "amount_minor": 1, "currency": "USD" },
            { "day": "2026-02-28", "channel": "x", "amount_minor": -1, "currency": "USD" },
        ]);
        let refused = stage.post("/api/ad-spend", &wrong).await;
        let faults = [
            "row 1: `2026-02-30` is no day (YYYY-MM-DD)",
            "row 2: amount_minor is negative",
        ];
        assert_eq!(refused.body["extensions"], json!({ "faults": faults }));
        assert_eq!(refused.status, 422, "{refused:?}");
    }
}
