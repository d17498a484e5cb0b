//! The event stream.

use std::sync::Arc;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::{ShardIteratorType, StreamStatus};
use bookpath_app::ports::LogRecord;
use bookpath_aws::{EventStream, Session, StateTable};
use bookpath_conformance::log::{self, Published};

use crate::account;

pub(crate) struct Shards {
    client: Client,
    stream: String,
}

/// A table whose commits publish to a stream of two shards.
pub(crate) async fn open(session: &Session) -> (StateTable, Shards) {
    let client = Client::new(session.shared());
    let stream = account::name();
    client.create_stream().stream_name(&stream).shard_count(2).send().await.unwrap();
    let active = async {
        loop {
            let described = client.describe_stream_summary().stream_name(&stream).send().await.unwrap();
            if described.stream_description_summary.unwrap().stream_status == StreamStatus::Active {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), active).await.expect("the stream did not become active");
    let table = account::table(session).await.with_stream(EventStream::new(session, &stream));
    (table, Shards { client, stream })
}

#[async_trait::async_trait]
impl Published for Shards {
    async fn published(&self) -> Vec<LogRecord> {
        let mut records = Vec::new();
        let shards = self.client.list_shards().stream_name(&self.stream).send().await.unwrap().shards.unwrap();
        for shard in shards {
            let iterator = self
                .client
                .get_shard_iterator()
                .stream_name(&self.stream)
                .shard_id(shard.shard_id)
                .shard_iterator_type(ShardIteratorType::TrimHorizon);
            let mut next = iterator.send().await.unwrap().shard_iterator;
            while let Some(iterator) = next {
                let page = self.client.get_records().shard_iterator(iterator).send().await.unwrap();
                let done = page.records.is_empty();
                let read = page.records.into_iter();
                records.extend(read.map(|record| LogRecord { sequence: record.sequence_number, data: record.data.into_inner() }));
                next = page.next_shard_iterator.filter(|_| !done);
            }
        }
        records
    }
}

#[tokio::test]
async fn no_record_is_lost() {
    let session = account::session();
    let (table, shards) = open(&session).await;
    log::no_record_is_lost(&table, &shards, true).await;
}

#[tokio::test]
async fn order_of_a_key() {
    let session = account::session();
    let (table, shards) = open(&session).await;
    log::order_of_a_key(&table, &shards).await;
}

#[tokio::test]
async fn any_bytes() {
    let session = account::session();
    let (table, shards) = open(&session).await;
    log::any_bytes(&table, &shards).await;
}

/// What the embedded store can't do: the writes hold and the record is lost. The caller is told, and so is one whose
/// writes met a conflict.
#[tokio::test]
async fn a_commit_without_its_record_has_failed() {
    use bookpath_app::ports::{Commit, Expect, ItemKey, LogEntry, Store as _, StoreError, Write};
    let session = account::session();
    let table = account::table(&session).await;
    let broken = table.clone().with_stream(EventStream::new(&session, "no-such-stream"));
    let commit = || Commit {
        writes: vec![Write::put(ItemKey::new("pk", "a"), None, &1, Expect::Absent).unwrap()],
        records: vec![LogEntry { partition_key: "p".to_owned(), data: b"{}".to_vec() }],
    };
    for _ in 0..2 {
        assert!(matches!(broken.commit(commit()).await, Err(StoreError::Unavailable(_))));
    }
    assert!(table.get(&ItemKey::new("pk", "a")).await.unwrap().is_some());
    let shared: Arc<dyn bookpath_app::ports::Store> = Arc::new(table);
    assert!(matches!(shared.commit(Commit::of(commit().writes)).await, Err(StoreError::Conflict(0))));
}
