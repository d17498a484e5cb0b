//! How a booking gets its time: by our own link, by a single-use link, or booked by us through Calendly's API.

use bookpath_sandbox::calendly::BookingFailure;
use serde_json::{Value, json};

use crate::booking_world::{CONFIG, NOON, World};
use crate::calendly::Invitee;
use crate::stage::{Answer, Options, Stage};
use crate::vendors::Vendors;

async fn scheduling() -> World {
    let vendors = Vendors::start(NOON).await;
    let config = format!("[calendly]\nscheduling_api = true\n{CONFIG}");
    let options = Options {
        clock: NOON,
        config,
        env: vendors.env(),
        ..Options::default()
    };
    let World { a1, .. } = World::start(false).await;
    World {
        stage: Stage::start(options).await,
        vendors,
        a1,
    }
}

fn slot() -> Value {
    json!({ "session_type_id": "strategy", "start_time": "2026-03-10T15:00:00Z", "name": "Jane Doe", "email": "jane@acme.co",
        "timezone": "America/New_York", "phone": "+12223334444" })
}

async fn book(world: &World, body: &Value) -> Answer {
    world.stage.post("/api/bookings", body).await
}

/// A booking without a time, of whom everything else is known.
async fn without_time(world: &World) -> Value {
    let body =
        json!({ "session_type_id": "strategy", "name": "Jane Doe", "email": "jane@acme.co" });
    let booking = book(world, &body).await;
    assert_eq!(booking.status, 201);
    booking.body
}

/// Somebody books at Calendly by the link of a booking: Calendly sends its id back.
async fn book_by_link(world: &World, invitee: &Invitee, booking: &Value) {
    let mut created = invitee.created();
    created["payload"]["tracking"]["salesforce_uuid"] = booking["booking_id"].clone();
    world.stage.calendly(&created).await;
    world.drain().await;
}

#[tokio::test]
async fn the_link_of_a_booking_brings_it_its_time() {
    let world = World::start(false).await;
    let booking = without_time(&world).await;
    let id = booking["booking_id"].as_str().unwrap();
    let url = booking["scheduling_url"].as_str().unwrap();
    assert!(
        url.starts_with("https://calendly.com/acme/strategy?salesforce_uuid="),
        "{url}"
    );
    assert!(
        url.contains(id) && url.ends_with("&name=Jane+Doe&email=jane%40acme.co"),
        "{url}"
    );
    let (status, link) = world.act(&booking, "scheduling-link").await;
    assert_eq!(status, 200);
    assert!(
        link["scheduling_url"]
            .as_str()
            .unwrap()
            .starts_with("https://calendly.com/d/sandbox-0001?salesforce_uuid="),
        "{link}"
    );
    book_by_link(&world, &world.a1, &booking).await;
    let view = world.view(&booking).await;
    assert_eq!(
        (&view["state"], &view["invitee_uri"]),
        (&json!("AWAITING_PAYMENT"), &json!(world.a1.uri()))
    );
    assert_eq!(
        (
            &view["scheduling_url"],
            world.act(&booking, "scheduling-link").await.0
        ),
        (&Value::Null, 409)
    );
}

#[tokio::test]
async fn somebody_else_with_the_same_link_gets_a_booking_of_their_own() {
    let world = World::start(false).await;
    let booking = without_time(&world).await;
    book_by_link(&world, &world.a1, &booking).await;
    let mut second = Invitee::new(
        "B1",
        "E2",
        NOON,
        "2026-03-11T15:00:00Z",
        "2026-03-11T16:00:00Z",
    );
    second.email = "mallory@acme.co".to_owned();
    book_by_link(&world, &second, &booking).await;
    assert_eq!(world.view(&booking).await["invitee_uri"], world.a1.uri());
    let other = world
        .stage
        .get(&format!("/api/bookings?invitee_uri={}", second.uri()))
        .await
        .body;
    assert_ne!(other["items"][0]["booking_id"], booking["booking_id"]);
}

#[tokio::test]
async fn a_slot_is_booked_once_whatever_happens_to_the_answer() {
    for failure in [None, Some(BookingFailure::AfterTheWork)] {
        let world = scheduling().await;
        if let Some(failure) = failure {
            world.vendors.calendly.fail_booking(failure);
        }
        let booking = book(&world, &slot()).await;
        assert_eq!(booking.status, 201, "{booking:?}");
        world.advance(60).await;
        let made = world.vendors.calendly.booked();
        assert_eq!(made.len(), 1, "{failure:?}");
        assert_eq!(
            (&made[0]["start_time"], &made[0]["email"]),
            (&json!("2026-03-10T15:00:00Z"), &json!("jane@acme.co"))
        );
        let view = world.view(&booking.body).await;
        assert_eq!(
            (&view["state"], &view["invitee_uri"]),
            (&json!("PENDING"), &made[0]["uri"]),
            "{failure:?}"
        );
        // Calendly's webhook comes as for any other booking.
        let mut created = world.a1.created();
        created["payload"]["uri"] = made[0]["uri"].clone();
        created["payload"]["tracking"]["salesforce_uuid"] = view["booking_id"].clone();
        world.stage.calendly(&created).await;
        world.drain().await;
        assert_eq!(world.view(&booking.body).await["state"], "AWAITING_PAYMENT");
    }
}

#[tokio::test]
async fn a_slot_that_somebody_else_took_ends_the_booking_with_its_reason() {
    let world = scheduling().await;
    world
        .vendors
        .calendly
        .fail_booking(BookingFailure::SlotTaken);
    let booking = book(&world, &slot()).await;
    assert_eq!(
        (booking.status, &booking.body["state"]),
        (201, &json!("CANCELLED")),
        "{booking:?}"
    );
    let last = booking.body["history"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (&last["actor"], &last["reason"]),
        (&json!("system"), &json!("The time is no longer free"))
    );
    assert!(world.vendors.calendly.booked().is_empty());
}

#[tokio::test]
async fn what_can_not_be_booked_is_refused_before_anything_is_stored() {
    let world = scheduling().await;
    for (name, value) in [
        ("start_time", json!("2026-03-01T11:00:00Z")),
        ("timezone", Value::Null),
        ("email", Value::Null),
        (
            "invitee_uri",
            json!("https://api.calendly.com/scheduled_events/E1/invitees/A1"),
        ),
    ] {
        let mut body = slot();
        body[name] = value;
        assert_eq!(book(&world, &body).await.status, 422, "{name}");
    }
    let off = World::start(false).await;
    assert_eq!(book(&off, &slot()).await.status, 422);
    assert_eq!(
        off.stage.get("/api/bookings").await.body["items"],
        json!([])
    );
}

#[tokio::test]
async fn the_event_types_of_the_organization_are_listed() {
    let world = World::start(false).await;
    let types = world.stage.get("/api/event-types").await;
    assert_eq!(
        (types.status, types.body["items"].as_array().unwrap().len()),
        (200, 2),
        "{types:?}"
    );
    let first = &types.body["items"][0];
    assert_eq!(
        (&first["name"], &first["duration_minutes"]),
        (&json!("Triage call"), &json!(30))
    );
}
