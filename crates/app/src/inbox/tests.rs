//! A delivery from its arrival to its replay.

use bookpath_domain::bookings::BookingState;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::{DeliveryStatus, ErrorClass, Vendor};
use serde_json::{Value, json};

use super::admit::{admit, reprocess};
use super::delivery::{self, DeliveryRow};
use super::receipt::ReceiptStatus;
use crate::bookings::list::newest;
use crate::bronze::Publisher;
use crate::bronze::publish::publish;
use crate::lake::lineage::raw_row;
use crate::ports::{Commit, Expect, LogRecord, Store as _};
use crate::react::react;
use crate::testing::{EVENT_TYPE, World, invitee, paid};

fn body(name: &str) -> Vec<u8> {
    let mut body: Value = serde_json::from_str(include_str!(
        "../../../vendors/src/calendly/fixtures/invitee_created.json"
    ))
    .unwrap();
    body["payload"]["uri"] = json!(invitee(name).uri);
    body["payload"]["event"] = json!(invitee(name).event_uri);
    body["payload"]["scheduled_event"]["event_type"] = json!(EVENT_TYPE);
    serde_json::to_vec(&body).unwrap()
}

async fn deliver(world: &World, body: &[u8]) -> (ReceiptStatus, String) {
    let inbox = world.inbox();
    let receipt = admit(&inbox, Vendor::Calendly, Origin::Webhook, world.now(), body).await;
    let receipt = receipt.unwrap();
    (receipt.status, receipt.delivery_id)
}

/// Reacts to the records from the one at `from` on.
async fn read(world: &World, from: usize) -> usize {
    let records: Vec<LogRecord> = world.store.records().into_iter().skip(from).collect();
    let reacted = react(&world.performer.reactor, world.objects.as_ref(), &records).await;
    assert_eq!(reacted.error, None);
    reacted.dead
}

async fn row(world: &World, delivery_id: &str) -> DeliveryRow {
    let found = delivery::find(world.store.as_ref(), delivery_id).await;
    found.unwrap().unwrap().0
}

async fn bookings(world: &World) -> Vec<crate::bookings::repository::BookingRow> {
    let store = world.store.as_ref();
    let page = newest(store, &BookingState::ALL, 10, None, &|_| true).await;
    page.unwrap().0
}

#[tokio::test]
async fn a_delivery_is_archived_put_on_the_stream_and_read_by_both_consumers() {
    let world = World::new();
    let (status, id) = deliver(&world, &body("A1")).await;
    assert_eq!(status, ReceiptStatus::Accepted);
    assert_eq!(
        deliver(&world, &body("A1")).await.0,
        ReceiptStatus::Duplicate
    );
    let records = world.store.records();
    assert_eq!(records.len(), 1);
    let publisher = Publisher {
        rules: world.performer.reactor.rules.clone(),
        store: world.store.clone(),
        objects: world.objects.clone(),
        faults: world.faults.clone(),
    };
    world.objects.refuse(1);
    assert_eq!(publish(&publisher, &records).await.failed.len(), 1);
    let published = publish(&publisher, &records).await;
    assert_eq!(
        (published.records, published.objects.len(), published.error),
        (1, 1, None)
    );
    assert_eq!(row(&world, &id).await.status, DeliveryStatus::Done);
    assert_eq!(read(&world, 0).await, 0);
    assert_eq!(bookings(&world).await.len(), 1);
}

/// A release that understands the delivery replays it, and the booking gets its checkout.
#[tokio::test]
async fn a_failed_delivery_that_is_replayed_does_its_effects() {
    let world = World::new();
    let (_, model) = deliver(&world, &body("A1")).await;
    let model = row(&world, &model).await;
    // As an older release left it: archived and failed, and nothing on the stream.
    let failed = DeliveryRow {
        status: DeliveryStatus::Failed,
        error_class: Some(ErrorClass::ValidationError),
        dedupe_key: None,
        ..model
    };
    let world = World::new();
    let archived = failed.raw_key.clone();
    let objects = world.objects.as_ref();
    crate::ports::ObjectStore::put(objects, &archived, &body("A1"))
        .await
        .unwrap();
    let write = failed.write(Expect::Absent).unwrap();
    world.store.commit(Commit::new(vec![write])).await.unwrap();
    let receipt = reprocess(&world.inbox(), failed).await.unwrap();
    assert_eq!(receipt.status, ReceiptStatus::Accepted);
    assert_eq!(read(&world, 0).await, 0);
    world.perform().await;
    let rows = bookings(&world).await;
    assert!(
        rows[0].booking.checkout_url().is_some(),
        "somebody opened the checkout"
    );
    // Once more is nothing new.
    let failed = row(&world, &receipt.delivery_id).await;
    let again = reprocess(&world.inbox(), failed).await.unwrap();
    assert_eq!(again.status, ReceiptStatus::Duplicate);
}

/// Nothing that is authentic is thrown away: what goes nowhere is found by what it hashes to, too.
#[tokio::test]
async fn the_bodies_of_failed_and_ignored_deliveries_are_found() {
    let world = World::new();
    let nobody = br#"{"event":"invitee.created","payload":{}}"#;
    let other = br#"{"event":"event_type.created","payload":{"uri":"u"}}"#;
    for (body, status) in [
        (&nobody[..], ReceiptStatus::Failed),
        (&other[..], ReceiptStatus::IgnoredKind),
    ] {
        let (found, id) = deliver(&world, body).await;
        assert_eq!(found, status);
        let row = row(&world, &id).await;
        let place = raw_row(world.store.as_ref(), &row.raw_sha256).await;
        let place = place.unwrap().unwrap();
        assert_eq!((place.delivery_id, place.raw_key), (id, row.raw_key));
    }
}

/// React met money of a booking that it did not know yet; the delivery's replay puts the record back.
#[tokio::test]
async fn a_dead_letter_of_react_is_put_back_on_the_stream_by_its_deliverys_replay() {
    let world = World::new();
    let event = json!({ "id": "evt_1", "type": "checkout.session.completed", "created": 1_772_366_400, "data": { "object": {
        "id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 15_000, "currency": "usd",
        "mode": "payment", "client_reference_id": "id3" } } });
    let event = serde_json::to_vec(&event).unwrap();
    let inbox = world.inbox();
    let receipt = admit(&inbox, Vendor::Stripe, Origin::Webhook, world.now(), &event).await;
    let delivery_id = receipt.unwrap().delivery_id;
    assert_eq!(read(&world, 0).await, 1, "no booking is called id3");
    // The booking comes to be under the id that Stripe names.
    let id = loop {
        let name = format!("A{}", world.store.items("booking#").len());
        let made = world
            .take(None, crate::testing::seen(&invitee(&name)))
            .await;
        let id = made.row.unwrap().booking.booking_id;
        if id == "id3" {
            break id;
        }
        assert!(world.store.items("booking#").len() < 5, "{id}");
    };
    let delivery = row(&world, &delivery_id).await;
    let replayed = reprocess(&inbox, delivery).await.unwrap();
    assert_eq!(replayed.status, ReceiptStatus::Accepted);
    assert_eq!(read(&world, 1).await, 0);
    assert_eq!(world.booking(&id).await.paid_minor(), 15_000);
    assert!(world.store.items("dead#").is_empty());
    // The event itself comes again: it is known.
    world.take(Some(&id), paid("cs_1", world.now())).await;
    assert_eq!(world.booking(&id).await.paid_minor(), 15_000);
}
