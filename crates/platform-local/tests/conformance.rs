//! The ports on SQLite and files hold what every implementation holds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use bookpath_app::ports::{EventLog as _, LogRecord, Query, RandomIds, Store, Waits};
use bookpath_app::workflows::machines::{FOLLOW_UP, Machines};
use bookpath_conformance::flows::{FixedClock, Stage};
use bookpath_conformance::log::Published;
use bookpath_conformance::{flows, log, objects, store, waits};
use bookpath_platform_local::Database;
use bookpath_platform_local::objects::FileObjects;
use tempfile::TempDir;

fn open() -> (TempDir, Database) {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(dir.path()).unwrap();
    (dir, database)
}

struct WholeLog(Arc<Database>);

#[async_trait::async_trait]
impl Published for WholeLog {
    async fn published(&self) -> Vec<LogRecord> {
        // A batch that is never finished begins at the start and is claimed anew for every look.
        let consumer = format!("look-{}", bookpath_app::ports::Ids::fresh(&RandomIds));
        self.0.claim(&consumer, 10_000).await.unwrap().records
    }
}

macro_rules! suite {
    ($module:ident over $open:ident: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let (_dir, port) = $open();
            $module::$name(&port).await;
        })+
    };
}

suite!(store over open: conditions, transactions, one_item_twice, races, counters, a_full_commit, prefix_queries, index_queries, lists_over_partitions,
    foreign_cursors, large_items, many_at_once, any_text);

#[tokio::test]
async fn expiry() {
    let (_dir, database) = open();
    store::expiry(&database, async |at| {
        database.purge_expired(at, 100).await.unwrap()
    })
    .await;
}

fn files() -> (TempDir, FileObjects) {
    let dir = tempfile::tempdir().unwrap();
    let objects = FileObjects::new(dir.path().join("lake"));
    (dir, objects)
}

suite!(objects over files: put_and_get, past, listing, unsafe_keys, import);

/// The receiver starts the raw file and the commit at the same time: the file is there before the commit begins,
/// which the recovery after a loss of power relies on.
#[tokio::test]
async fn a_file_is_there_after_the_first_step() {
    use bookpath_app::ports::ObjectStore as _;
    use futures::FutureExt as _;
    let (_dir, objects) = files();
    assert_eq!(objects.put("raw/a.json", b"x").now_or_never(), Some(Ok(())));
}

#[tokio::test]
async fn no_record_is_lost() {
    let (_dir, database) = open();
    let database = Arc::new(database);
    log::no_record_is_lost(database.as_ref(), &WholeLog(database.clone()), false).await;
}

#[tokio::test]
async fn order_of_a_key() {
    let (_dir, database) = open();
    let database = Arc::new(database);
    log::order_of_a_key(database.as_ref(), &WholeLog(database.clone())).await;
}

#[tokio::test]
async fn any_bytes() {
    let (_dir, database) = open();
    let database = Arc::new(database);
    log::any_bytes(database.as_ref(), &WholeLog(database.clone())).await;
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock("2026-03-01T10:00:00Z".parse().unwrap()))
}

#[tokio::test]
async fn started_once() {
    let (_dir, database) = open();
    let database: Arc<dyn Store> = Arc::new(database);
    let machines = Machines::load(database.clone(), clock()).unwrap();
    let started = async || {
        let open = database
            .query(&Query::index("executions#open", 100))
            .await
            .unwrap();
        open.items
            .iter()
            .filter(|item| item.body.contains(FOLLOW_UP))
            .count()
    };
    waits::started_once(&machines as &dyn Waits, started).await;
}

fn stage() -> (TempDir, Stage) {
    let (dir, database) = open();
    let database = Arc::new(database);
    let objects = Arc::new(FileObjects::new(dir.path().join("lake")));
    let log = Arc::new(WholeLog(database.clone()));
    (
        dir,
        Stage {
            store: database,
            objects,
            log,
            clock: clock(),
            ids: Arc::new(RandomIds),
        },
    )
}

suite!(flows over stage: duplicates_stay_duplicates, a_retry_stands_for_a_lost_record, a_record_may_come_before_its_writes,
    the_receiver_accepts_what_has_landed, a_batch_lands_once, what_is_tried_again_is_processing);
