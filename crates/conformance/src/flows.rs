//! Use cases over a store and a stream that are two services: no delivery is lost, none is applied twice.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_app::bronze::Publisher;
use bookpath_app::bronze::publish::publish;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::admit::admit;
use bookpath_app::inbox::delivery::{self, DeliveryRow};
use bookpath_app::inbox::receipt::ReceiptStatus;
use bookpath_app::ports::{
    Clock, Ids, ImportedObject, LogRecord, NoFaults, ObjectError, ObjectStore, Store,
};
use bookpath_domain::BusinessConfig;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::StreamRecord;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use jiff::Timestamp;
use serde_json::json;

use crate::log::Published;

/// One process: a receiver and consumers over a store, a stream and objects.
pub struct Stage {
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub log: Arc<dyn Published + Send>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}

impl Stage {
    fn inbox(&self) -> Inbox {
        Inbox {
            ids: self.ids.clone(),
            store: self.store.clone(),
            objects: self.objects.clone(),
            faults: Arc::new(NoFaults),
        }
    }

    fn publisher(&self) -> Publisher {
        Publisher {
            rules: Arc::new(BusinessConfig::default()),
            store: self.store.clone(),
            objects: self.objects.clone(),
            faults: Arc::new(NoFaults),
        }
    }

    async fn publish(&self, records: &[LogRecord]) {
        let published = publish(&self.publisher(), records).await;
        assert_eq!(
            (
                published.error,
                published.failed,
                published.records,
                published.dead
            ),
            (None, Vec::new(), records.len(), 0)
        );
    }

    async fn row(&self, delivery_id: &str) -> Option<DeliveryRow> {
        delivery::find(self.store.as_ref(), delivery_id)
            .await
            .unwrap()
            .map(|(row, _)| row)
    }

    async fn status(&self, delivery_id: &str) -> Option<DeliveryStatus> {
        self.row(delivery_id).await.map(|row| row.status)
    }

    async fn deliver(&self, body: &[u8]) -> (ReceiptStatus, String) {
        let receipt = admit(
            &self.inbox(),
            Vendor::Calendly,
            Origin::Webhook,
            self.clock.now(),
            body,
        )
        .await
        .unwrap();
        (receipt.status, receipt.delivery_id)
    }
}

/// A booking's webhook.
#[must_use]
pub fn booking(name: &str) -> Vec<u8> {
    let mut body: serde_json::Value = serde_json::from_str(include_str!(
        "../../vendors/src/calendly/fixtures/invitee_created.json"
    ))
    .unwrap();
    body["payload"]["uri"] = json!(format!(
        "https://api.calendly.com/scheduled_events/E/invitees/{name}"
    ));
    body["payload"]["email"] = json!(format!("{name}@example.com"));
    serde_json::to_vec(&body).unwrap()
}

/// A stray record: that of a delivery whose commit failed on a conflict with another delivery's.
fn under_another_name(record: &LogRecord, delivery_id: &str) -> LogRecord {
    let mut stream: StreamRecord = serde_json::from_slice(&record.data).unwrap();
    stream.envelope.delivery_id = delivery_id.to_owned();
    LogRecord {
        sequence: format!("{}1", record.sequence),
        data: serde_json::to_vec(&stream).unwrap(),
    }
}

/// A repeated delivery is a duplicate, and stays one even when its own record reaches the stream.
pub async fn duplicates_stay_duplicates(stage: &Stage) {
    let body = booking("dup");
    let (first, accepted) = stage.deliver(&body).await;
    let (second, duplicate) = stage.deliver(&body).await;
    assert_eq!(
        (first, second),
        (ReceiptStatus::Accepted, ReceiptStatus::Duplicate)
    );
    let mut records = stage.log.published().await;
    records.push(under_another_name(&records[0], &duplicate));
    stage.publish(&records).await;
    assert_eq!(
        (
            stage.status(&accepted).await,
            stage.status(&duplicate).await
        ),
        (Some(DeliveryStatus::Done), Some(DeliveryStatus::Duplicate))
    );
    // The same batch a second time.
    stage.publish(&records).await;
    assert_eq!(
        (
            stage.status(&accepted).await,
            stage.status(&duplicate).await
        ),
        (Some(DeliveryStatus::Done), Some(DeliveryStatus::Duplicate))
    );
}

/// An accepted delivery whose record was lost: the record of the vendor's next try takes its place.
pub async fn a_retry_stands_for_a_lost_record(stage: &Stage) {
    let body = booking("lost");
    let (_, accepted) = stage.deliver(&body).await;
    let lost = stage.log.published().await.remove(0);
    let (_, duplicate) = stage.deliver(&body).await;
    assert_eq!(
        stage.status(&accepted).await,
        Some(DeliveryStatus::Received)
    );
    stage
        .publish(&[under_another_name(&lost, &duplicate)])
        .await;
    assert_eq!(
        (
            stage.status(&accepted).await,
            stage.status(&duplicate).await
        ),
        (Some(DeliveryStatus::Done), Some(DeliveryStatus::Duplicate))
    );
    assert_eq!(stage.row(&accepted).await.map(|row| row.attempts), Some(1));
}

