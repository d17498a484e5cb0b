//! The log: the records that commits have written, in their order.

use async_trait::async_trait;
use bookpath_ports::{Batch, EventLog, LogRecord, StoreError};

use crate::MemoryStore;

impl MemoryStore {
    /// Every record on the log.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        let tables = self.lock();
        numbered(&tables.records, 0, tables.records.len())
    }
}

fn numbered(entries: &[bookpath_ports::LogEntry], from: usize, to: usize) -> Vec<LogRecord> {
    let record = |(place, entry): (usize, &bookpath_ports::LogEntry)| LogRecord {
        sequence: (place + 1).to_string(),
        data: entry.data.clone(),
    };
    let all = entries.iter().enumerate();
    all.skip(from)
        .take(to.saturating_sub(from))
        .map(record)
        .collect()
}

#[async_trait]
impl EventLog for MemoryStore {
    async fn claim(&self, consumer: &str, max: usize) -> Result<Batch, StoreError> {
        let mut tables = self.lock();
        let all = tables.records.len();
        let place = tables.places.entry(consumer.to_owned()).or_default();
        if place.1 <= place.0 {
            place.1 = all.min(place.0 + max);
        }
        let (from, to) = *place;
        Ok(Batch {
            records: numbered(&tables.records, from, to),
        })
    }

    async fn finish(&self, consumer: &str) -> Result<(), StoreError> {
        if let Some(place) = self.lock().places.get_mut(consumer) {
            place.0 = place.1;
        }
        Ok(())
    }

    async fn backlog(&self, consumer: &str) -> Result<u64, StoreError> {
        let tables = self.lock();
        let done = tables.places.get(consumer).map_or(0, |(done, _)| *done);
        Ok((tables.records.len() - done) as u64)
    }
}
