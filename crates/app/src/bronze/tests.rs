//! Records of the stream become objects of the bronze tier, each delivery's fate beside them.

use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::{DeliveryStatus, ErrorClass, Vendor};
use serde_json::{Value, json};

use super::Publisher;
use super::publish::{PublishReport, publish};
use super::register;
use crate::inbox::admit::admit;
use crate::inbox::consumers::WRITE_BRONZE;
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DeliveryRow};
use crate::inbox::receipt::ReceiptStatus;
use crate::ports::{LogRecord, ObjectStore as _};
use crate::testing::{EVENT_TYPE, World, invitee};

const CREATED: &str = include_str!("../../../vendors/src/calendly/fixtures/invitee_created.json");

/// The webhook of an invitee, as changed at a second of the day.
fn webhook(name: &str, second: u32) -> Vec<u8> {
    let mut body: Value = serde_json::from_str(CREATED).unwrap();
    body["payload"]["uri"] = json!(invitee(name).uri);
    body["payload"]["event"] = json!(invitee(name).event_uri);
    body["payload"]["scheduled_event"]["event_type"] = json!(EVENT_TYPE);
    body["payload"]["updated_at"] = json!(format!("2026-03-01T12:00:{second:02}.000000Z"));
    serde_json::to_vec(&body).unwrap()
}

struct Bronze {
    world: World,
    publisher: Publisher,
}

impl Bronze {
    fn new() -> Self {
        let world = World::new();
        let publisher = Publisher {
            rules: world.performer.reactor.rules.clone(),
            store: world.store.clone(),
            objects: world.objects.clone(),
            faults: world.faults.clone(),
        };
        Self { world, publisher }
    }

    async fn deliver(&self, body: &[u8]) -> (ReceiptStatus, String) {
        let (inbox, now) = (self.world.inbox(), self.world.now());
        let receipt = admit(&inbox, Vendor::Calendly, Origin::Webhook, now, body).await;
        let receipt = receipt.unwrap();
        (receipt.status, receipt.delivery_id)
    }

