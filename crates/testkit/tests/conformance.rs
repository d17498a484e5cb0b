//! The ports in memory hold what every implementation holds.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use bookpath_conformance::flows::{FixedClock, Stage};
use bookpath_conformance::log::Published;
use bookpath_conformance::{flows, log, objects, store, waits};
use bookpath_ports::LogRecord;
use bookpath_testkit::{CountedIds, FakeWaits, MemoryObjects, MemoryStore};

struct WholeLog(Arc<MemoryStore>);

#[async_trait::async_trait]
impl Published for WholeLog {
    async fn published(&self) -> Vec<LogRecord> {
        self.0.records()
    }
}

macro_rules! suite {
    ($module:ident over $port:ident: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            $module::$name(&$port::default()).await;
        })+
    };
}

suite!(store over MemoryStore: conditions, transactions, one_item_twice, races, counters, a_full_commit, prefix_queries,
    index_queries, lists_over_partitions, foreign_cursors, large_items, many_at_once, any_text);

suite!(objects over MemoryObjects: put_and_get, past, listing, unsafe_keys, import);

#[tokio::test]
async fn expiry() {
    let memory = MemoryStore::default();
    store::expiry(&memory, async |at| memory.purge(at)).await;
}

#[tokio::test]
async fn started_once() {
    let machines = FakeWaits::default();
    waits::started_once(&machines, async || machines.started().len()).await;
}

macro_rules! logs {
    ($($name:ident($($strays:expr)?)),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let memory = Arc::new(MemoryStore::default());
            log::$name(memory.as_ref(), &WholeLog(memory.clone()) $(, $strays)?).await;
        })+
    };
}

logs!(no_record_is_lost(false), order_of_a_key(), any_bytes());

fn stage() -> Stage {
    let memory = Arc::new(MemoryStore::default());
    Stage {
        store: memory.clone(),
        objects: Arc::new(MemoryObjects::default()),
        log: Arc::new(WholeLog(memory)),
        clock: Arc::new(FixedClock("2026-03-01T10:00:00Z".parse().unwrap())),
        ids: Arc::new(CountedIds::default()),
    }
}

macro_rules! staged {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            flows::$name(&stage()).await;
        })+
    };
}

staged!(
    duplicates_stay_duplicates,
    a_retry_stands_for_a_lost_record,
    a_record_may_come_before_its_writes,
    the_receiver_accepts_what_has_landed,
    a_batch_lands_once,
    what_is_tried_again_is_processing,
);
