use std::time::Duration;

use bookpath_app::sync::MissedDelivery;
use bookpath_domain::Vendor::Stripe;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{NOW, World};

fn at(number: usize) -> Timestamp {
    let began: Timestamp = NOW.parse().unwrap();
    began - SignedDuration::from_hours(24) + SignedDuration::from_mins(number as i64)
}

/// The payment with this number; one a minute since yesterday.
fn paid(number: usize) -> Value {
    json!({ "object": "event", "id": format!("evt_{number}"), "type": "checkout.session.completed",
        "created": at(number).as_second(), "livemode": false, "data": { "object": {
            "object": "checkout.session", "id": format!("cs_{number}"), "payment_intent": format!("pi_{number}"),
            "payment_status": "paid", "mode": "payment", "amount_total": 15_000, "currency": "usd",
            "customer_details": { "email": format!("p{number}@acme.co") },
        } } })
}

/// 230 payments of which every tenth webhook is lost.
async fn outage() -> World {
    let world = World::new().await;
    for number in 0..230 {
        world.stripe.tell(&paid(number));
        if number % 10 != 3 {
            world.webhook(Stripe, &paid(number)).await;
        }
    }
    world.react().await;
    world
}

#[tokio::test]
async fn an_outage_leaves_no_payment_missing() {
    let world = outage().await;
    // Of a kind that no webhook is asked for.
    world
        .stripe
        .tell(&json!({ "id": "evt_x", "type": "customer.created", "created": at(0).as_second() }));
    let report = world.run(Stripe).await.unwrap();
    assert!(report.complete && !report.resumed);
    assert_eq!((report.events_processed, report.calls), (230, 3));
    assert_eq!((report.changed, report.missed["event"]), (23, 23));
    let named = MissedDelivery {
        kind: "checkout.session.completed".to_owned(),
        uri: "evt_13".to_owned(),
        updated_at: Some(at(13)),
    };
    assert!(report.missed_deliveries.contains(&named));
    let again = world.run_without_news(Stripe).await;
    // The next run reads from an hour before the last one on.
    assert_eq!(again.events_processed, 0);
}

#[tokio::test]
async fn a_run_that_stops_goes_on_and_what_happens_meanwhile_moves_nothing() {
    let mut world = outage().await;
    world.sync.time_max = Duration::ZERO;
    let first = world.run(Stripe).await.unwrap();
    assert!(!first.complete && first.events_processed == 100);
    let mut later = paid(500);
    later["created"] = json!(NOW.parse::<Timestamp>().unwrap().as_second());
    world.stripe.tell(&later);
    world.sync.time_max = Duration::from_secs(60);
    let rest = world.run(Stripe).await.unwrap();
    assert!(rest.complete && rest.resumed);
    assert_eq!((rest.events_processed, rest.changed), (230, 23));
    let next = world.run(Stripe).await.unwrap();
    assert_eq!((next.events_processed, next.changed), (1, 1));
    world.run_without_news(Stripe).await;
}
