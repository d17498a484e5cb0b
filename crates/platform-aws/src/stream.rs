//! The event stream on Kinesis: the writing side. Lambda's event source reads it and keeps the consumers' places.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookpath_app::ports::{LogEntry, StoreError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Session;
use crate::wire::{CallFailure, Service, Wire};

/// Records per PutRecords.
const RECORDS_MAX: usize = 500;
/// Bytes per PutRecords; the service takes 10 MiB.
const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a record with its key.
const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Hexadecimal digits of a partition key.
const KEY_DIGITS: usize = 32;
/// Rounds for records that a full shard sends back.
const ROUNDS_MAX: u32 = 6;

/// The event stream.
#[derive(Debug, Clone)]
pub struct EventStream {
    wire: Arc<Wire>,
    stream: String,
}

impl EventStream {
    /// The stream of this name.
    #[must_use]
    pub fn new(session: &Session, stream: impl Into<String>) -> Self {
        Self {
            wire: session.wire.clone(),
            stream: stream.into(),
        }
    }

    /// Puts records on the stream, those of one key in their order. A record may be there twice: after a retry.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: none, some or all of them are on the stream. [`StoreError::Refused`] for a record
    /// that no stream takes.
    pub async fn put(&self, records: &[LogEntry]) -> Result<(), StoreError> {
        if let Some(reason) = records.iter().find_map(refusal) {
            return Err(StoreError::Refused(reason));
        }
        if let [record] = records {
            return self.put_one(record).await;
        }
        for part in parts(records) {
            self.put_together(part).await?;
        }
        Ok(())
    }

    async fn put_one(&self, record: &LogEntry) -> Result<(), StoreError> {
        let request = One {
            stream: &self.stream,
            record: entry(record),
        };
        let answer: Result<IgnoredAny, CallFailure> = self
            .wire
            .json(Service::Kinesis, "PutRecord", &request)
            .await;
        answer.map(drop).map_err(unavailable)
    }

    async fn put_together(&self, records: &[LogEntry]) -> Result<(), StoreError> {
        let mut left: Vec<&LogEntry> = records.iter().collect();
        for round in 0..ROUNDS_MAX {
            let entries: Vec<Entry> = left.iter().map(|record| entry(record)).collect();
            let request = json!({ "StreamName": self.stream, "Records": entries });
            let answer: Answer = self
                .wire
                .json(Service::Kinesis, "PutRecords", &request)
                .await
                .map_err(unavailable)?;
            let failed: Vec<bool> = answer
                .records
                .iter()
                .map(|record| record.error.is_some())
                .collect();
            left = again(&left, &failed);
            if left.is_empty() {
                return Ok(());
            }
            crate::table::back_off(round + 3).await;
        }
        Err(StoreError::Unavailable(format!(
            "the stream kept sending {} records back",
            left.len()
        )))
    }
}

#[derive(Serialize)]
struct Entry {
    #[serde(rename = "PartitionKey")]
    key: String,
    /// Base64.
    #[serde(rename = "Data")]
    data: String,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(rename = "StreamName")]
    stream: &'a str,
    #[serde(flatten)]
    record: Entry,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Records")]
    records: Vec<Put>,
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "ErrorCode")]
    error: Option<String>,
}

fn entry(record: &LogEntry) -> Entry {
    Entry {
        key: partition_key(record),
        data: STANDARD.encode(&record.data),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn unavailable(failure: CallFailure) -> StoreError {
    StoreError::Unavailable(failure.to_string())
}

/// What to put again: from the first failed record of a key on all of that key's, so that the last ones stay last.
fn again<'a>(records: &[&'a LogEntry], failed: &[bool]) -> Vec<&'a LogEntry> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        if failed.get(place).copied().unwrap_or(true) {
            first.entry(&record.partition_key).or_insert(place);
        }
    }
    let goes = |place: usize, record: &LogEntry| {
        first
            .get(record.partition_key.as_str())
            .is_some_and(|from| place >= *from)
    };
    records
        .iter()
        .enumerate()
        .filter(|(place, record)| goes(*place, record))
        .map(|(_, record)| *record)
        .collect()
}

/// A hash of the record's key: that one names a person, may be longer than the service takes, and is needed for the
/// order only.
fn partition_key(record: &LogEntry) -> String {
    let mut digits = hex::encode(Sha256::digest(&record.partition_key));
    digits.truncate(KEY_DIGITS);
    digits
}

fn refusal(record: &LogEntry) -> Option<String> {
    let bytes = record.data.len() + KEY_DIGITS;
    (bytes > RECORD_BYTES_MAX).then(|| {
        format!(
            "a record of {bytes} bytes is more than the {RECORD_BYTES_MAX} that the stream takes"
        )
    })
}

fn parts(records: &[LogEntry]) -> impl Iterator<Item = &[LogEntry]> {
    let mut left = records;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |record: &&LogEntry| {
            bytes += record.data.len() + KEY_DIGITS;
            bytes <= REQUEST_BYTES_MAX
        };
        let n = left
            .iter()
            .take(RECORDS_MAX)
            .take_while(fits)
            .count()
            .max(1)
            .min(left.len());
        let (part, rest) = left.split_at(n);
        left = rest;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str, data: &str) -> LogEntry {
        LogEntry {
            partition_key: key.to_owned(),
            data: data.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_keys_records_after_a_failed_one_go_again_in_order() {
        let records = [
            record("a", "1"),
            record("b", "1"),
            record("a", "2"),
            record("b", "2"),
            record("a", "3"),
        ];
        let all: Vec<&LogEntry> = records.iter().collect();
        let left = again(&all, &[false, false, true, false, false]);
        assert_eq!(left, [&records[2], &records[4]]);
        assert!(again(&all, &[false; 5]).is_empty());
        // An answer that is too short promises nothing.
        assert_eq!(again(&all, &[]), all);
    }

    #[test]
    fn requests_stay_within_the_services_limits() {
        let small: Vec<LogEntry> = (0..1001).map(|n| record("k", &n.to_string())).collect();
        assert_eq!(
            parts(&small).map(<[LogEntry]>::len).collect::<Vec<_>>(),
            [500, 500, 1]
        );
        let large: Vec<LogEntry> = (0..9)
            .map(|_| record("k", &"x".repeat(1_000_000)))
            .collect();
        assert_eq!(
            parts(&large).map(<[LogEntry]>::len).collect::<Vec<_>>(),
            [4, 4, 1]
        );
        assert_eq!(parts(&[]).count(), 0);
        assert!(refusal(&record("k", &"x".repeat(RECORD_BYTES_MAX))).is_some());
        assert_eq!(refusal(&record("", "x")), None);
        assert_eq!(
            partition_key(&record(&"ä".repeat(256), "x")).len(),
            KEY_DIGITS
        );
    }
}
