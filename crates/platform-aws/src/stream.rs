//! The event stream on Kinesis: the writing side. Lambda's event source reads it and keeps the consumers' places.

use std::collections::BTreeMap;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use bookpath_app::ports::{LogEntry, StoreError};
use sha2::{Digest, Sha256};

use crate::Session;
use crate::failure::line;

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
    client: Client,
    stream: String,
}

impl EventStream {
    /// The stream of this name.
    #[must_use]
    pub fn new(session: &Session, stream: impl Into<String>) -> Self {
        Self {
            client: Client::new(session.shared()),
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
        self.client
            .put_record()
            .stream_name(&self.stream)
            .partition_key(partition_key(record))
            .data(Blob::new(record.data.clone()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::Unavailable(line(&error)))
    }

    async fn put_together(&self, records: &[LogEntry]) -> Result<(), StoreError> {
        let mut left: Vec<&LogEntry> = records.iter().collect();
        for round in 0..ROUNDS_MAX {
            let entries: Vec<PutRecordsRequestEntry> = left
                .iter()
                .map(|record| entry(record))
                .collect::<Result<_, _>>()?;
            let answer = self
                .client
                .put_records()
                .stream_name(&self.stream)
                .set_records(Some(entries))
                .send()
                .await
                .map_err(|error| StoreError::Unavailable(line(&error)))?;
            let failed: Vec<bool> = answer
                .records
                .iter()
                .map(|record| record.error_code.is_some())
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

fn entry(record: &LogEntry) -> Result<PutRecordsRequestEntry, StoreError> {
    PutRecordsRequestEntry::builder()
        .partition_key(partition_key(record))
        .data(Blob::new(record.data.clone()))
        .build()
        .map_err(|e| StoreError::Refused(e.to_string()))
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
