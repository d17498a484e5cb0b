//! The use cases on a store and a stream that are two services.

use std::sync::Arc;

use bookpath_app::ports::RandomIds;
use bookpath_conformance::flows::{self, Stage};
use bookpath_platform_aws::SystemClock;

use crate::account;
use crate::objects;
use crate::stream;

async fn stage() -> Stage {
    let session = account::session();
    let (table, shards) = stream::open(&session).await;
    Stage {
        store: Arc::new(table),
        objects: Arc::new(objects::buckets(&session).await),
        log: Arc::new(shards),
        clock: Arc::new(SystemClock::start()),
        ids: Arc::new(RandomIds),
    }
}

macro_rules! suite {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            flows::$name(&stage().await).await;
        })+
    };
}

suite!(
    duplicates_stay_duplicates,
    a_retry_stands_for_a_lost_record,
    a_record_may_come_before_its_writes,
    the_receiver_accepts_what_has_landed,
    a_batch_lands_once,
    what_is_tried_again_is_processing
);
