//! A reschedule is three deliveries: all six orders of arrival end in the same rows (X3).

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::Stage;

fn messages() -> [Value; 3] {
    let a1 = Invitee::new(
        "A1",
        "E1",
        "2026-03-01T10:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let mut a2 = Invitee::new(
        "A2",
        "E2",
        "2026-03-02T09:00:00Z",
        "2026-03-12T16:00:00Z",
        "2026-03-12T16:30:00Z",
    );
    a2.old = Some(a1.uri());
    [
        a1.created(),
        a1.canceled("2026-03-02T09:00:00Z", Some(&a2.uri())),
        a2.created(),
    ]
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

mod both {
    use super::*;

    #[tokio::test]
    async fn every_order_ends_in_the_same_tables() {
        let mut ends: Vec<(Value, Value)> = Vec::new();
        for order in ORDERS {
            let stage = Stage::plain().await;
            for (n, index) in order.into_iter().enumerate() {
                assert_eq!(stage.calendly(&messages()[index]).await.status, 200);
                // A run between two deliveries must not change the final rows.
                if n == order[0] {
                    stage.etl("2026-03-05T00:00:00Z").await;
                }
            }
            stage.etl("2026-03-05T00:00:00Z").await;
            let early = stage.all_gold().await;
            stage.etl("2026-03-13T00:00:00Z").await;
            ends.push((early, stage.all_gold().await));
        }
        for end in &ends {
            assert_eq!(end, &ends[0]);
        }
        let (early, late) = &ends[0];
        let daily = |gold: &Value| {
            let rows = gold["daily_bookings_by_source"].as_array().unwrap().clone();
            rows.into_iter()
                .map(|r| json!([r["booking_date"], r["bookings"]]))
                .collect::<Vec<_>>()
        };
        assert_eq!(daily(early), [json!(["2026-03-01", 1])]);
        assert_eq!(daily(late), [json!(["2026-03-01", 1])]);
        let hour = |gold: &Value| {
            let r = gold["booking_time_analysis"][0].clone();
            json!([
                r["booking_day_of_week"],
                r["booking_hour"],
                r["bookings"],
                r["canceled"],
                r["attended"],
                r["no_show"],
                r["avg_lead_hours"]
            ])
        };
        assert_eq!(hour(early), json!(["Sunday", 10, 1, 0, 0, 0, 270.0]));
        assert_eq!(hour(late), json!(["Sunday", 10, 1, 0, 1, 0, 270.0]));
    }

    #[tokio::test]
    async fn the_customer_row_is_that_of_one_booking() {
        for order in ORDERS {
            let stage = Stage::plain().await;
            for index in order {
                stage.calendly(&messages()[index]).await;
            }
            stage.etl("2026-03-05T00:00:00Z").await;
            for (as_of, expected) in [
                (
                    "2026-03-05T00:00:00Z",
                    json!([1, 0, 0, 0, 1, 1, null, null, "2026-03-12T16:00:00Z", 25, 5]),
                ),
                (
                    "2026-03-13T00:00:00Z",
                    json!([
                        1,
                        1,
                        0,
                        0,
                        1,
                        0,
                        100.0,
                        "2026-03-12T16:00:00Z",
                        null,
                        30,
                        10
                    ]),
                ),
            ] {
                let answer = stage
                    .get(&format!(
                        "/api/customers?email=JANE%40acme.co&as_of={as_of}"
                    ))
                    .await;
                let row = &answer.body["items"][0];
                let shown = json!([
                    row["total_calls_booked"],
                    row["calls_completed"],
                    row["calls_no_show"],
                    row["calls_canceled"],
                    row["calls_rescheduled"],
                    row["calls_upcoming"],
                    row["show_rate"],
                    row["last_call_date"],
                    row["next_call_date"],
                    row["quality_points"],
                    row["health_call_delta"],
                ]);
                assert_eq!(shown, expected, "{order:?} {as_of} {answer:?}");
            }
        }
    }
}
