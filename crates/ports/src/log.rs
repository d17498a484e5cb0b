//! The durable log of accepted deliveries, read by consumers that keep their own place.

use async_trait::async_trait;

use super::store_error::StoreError;

/// A record to append to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Records of one key stay in order: the person.
    pub partition_key: String,
    /// A [`bookpath_domain::StreamRecord`] as JSON.
    pub data: Vec<u8>,
}

/// A record that a consumer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Identifies the record to the log: a Kinesis sequence number, or a row number.
    pub sequence: String,
    pub data: Vec<u8>,
}

/// Records that a consumer has claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub records: Vec<LogRecord>,
}

/// The reading side of the log; [`super::Store::commit`] writes it.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The next records of a consumer, oldest first; empty when it has caught up. The bounds of a claimed
    /// batch are durable: until it is finished every claim returns the very same records, also after a
    /// crash, so that what is made of a batch can be named by its content.
    async fn claim(&self, consumer: &str, max: usize) -> Result<Batch, StoreError>;

    /// The consumer is done with its claimed batch and will not see it again.
    async fn finish(&self, consumer: &str) -> Result<(), StoreError>;

    /// Records that the consumer has not finished yet.
    async fn backlog(&self, consumer: &str) -> Result<u64, StoreError>;
}
