//! The event stream.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookpath_app::ports::LogRecord;
use bookpath_conformance::log::{self, Published};
use bookpath_platform_aws::{EventStream, Session, StateTable};
use serde_json::{Value, json};

use crate::account;

pub(crate) struct Shards {
    stream: String,
}

async fn kinesis(operation: &str, request: Value) -> Value {
    account::json("kinesis", &format!("Kinesis_20131202.{operation}"), request).await
}

/// A table whose commits publish to a stream of two shards.
pub(crate) async fn open(session: &Session) -> (StateTable, Shards) {
    let stream = account::name();
    kinesis(
        "CreateStream",
        json!({ "StreamName": stream, "ShardCount": 2 }),
    )
    .await;
    let active = async {
        loop {
            let described = kinesis("DescribeStreamSummary", json!({ "StreamName": stream })).await;
            if described["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), active)
        .await
        .expect("the stream did not become active");
    let table = account::table(session)
        .await
        .with_stream(EventStream::new(session, &stream));
    (table, Shards { stream })
}

#[async_trait::async_trait]
impl Published for Shards {
    async fn published(&self) -> Vec<LogRecord> {
        let mut records = Vec::new();
        let listed = kinesis("ListShards", json!({ "StreamName": self.stream })).await;
        for shard in listed["Shards"].as_array().unwrap() {
            let from = json!({ "StreamName": self.stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON" });
            let mut next = kinesis("GetShardIterator", from).await["ShardIterator"].clone();
            while next.is_string() {
                let mut page = kinesis("GetRecords", json!({ "ShardIterator": next })).await;
                let read = page["Records"].as_array().unwrap();
                records.extend(read.iter().map(|record| LogRecord {
                    sequence: record["SequenceNumber"].as_str().unwrap().to_owned(),
                    data: STANDARD.decode(record["Data"].as_str().unwrap()).unwrap(),
                }));
                next = if read.is_empty() {
                    Value::Null
                } else {
                    page["NextShardIterator"].take()
                };
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
    let broken = table
        .clone()
        .with_stream(EventStream::new(&session, "no-such-stream"));
    let commit = || Commit {
        writes: vec![Write::put(ItemKey::new("pk", "a"), None, &1, Expect::Absent).unwrap()],
        records: vec![LogEntry {
            partition_key: "p".to_owned(),
            data: b"{}".to_vec(),
        }],
    };
    for _ in 0..2 {
        assert!(matches!(
            broken.commit(commit()).await,
            Err(StoreError::Unavailable(_))
        ));
    }
    assert!(table.get(&ItemKey::new("pk", "a")).await.unwrap().is_some());
    let shared: Arc<dyn bookpath_app::ports::Store> = Arc::new(table);
    assert!(matches!(
        shared.commit(Commit::new(commit().writes)).await,
        Err(StoreError::Conflict(0))
    ));
}