/// A record whose commit failed, or is not visible yet, is written to bronze under its own delivery id.
pub async fn a_record_may_come_before_its_writes(stage: &Stage) {
    stage.deliver(&booking("model")).await;
    let model = stage.log.published().await.remove(0);
    let mut stream: StreamRecord = serde_json::from_slice(&model.data).unwrap();
    stream.envelope.delivery.resource_uri += "/early";
    stream.envelope.delivery_id = "early".to_owned();
    let early = LogRecord {
        sequence: model.sequence,
        data: serde_json::to_vec(&stream).unwrap(),
    };
    stage.publish(&[early]).await;
    assert_eq!(stage.status("early").await, Some(DeliveryStatus::Done));
}

/// The consumer wrote the delivery's row before the receiver did: the receiver accepts the row as it finds it.
pub async fn the_receiver_accepts_what_has_landed(stage: &Stage) {
    struct One(&'static str);
    impl Ids for One {
        fn fresh(&self) -> String {
            self.0.to_owned()
        }
    }
    let (_, model) = stage.deliver(&booking("model")).await;
    let row = DeliveryRow {
        delivery_id: "landed".to_owned(),
        status: DeliveryStatus::Done,
        ..stage.row(&model).await.unwrap()
    };
    let write = row.write(bookpath_app::ports::Expect::Absent).unwrap();
    stage
        .store
        .commit(bookpath_app::ports::Commit::new(vec![write]))
        .await
        .unwrap();
    let inbox = Inbox {
        ids: Arc::new(One("landed")),
        ..stage.inbox()
    };
    let receipt = admit(
        &inbox,
        Vendor::Calendly,
        Origin::Webhook,
        stage.clock.now(),
        &booking("landed"),
    )
    .await
    .unwrap();
    assert_eq!(receipt.status, ReceiptStatus::Accepted);
    assert_eq!(stage.status("landed").await, Some(DeliveryStatus::Done));
    let again = stage.deliver(&booking("landed")).await;
    assert_eq!(again.0, ReceiptStatus::Duplicate);
}

/// A batch of 100 records becomes one bronze object per partition; writing it again writes the same objects.
pub async fn a_batch_lands_once(stage: &Stage) {
    for n in 0..100 {
        stage.deliver(&booking(&format!("batch{n}"))).await;
    }
    let records = stage.log.published().await;
    assert_eq!(records.len(), 100);
    let first = publish(&stage.publisher(), &records).await;
    let again = publish(&stage.publisher(), &records).await;
    assert_eq!(
        (&first.error, first.records, first.objects.len()),
        (&None, 100, 1)
    );
    assert_eq!(first, again);
    let lines = stage.objects.get(&first.objects[0]).await.unwrap();
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 100);
    assert_eq!(
        bookpath_app::bronze::register::pending(stage.store.as_ref(), 10)
            .await
            .unwrap(),
        first.objects
    );
    let inbox = delivery::inbox(stage.store.as_ref(), Some(DeliveryStatus::Done), 200, None)
        .await
        .unwrap();
    assert_eq!(inbox.rows.len(), 100);
}

/// An object store whose writes fail.
struct Down(Arc<dyn ObjectStore>);

#[async_trait]
impl ObjectStore for Down {
    async fn put(&self, _: &str, _: &[u8]) -> Result<(), ObjectError> {
        Err(ObjectError::Unavailable("down".to_owned()))
    }

    async fn sync(&self, key: &str) -> Result<(), ObjectError> {
        self.0.sync(key).await
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        self.0.get(key).await
    }

    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError> {
        self.0.get_range(key, from, max).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.0.delete(key).await
    }

    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError> {
        self.0.drop_past(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        self.0.list(prefix).await
    }

    async fn import_file(
        &self,
        source: &std::path::Path,
        folder: &str,
    ) -> Result<ImportedObject, ObjectError> {
        self.0.import_file(source, folder).await
    }
}

/// The inbox shows a delivery that is tried again with its tries and its reason, until it is done; done is final.
pub async fn what_is_tried_again_is_processing(stage: &Stage) {
    let (_, settled) = stage.deliver(&booking("settled")).await;
    stage.publish(&stage.log.published().await).await;
    let (_, waiting) = stage.deliver(&booking("waiting")).await;
    let mut records = stage.log.published().await;
    let down = Publisher {
        objects: Arc::new(Down(stage.objects.clone())),
        ..stage.publisher()
    };
    for tries in 1..=2 {
        let published = publish(&down, &records).await;
        assert_eq!(
            (published.records, published.failed.len()),
            (0, records.len())
        );
        let row = stage.row(&waiting).await.unwrap();
        assert_eq!(
            (row.status, row.attempts, row.error_class),
            (
                DeliveryStatus::Processing,
                tries,
                Some(ErrorClass::TransientError)
            )
        );
        assert!(row.error.unwrap().contains("down"));
    }
    let shown = delivery::inbox(
        stage.store.as_ref(),
        Some(DeliveryStatus::Processing),
        10,
        None,
    )
    .await
    .unwrap();
    assert_eq!(
        shown
            .rows
            .iter()
            .map(|row| row.delivery_id.as_str())
            .collect::<Vec<_>>(),
        [waiting.as_str()]
    );
    // A record that occurs twice in a batch counts as one try.
    records.extend(records.clone());
    stage.publish(&records).await;
    let row = stage.row(&waiting).await.unwrap();
    assert_eq!(
        (row.status, row.attempts, row.error_class, row.error),
        (DeliveryStatus::Done, 3, None, None)
    );
    assert_eq!(
        stage
            .row(&settled)
            .await
            .map(|row| (row.status, row.attempts)),
        Some((DeliveryStatus::Done, 1))
    );
}

/// A clock that the test sets.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}
