//! Dead letters: stream records that no retry can save, with their reason.

use serde::{Deserialize, Serialize};

use crate::ports::{Expect, Item, ItemKey, LogRecord, Query, Store, StoreError, Write, all};

/// A record that no retry can save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub consumer: String,
    pub sequence: String,
    pub reason: String,
    /// The record as it was on the stream.
    pub record: String,
}

/// Keeps a record of a consumer, and counts it.
///
/// # Errors
/// As [`Write::put`].
pub fn writes(consumer: &str, record: &LogRecord, reason: &str) -> Result<Vec<Write>, StoreError> {
    let letter = DeadLetter {
        consumer: consumer.to_owned(),
        sequence: record.sequence.clone(),
        reason: reason.to_owned(),
        record: String::from_utf8_lossy(&record.data).into_owned(),
    };
    let key = ItemKey::new(format!("dead#{consumer}"), format!("{:0>40}", record.sequence));
    Ok(vec![Write::put(key, None, &letter, Expect::Any)?, Write::Count { counter: "dead_letters", by: 1 }])
}

/// The dead letters of a consumer, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn letters(store: &dyn Store, consumer: &str) -> Result<Vec<DeadLetter>, StoreError> {
    let items = all(store, Query::prefix(format!("dead#{consumer}"), "", 1000)).await?;
    items.iter().map(Item::read).collect()
}
