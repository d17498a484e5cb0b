//! Dead letters: stream records that no retry can save, with their reason.
//!
//! A letter is a row of the store. A record too large for a row lies beside it as an object, named by its content, and
//! the row says where: no record is too large to be set aside.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ports::{
    Expect, Item, ItemKey, LogRecord, ObjectError, ObjectStore, Query, Store, StoreError, Write,
    all,
};

/// A row with more bytes keeps its record as an object: DynamoDB takes items of 400 KB, key and attribute names included.
const ROW_BYTES_MAX: usize = 300 * 1024;

/// A record that no retry can save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub consumer: String,
    pub sequence: String,
    pub reason: String,
    #[serde(flatten)]
    pub content: Content,
}

/// The record as it was on the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Itself.
    Record(String),
    /// The key of the object that holds it.
    RecordKey(String),
}

/// Keeps a record of a consumer, and counts it: the writes that do, after its object where it needs one.
///
/// # Errors
/// As [`Write::put`] and [`ObjectStore::put`].
pub async fn writes(
    objects: &dyn ObjectStore,
    consumer: &str,
    record: &LogRecord,
    reason: &str,
) -> Result<Vec<Write>, StoreError> {
    let content = Content::Record(String::from_utf8_lossy(&record.data).into_owned());
    let mut letter = DeadLetter {
        consumer: consumer.to_owned(),
        sequence: record.sequence.clone(),
        reason: reason.to_owned(),
        content,
    };
    let key = ItemKey::new(
        format!("dead#{consumer}"),
        format!("{:0>40}", record.sequence),
    );
    let mut write = Write::put(key.clone(), None, &letter, Expect::Any)?;
    if matches!(&write, Write::Put { body, .. } if body.len() > ROW_BYTES_MAX) {
        let object = format!(
            "dead-letters/{consumer}/{}.json",
            hex::encode(Sha256::digest(&record.data))
        );
        let unavailable = |e: ObjectError| StoreError::Unavailable(e.to_string());
        objects
            .put(&object, &record.data)
            .await
            .map_err(unavailable)?;
        objects.sync(&object).await.map_err(unavailable)?;
        letter.content = Content::RecordKey(object);
        write = Write::put(key, None, &letter, Expect::Any)?;
    }
    Ok(vec![
        write,
        Write::Count {
            counter: "dead_letters",
            by: 1,
        },
    ])
}

/// The dead letters of a consumer, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn letters(store: &dyn Store, consumer: &str) -> Result<Vec<DeadLetter>, StoreError> {
    let items = all(store, Query::prefix(format!("dead#{consumer}"), "", 1000)).await?;
    items.iter().map(Item::read).collect()
}
