//! The figures of bookings.

use serde_json::json;

use crate::booking_world::World;

/// Group, key and name of each figure.
const NAMES: [(&str, &str, &str); 8] = [
    (
        "business",
        "booking_conversion_rate",
        "booking conversion rate",
    ),
    ("business", "payment_success_rate", "payment success rate"),
    (
        "business",
        "cancellation_refund_rate",
        "cancellation/refund rate",
    ),
    ("business", "average_booking_value", "average booking value"),
    ("technical", "api_latency", "API latency"),
    (
        "technical",
        "webhook_processing_latency",
        "webhook processing latency",
    ),
    (
        "technical",
        "error_rate_by_category",
        "error rate by category",
    ),
    (
        "technical",
        "state_transition_timing",
        "state transition timing",
    ),
];

#[tokio::test]
async fn the_figures_of_bookings_have_their_names() {
    let mut world = World::start(false).await;
    let booking = world.confirmed().await;
    world.act(&booking, "cancel").await;
    world.drain().await;
    world
        .stage
        .calendly(&world.a1.canceled("2026-03-01T12:10:00Z", None))
        .await;
    world.deliver(1).await;
    let metrics = world.stage.get("/api/bookings/metrics").await;
    assert_eq!(metrics.status, 200, "{metrics:?}");
    let (business, technical) = (&metrics.body["business"], &metrics.body["technical"]);
    for (group, figure, name) in NAMES {
        assert_eq!(metrics.body[group][figure]["name"], name);
    }
    assert_eq!(
        (
            &business["booking_conversion_rate"]["value"],
            &business["payment_success_rate"]["value"]
        ),
        (&json!(100), &json!(100))
    );
    assert_eq!(
        business["cancellation_refund_rate"]["refund_rate"]["value"],
        100
    );
    assert_eq!(
        business["average_booking_value"]["by_currency"]["USD"]["value"],
        15_000
    );
    assert!(
        technical["webhook_processing_latency"]["count"]
            .as_i64()
            .unwrap()
            >= 2,
        "{technical}"
    );
    assert!(technical["api_latency"]["p50_ms"].is_u64(), "{technical}");
    assert_eq!(
        technical["error_rate_by_category"]["categories"]["TRANSIENT_ERROR"]["value"],
        0
    );
    let moves = technical["state_transition_timing"]["transitions"]
        .as_array()
        .unwrap();
    assert!(
        moves
            .iter()
            .any(|m| m["from"] == "CANCEL_PENDING" && m["to"] == "REFUND_PENDING"),
        "{moves:?}"
    );
}
