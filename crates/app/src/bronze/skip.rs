//! Records of erased people: their bodies go, their deliveries say that they were skipped, and nothing else is kept.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::StreamRecord;

use super::publisher::Publisher;
use crate::inbox::delivery::{self, DeliveryRow};
use crate::ports::{Commit, LogRecord, StoreError, Write};
use crate::privacy::{emptied, tombstones};

/// Leaves a record out. Doing it again changes nothing but the counter.
pub(super) async fn skip(publisher: &Publisher, record: &LogRecord) -> Result<(), StoreError> {
    let Ok(stream) = serde_json::from_slice::<StreamRecord>(&record.data) else {
        return Ok(());
    };
    let envelope = stream.envelope;
    let emptied = publisher.objects.put(&envelope.raw_key, b"").await;
    emptied.map_err(|e| StoreError::Unavailable(e.to_string()))?;
    let row = DeliveryRow::new(&envelope, DeliveryStatus::SkippedErased);
    let count = Write::Count {
        counter: "skipped_erased",
        by: 1,
    };
    let mut writes = vec![emptied::note(&envelope.raw_key)?];
    writes.extend(tombstones::of_skipped(&envelope)?);
    writes.extend([delivery::skipped(row)?, count]);
    publisher.store.commit(Commit::new(writes)).await
}
