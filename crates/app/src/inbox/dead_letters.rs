//! Dead letters: stream records that no retry can save, with their reason.
//!
//! A letter is a row of the store. A record too large for a row lies beside it as an object, named by its content, and
//! the row says where: no record is too large to be set aside.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ports::{
    Commit, Expect, Item, ItemKey, LogEntry, LogRecord, ObjectError, ObjectStore, Query, Store,
    StoreError, Write, all,
};

/// A row with more bytes keeps its record as an object: DynamoDB takes items of 400 KB, key and attribute names included.
const ROW_BYTES_MAX: usize = 300 * 1024;

/// A record that no retry can save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub consumer: String,
    pub sequence: String,
    pub reason: String,
    /// The delivery whose record it is; `None` where the record cannot be read.
    #[serde(default)]
    pub delivery_id: Option<String>,
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
        delivery_id: delivery_of(&record.data),
        content,
    };
    let key = key(consumer, &record.sequence);
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

fn key(consumer: &str, sequence: &str) -> ItemKey {
    ItemKey::new(format!("dead#{consumer}"), format!("{sequence:0>40}"))
}

#[derive(Deserialize)]
struct Named {
    delivery_id: String,
}

fn delivery_of(record: &[u8]) -> Option<String> {
    let named: Named = serde_json::from_slice(record).ok()?;
    Some(named.delivery_id)
}

/// The commit that puts the dead letters of a delivery back on the stream, for every consumer to read once more; `None`
/// where the consumer has none. One that still can't be understood becomes a dead letter again.
///
/// # Errors
/// As [`Store::query`] and [`ObjectStore::get`].
pub async fn put_back(
    store: &dyn Store,
    objects: &dyn ObjectStore,
    consumer: &str,
    delivery_id: &str,
    partition_key: &str,
) -> Result<Option<Commit>, StoreError> {
    let mut commit = Commit::default();
    for letter in letters(store, consumer).await? {
        if letter.delivery_id.as_deref() != Some(delivery_id) {
            continue;
        }
        let data = match letter.content {
            Content::Record(text) => text.into_bytes(),
            Content::RecordKey(object) => objects
                .get(&object)
                .await
                .map_err(|e| StoreError::Unavailable(e.to_string()))?,
        };
        commit.records.push(LogEntry {
            partition_key: partition_key.to_owned(),
            data,
        });
        commit.writes.push(Write::Delete {
            key: key(consumer, &letter.sequence),
            expect: Expect::Any,
        });
    }
    Ok((!commit.records.is_empty()).then_some(commit))
}

/// The writes that remove the dead letters of a consumer whose records `found` finds. A record that lies as an object is
/// for its reader to empty.
///
/// # Errors
/// As [`Store::query`].
pub async fn removals(
    store: &dyn Store,
    consumer: &str,
    found: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<Vec<Write>, StoreError> {
    let letters = letters(store, consumer).await?;
    let named = letters.iter().filter(|letter| match &letter.content {
        Content::Record(text) => found(text.as_bytes()),
        Content::RecordKey(_) => false,
    });
    Ok(named.map(removal).collect())
}

/// The writes that remove the dead letters of these deliveries.
///
/// # Errors
/// As [`Store::query`].
pub(crate) async fn removals_of(
    store: &dyn Store,
    consumer: &str,
    deliveries: &BTreeSet<&str>,
) -> Result<Vec<Write>, StoreError> {
    let letters = letters(store, consumer).await?;
    let named = letters.iter().filter(|letter| {
        let delivery = letter.delivery_id.as_deref();
        delivery.is_some_and(|id| deliveries.contains(id))
    });
    Ok(named.map(removal).collect())
}

fn removal(letter: &DeadLetter) -> Write {
    Write::Delete {
        key: key(&letter.consumer, &letter.sequence),
        expect: Expect::Any,
    }
}

/// Removes a dead letter, and the object that holds its record where `objects` are there. One of an object store with
/// its own rule goes by that.
///
/// # Errors
/// As [`Store::commit`] and [`ObjectStore::delete`].
pub async fn remove(
    store: &dyn Store,
    objects: Option<&dyn ObjectStore>,
    letter: &DeadLetter,
) -> Result<(), StoreError> {
    if let (Some(objects), Content::RecordKey(object)) = (objects, &letter.content) {
        let unavailable = |e: ObjectError| StoreError::Unavailable(e.to_string());
        objects.delete(object).await.map_err(unavailable)?;
    }
    store.commit(Commit::new(vec![removal(letter)])).await
}

/// The dead letters of a consumer, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn letters(store: &dyn Store, consumer: &str) -> Result<Vec<DeadLetter>, StoreError> {
    let items = all(store, Query::prefix(format!("dead#{consumer}"), "", 1000)).await?;
    items.iter().map(Item::read).collect()
}
