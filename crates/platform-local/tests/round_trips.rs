//! How often the hot paths wait for a remote service, on a clock that only those waits move.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::bronze::Publisher;
use bookpath_app::bronze::publish::publish;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver, receive};
use bookpath_app::ports::{
    Clock, Commit, EventLog as _, ImportedObject, Item, ItemKey, NoFaults, ObjectError,
    ObjectStore, Page, Query, RandomIds, Store, StoreError,
};
use bookpath_conformance::flows::{FixedClock, booking};
use bookpath_domain::BusinessConfig;
use bookpath_domain::Vendor;
use bookpath_platform_local::Database;
use bookpath_platform_local::objects::FileObjects;
use bookpath_vendors::signature::SigningKey;
use tokio::time::Instant;

/// What a service in the same region takes, and more.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// A store and objects that are a round trip away.
struct Far<T>(T);

async fn away() {
    tokio::time::sleep(ROUND_TRIP).await;
}

#[async_trait]
impl Store for Far<Arc<Database>> {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        away().await;
        self.0.get(key).await
    }

    async fn get_many(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, StoreError> {
        away().await;
        self.0.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        away().await;
        self.0.query(query).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        away().await;
        self.0.commit(commit).await
    }

    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        away().await;
        self.0.counters().await
    }

    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
        away().await;
        self.0.scan(each).await
    }
}

#[async_trait]
impl ObjectStore for Far<FileObjects> {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        away().await;
        self.0.put(key, bytes).await
    }

    async fn sync(&self, _key: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        away().await;
        self.0.get(key).await
    }

    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError> {
        away().await;
        self.0.get_range(key, from, max).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        away().await;
        self.0.delete(key).await
    }

    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError> {
        away().await;
        self.0.drop_past(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        away().await;
        self.0.list(prefix).await
    }

    async fn import_file(
        &self,
        source: &Path,
        folder: &str,
    ) -> Result<ImportedObject, ObjectError> {
        away().await;
        self.0.import_file(source, folder).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_waits_for_one_round_trip_and_a_batch_for_three() {
    let dir = tempfile::tempdir().unwrap();
    let database = Arc::new(Database::open(dir.path()).unwrap());
    let key = SigningKey::new(Vendor::Calendly, "key").unwrap();
    let now: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(now));
    let receiver = Receiver {
        rules: Arc::new(BusinessConfig::default()),
        keys: VendorKeys::default().with(Vendor::Calendly, vec![key.clone()]),
        limits: EdgeLimits::new(&BusinessConfig::default(), &clock),
        clock,
        inbox: Arc::new(Inbox {
            ids: Arc::new(RandomIds),
            store: Arc::new(Far(database.clone())),
            objects: Arc::new(Far(FileObjects::new(dir.path().join("lake")))),
            faults: Arc::new(NoFaults),
        }),
    };
    for n in 0..100 {
        let body = booking(&format!("b{n}"));
        let signature = format!(
            "t={},v1={}",
            now.as_second(),
            key.timed(now.as_second(), &body)
        );
        let header =
            move |name: &str| (name == "calendly-webhook-signature").then(|| signature.clone());
        let begun = Instant::now();
        receive(&receiver, Vendor::Calendly, "local", &header, &body)
            .await
            .unwrap();
        assert_eq!(begun.elapsed(), ROUND_TRIP);
    }

    let publisher = Publisher {
        rules: receiver.rules,
        store: receiver.inbox.store.clone(),
        objects: receiver.inbox.objects.clone(),
        faults: Arc::new(NoFaults),
    };
    let records = database.claim("test", 1000).await.unwrap().records;
    let begun = Instant::now();
    let published = publish(&publisher, &records).await;
    assert_eq!((published.records, published.error), (100, None));
    // Erased people are asked for before any byte of a record may go out (X60).
    assert_eq!(begun.elapsed(), 3 * ROUND_TRIP);
}
