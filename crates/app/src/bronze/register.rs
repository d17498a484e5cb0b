//! The bronze tier's register: which objects exist and which of them the ETL has taken in.
//!
//! An object is pending until the batch it was assigned to is done. The assignment is durable before the
//! lake sees it, so a batch that was interrupted runs again with the very same objects and number.

use serde::{Deserialize, Serialize};

pub use crate::ports::AssignedBatch;
use crate::ports::{Commit, Expect, IndexKey, ItemKey, Query, Store, StoreError, Write, all};

const PENDING: &str = "bronze#pending";
/// Keys per manifest row and writes per commit: below the 100 actions of a DynamoDB transaction.
const CHUNK: usize = 90;
/// Objects per batch; the next batch takes the rest.
const BATCH_OBJECTS_MAX: usize = 100_000;

/// A registered bronze object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BronzeRow {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// The batch that took it in; `None` while it is pending.
    pub batch: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Progress {
    /// The newest number.
    batch: i64,
    /// Rows of its manifest while it is not done.
    open_chunks: Option<usize>,
}

/// Where an object's registration is stored.
pub(crate) fn object_key(key: &str) -> ItemKey {
    ItemKey::new(format!("bronze#{key}"), "row")
}

fn progress_key() -> ItemKey {
    ItemKey::new("etl", "progress")
}

fn manifest_key(batch: i64, chunk: usize) -> ItemKey {
    ItemKey::new(format!("etl#batch#{batch}"), format!("{chunk:08}"))
}

fn put(key: &str, row: &BronzeRow, expect: Expect) -> Result<Write, StoreError> {
    let index = row.batch.is_none().then(|| IndexKey {
        partition: PENDING.to_owned(),
        sort: key.to_owned(),
    });
    Write::put(object_key(key), index, row, expect)
}

/// The write that registers an object as pending; `None` when it is registered already.
///
/// # Errors
/// As [`Store::get`].
pub async fn registration(
    store: &dyn Store,
    key: &str,
    sha256: &str,
    bytes: u64,
) -> Result<Option<Write>, StoreError> {
    if store.get(&object_key(key)).await?.is_some() {
        Ok(None)
    } else {
        new(key, sha256, bytes).map(Some)
    }
}

/// The write that registers an object that is not registered yet.
///
/// # Errors
/// As [`Write::put`].
pub(crate) fn new(key: &str, sha256: &str, bytes: u64) -> Result<Write, StoreError> {
    put(
        key,
        &BronzeRow {
            bytes,
            sha256: sha256.to_owned(),
            batch: None,
        },
        Expect::Any,
    )
}

/// The write that registers what an object holds now; `None` for one that is not registered.
///
/// # Errors
/// As [`Store::get`].
pub async fn rewritten(
    store: &dyn Store,
    key: &str,
    sha256: &str,
    bytes: u64,
) -> Result<Option<Write>, StoreError> {
    let Some(row) = find(store, key).await? else {
        return Ok(None);
    };
    let row = BronzeRow {
        bytes,
        sha256: sha256.to_owned(),
        ..row
    };
    put(key, &row, Expect::Any).map(Some)
}

/// Number of pending objects, up to one page.
///
/// # Errors
/// As [`Store::query`].
pub async fn pending(store: &dyn Store, limit: usize) -> Result<Vec<String>, StoreError> {
    let page = store.query(&Query::index(PENDING, limit)).await?;
    Ok(page
        .items
        .into_iter()
        .filter_map(|item| item.index.map(|index| index.sort))
        .collect())
}

/// The batch to run: the interrupted one, else everything pending under the next number; `None` when there
/// is nothing to take in. The caller holds the ETL lock.
///
/// # Errors
/// [`StoreError`]; on `Conflict` somebody ran without the lock.
pub async fn assign(store: &dyn Store) -> Result<Option<AssignedBatch>, StoreError> {
    let item = store.get(&progress_key()).await?;
    let progress: Progress = item
        .as_ref()
        .map(crate::ports::Item::read)
        .transpose()?
        .unwrap_or_default();
    if progress.open_chunks.is_some() {
        let keys = manifest(store, progress.batch).await?;
        return Ok(Some(AssignedBatch {
            number: progress.batch,
            keys,
        }));
    }
    let keys = pending_keys(store).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let number = progress.batch + 1;
    let chunks: Vec<&[String]> = keys.chunks(CHUNK).collect();
    for (chunk, keys) in chunks.iter().enumerate() {
        store
            .commit(Commit::new(vec![Write::put(
                manifest_key(number, chunk),
                None,
                keys,
                Expect::Any,
            )?]))
            .await?;
    }
    let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
    let opened = Progress {
        batch: number,
        open_chunks: Some(chunks.len()),
    };
    store
        .commit(Commit::new(vec![Write::put(
            progress_key(),
            None,
            &opened,
            expect,
        )?]))
        .await?;
    Ok(Some(AssignedBatch { number, keys }))
}

async fn pending_keys(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let mut query = Query::index(PENDING, 1000);
    let mut keys = Vec::new();
    while keys.len() < BATCH_OBJECTS_MAX {
        let page = store.query(&query).await?;
        keys.extend(
            page.items
                .into_iter()
                .filter_map(|item| item.index.map(|index| index.sort)),
        );
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(keys)
}

async fn manifest(store: &dyn Store, batch: i64) -> Result<Vec<String>, StoreError> {
    let rows = all(store, Query::prefix(format!("etl#batch#{batch}"), "", 1000)).await?;
    let chunks: Vec<Vec<String>> = rows
        .iter()
        .map(crate::ports::Item::read)
        .collect::<Result<_, _>>()?;
    Ok(chunks.concat())
}

/// The lake has taken the batch in: its objects are pending no more. Doing it again changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn finish(store: &dyn Store, batch: &AssignedBatch) -> Result<(), StoreError> {
    for keys in batch.keys.chunks(CHUNK) {
        let mut writes = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(item) = store.get(&object_key(key)).await? {
                let row = BronzeRow {
                    batch: Some(batch.number),
                    ..item.read()?
                };
                writes.push(put(key, &row, Expect::Any)?);
            }
        }
        store.commit(Commit::new(writes)).await?;
    }
    let closed = Progress {
        batch: batch.number,
        open_chunks: None,
    };
    let mut writes = vec![Write::put(progress_key(), None, &closed, Expect::Any)?];
    writes.extend(
        (0..batch.keys.len().div_ceil(CHUNK)).map(|chunk| Write::Delete {
            key: manifest_key(batch.number, chunk),
            expect: Expect::Any,
        }),
    );
    for part in writes.chunks(CHUNK) {
        store.commit(Commit::new(part.to_vec())).await?;
    }
    Ok(())
}

/// The register's row of an object.
///
/// # Errors
/// As [`Store::get`].
pub async fn find(store: &dyn Store, key: &str) -> Result<Option<BronzeRow>, StoreError> {
    store
        .get(&object_key(key))
        .await?
        .map(|item| item.read())
        .transpose()
}