    /// Delivers the webhooks of `count` invitees; the ids of their deliveries.
    async fn delivered(&self, count: u32) -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..count {
            ids.push(self.deliver(&webhook(&format!("A{n}"), 0)).await.1);
        }
        ids
    }

    async fn publish(&self, records: &[LogRecord]) -> PublishReport {
        publish(&self.publisher, records).await
    }

    fn records(&self) -> Vec<LogRecord> {
        self.world.store.records()
    }

    async fn row(&self, delivery_id: &str) -> DeliveryRow {
        let found = delivery::find(self.world.store.as_ref(), delivery_id).await;
        found.unwrap().unwrap().0
    }

    async fn lines(&self, key: &str) -> Vec<String> {
        let bytes = self.world.objects.get(key).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_batch_is_one_object_of_its_day_and_waits_for_the_lake() {
    let bronze = Bronze::new();
    let ids = bronze.delivered(30).await;
    let report = bronze.publish(&bronze.records()).await;
    assert_eq!((report.records, report.dead, &report.error), (30, 0, &None));
    let [key] = &report.objects[..] else {
        panic!("one object: {:?}", report.objects);
    };
    assert!(key.starts_with("bronze/calendly_events/channel="), "{key}");
    assert!(key.contains("/date=2026-03-01/"), "{key}");
    assert_eq!(bronze.lines(key).await.len(), 30);
    for id in &ids {
        let row = bronze.row(id).await;
        assert_eq!((row.status, row.attempts), (DeliveryStatus::Done, 1));
    }
    let pending = register::pending(bronze.world.store.as_ref(), 10)
        .await
        .unwrap();
    assert_eq!(pending.len(), 1);
}

#[tokio::test]
async fn the_same_batch_again_and_in_another_order_is_the_same_object() {
    let bronze = Bronze::new();
    let ids = bronze.delivered(3).await;
    let mut records = bronze.records();
    let first = bronze.publish(&records).await;
    records.reverse();
    let again = bronze.publish(&records).await;
    assert_eq!((&again.objects, again.error), (&first.objects, None));
    assert_eq!(
        bronze.row(&ids[0]).await.attempts,
        1,
        "it was settled before"
    );
    let pending = register::pending(bronze.world.store.as_ref(), 10)
        .await
        .unwrap();
    assert_eq!(pending.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_stored_is_handed_over_again_and_the_inbox_says_why() {
    let bronze = Bronze::new();
    let ids = bronze.delivered(2).await;
    bronze.world.objects.refuse(1);
    let report = bronze.publish(&bronze.records()).await;
    assert_eq!((report.records, report.failed.len()), (0, 2));
    let row = bronze.row(&ids[0]).await;
    assert_eq!(row.status, DeliveryStatus::Processing);
    assert_eq!(row.error_class, Some(ErrorClass::TransientError));
    assert!(row.error.is_some_and(|why| why.contains("a test says so")));
    let report = bronze.publish(&bronze.records()).await;
    assert_eq!((report.records, report.failed.len()), (2, 0));
    let row = bronze.row(&ids[0]).await;
    assert_eq!((row.status, row.attempts), (DeliveryStatus::Done, 2));
    assert_eq!((row.error_class, row.error), (None, None));
}

#[tokio::test]
async fn a_crash_between_the_object_and_its_record_repeats_nothing() {
    let bronze = Bronze::new();
    bronze.delivered(2).await;
    bronze.world.faults.arm("state.before_commit", 1);
    assert_eq!(bronze.publish(&bronze.records()).await.failed.len(), 2);
    let report = bronze.publish(&bronze.records()).await;
    assert_eq!((report.records, report.objects.len()), (2, 1));
    let all = bronze.world.objects.list("bronze/").await.unwrap();
    assert_eq!(all, report.objects);
}

/// Everybody else's record goes on; the delivery may come again.
#[tokio::test]
async fn a_poison_record_is_a_dead_letter_with_its_reason() {
    let bronze = Bronze::new();
    let body = webhook("A0", 0);
    let id = bronze.deliver(&body).await.1;
    bronze.deliver(&webhook("A1", 0)).await;
    let mut records = bronze.records();
    // As another release would write it.
    let mut poison: Value = serde_json::from_slice(&records[0].data).unwrap();
    poison["received_at"] = json!("yesterday");
    records[0].data = serde_json::to_vec(&poison).unwrap();
    records.push(LogRecord {
        sequence: "3".to_owned(),
        data: b"no record at all".to_vec(),
    });
    let report = bronze.publish(&records).await;
    assert_eq!(
        (report.records, report.dead, report.failed.len()),
        (1, 2, 0)
    );
    let row = bronze.row(&id).await;
    assert_eq!(
        (row.status, row.error_class),
        (DeliveryStatus::Failed, Some(ErrorClass::SystemError))
    );
    let store = bronze.world.store.as_ref();
    let letters = dead_letters::letters(store, WRITE_BRONZE).await.unwrap();
    assert_eq!(letters.len(), 2);
    // The delivery that failed makes no later one a duplicate.
    assert_eq!(bronze.deliver(&body).await.0, ReceiptStatus::Accepted);
}

/// Where the stream is a service of its own, the record of a duplicate may be there although the original's was lost.
#[tokio::test]
async fn a_duplicates_record_stands_in_for_the_originals() {
    let bronze = Bronze::new();
    let original = bronze.deliver(&webhook("A0", 0)).await.1;
    let mut record = bronze.records().remove(0);
    let mut duplicate: Value = serde_json::from_slice(&record.data).unwrap();
    duplicate["delivery_id"] = json!("second");
    record.data = serde_json::to_vec(&duplicate).unwrap();
    let report = bronze.publish(std::slice::from_ref(&record)).await;
    assert_eq!((report.records, report.error), (1, None));
    assert_eq!(bronze.row(&original).await.status, DeliveryStatus::Done);
    let found = delivery::find(bronze.world.store.as_ref(), "second").await;
    assert_eq!(
        found.unwrap(),
        None,
        "the duplicate's row is the receiver's"
    );
}
