//! A process that dies in the middle of a page: what it had accepted is stored, and the run that goes on names it.

use std::collections::BTreeMap;

use bookpath_app::sync::MissedDelivery;
use bookpath_domain::Vendor;
use serde_json::{Value, json};

use crate::world::{FORM, World, booked, came, canceled, no_show};

/// Bookings that no webhook told of; one was cancelled, one missed, and of one the webhooks told that it was missed, but
/// not that it was not.
async fn bookings(world: &World) {
    for number in 0..6 {
        world.calendly.tell(&booked(number));
    }
    world.calendly.tell(&canceled(1));
    world.calendly.tell(&no_show(2));
    for body in [booked(4), no_show(4)] {
        world.webhook(Vendor::Calendly, &body).await;
    }
    world.calendly.tell(&came(4));
    world.react().await;
}

fn responses(world: &World) {
    for number in 0..6 {
        world.typeform.tell(&json!({ "event_id": format!("ev{number}"), "event_type": "form_response", "form_response": {
            "form_id": FORM, "token": format!("tok{number}"), "submitted_at": format!("2026-03-18T00:0{number}:00Z"),
            "landed_at": "2026-03-18T00:00:00Z", "definition": { "id": FORM, "title": "Apply", "fields": [] }, "answers": [],
        } }));
    }
}

fn objects(world: &World) {
    for number in 0..6 {
        let (object, at) = (
            format!("oppo_{number}"),
            format!("2026-03-18T00:0{number}:00Z"),
        );
        world.close.tell(&json!({ "event": {
            "id": format!("ev_{number}"), "object_type": "opportunity", "action": "created", "object_id": object,
            "lead_id": "lead_1", "date_created": at, "date_updated": at,
            "data": { "id": object, "lead_id": "lead_1", "date_created": at, "date_updated": at, "value": 5_000,
                "status_type": "active" },
        } }));
    }
}

fn payments(world: &World) {
    for number in 0..6 {
        world.stripe.tell(&json!({ "object": "event", "id": format!("evt_{number}"), "type": "checkout.session.completed",
            "created": 1_773_900_000 + number, "data": { "object": { "id": format!("cs_{number}"), "payment_status": "paid" } } }));
    }
}

/// What a report says of the gap.
#[derive(Debug, PartialEq)]
struct Gap {
    missed: BTreeMap<String, u64>,
    named: Vec<Value>,
    changed: u64,
    customers: u64,
    /// Deliveries on the stream.
    brought: usize,
}

/// The gap as the run names it that goes on after a crash, or as a run without a crash does.
async fn gap(vendor: Vendor, accepted: Option<usize>, react: bool) -> Gap {
    let world = World::new().await;
    match vendor {
        Vendor::Calendly => bookings(&world).await,
        Vendor::Typeform => responses(&world),
        Vendor::Close => objects(&world),
        _ => payments(&world),
    }
    if let Some(accepted) = accepted {
        world.crash(vendor, accepted).await;
        if react {
            world.react().await;
        }
        world.clock.advance_s(600);
    }
    let report = world.run(vendor).await.unwrap();
    assert_eq!(
        (report.complete, report.resumed),
        (true, accepted.is_some())
    );
    let name = |missed: &MissedDelivery| json!(missed);
    let mut named: Vec<Value> = report.missed_deliveries.iter().map(name).collect();
    named.sort_by_key(Value::to_string);
    let brought = world.store.records().len();
    world.run_without_news(vendor).await;
    Gap {
        missed: report.missed,
        named,
        changed: report.changed,
        customers: report.customers_updated,
        brought,
    }
}

#[tokio::test]
async fn what_was_accepted_before_a_crash_is_named_by_the_run_that_goes_on() {
    for (vendor, count, news) in [
        (Vendor::Calendly, 8, 7),
        (Vendor::Typeform, 6, 6),
        (Vendor::Close, 6, 6),
        (Vendor::Stripe, 6, 6),
    ] {
        let whole = gap(vendor, None, false).await;
        assert_eq!(whole.named.len(), count, "{vendor} {whole:?}");
        for accepted in 1..=news {
            for react in [false, true] {
                let after = gap(vendor, Some(accepted), react).await;
                assert_eq!(after, whole, "{vendor} after {accepted}, {react}");
            }
        }
    }
}

#[tokio::test]
async fn a_run_that_dies_twice_names_everything_once() {
    let world = World::new().await;
    bookings(&world).await;
    world.crash(Vendor::Calendly, 2).await;
    world.react().await;
    world.crash(Vendor::Calendly, 3).await;
    let report = world.run(Vendor::Calendly).await.unwrap();
    let counted: u64 = report.missed.values().sum();
    assert_eq!((counted, report.missed_deliveries.len()), (8, 8));
    assert_eq!(report.missed["no_show_deleted"], 1);
    world.run_without_news(Vendor::Calendly).await;
}
