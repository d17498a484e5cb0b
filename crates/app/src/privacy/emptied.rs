//! Bodies that were emptied: their earlier versions go for good.
//!
//! A versioned bucket keeps what an object held before. Whoever empties a body notes its key. An erasure deletes the earlier
//! versions at once; the nightly run deletes those that are left: of late deliveries, whose functions may not delete
//! versions, and of an erasure that broke off.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::ports::{
    Commit, Expect, ItemKey, ObjectError, ObjectStore, Query, Store, StoreError, Write,
};

/// Partition of the notes; the sort key is the key of the object.
const EMPTIED: &str = "emptied";
/// Objects whose versions are deleted at the same time.
const TOGETHER: usize = 16;
/// Notes of a page, and writes of a commit: a transaction of DynamoDB takes 100.
const PAGE: usize = 90;
/// Objects that one night looks at; the next night goes on.
const OBJECTS_MAX: usize = 20_000;

fn note_key(key: &str) -> ItemKey {
    ItemKey::new(EMPTIED, key)
}

/// Notes that a body was emptied, or is about to be.
///
/// # Errors
/// As [`Write::put`].
pub(crate) fn note(key: &str) -> Result<Write, StoreError> {
    Write::put(note_key(key), None, &(), Expect::Any)
}

/// Notes bodies that are about to be emptied.
pub(super) async fn note_all<'a>(
    store: &dyn Store,
    keys: impl Iterator<Item = &'a String>,
) -> Result<(), StoreError> {
    let notes = keys.map(|key| note(key));
    let notes = notes.collect::<Result<Vec<Write>, StoreError>>()?;
    for part in notes.chunks(PAGE) {
        store.commit(Commit::new(part.to_vec())).await?;
    }
    Ok(())
}

/// Deletes the earlier versions of these bodies, and the notes of those that have none any more. Answers how many these are.
///
/// # Errors
/// [`StoreError::Unavailable`] if the object store did not do it; the notes of the others stay, too.
pub(super) async fn drop_past(
    store: &dyn Store,
    objects: &dyn ObjectStore,
    keys: Vec<String>,
) -> Result<usize, StoreError> {
    let drops = keys.into_iter().map(async |key| {
        let gone = objects.drop_past(&key).await?;
        Ok::<_, ObjectError>(gone.then_some(key))
    });
    let gone: Vec<String> = stream::iter(drops)
        .buffer_unordered(TOGETHER)
        .try_filter_map(async |key| Ok(key))
        .try_collect()
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let removal = |key: &String| Write::Delete {
        key: note_key(key),
        expect: Expect::Any,
    };
    for part in gone.chunks(PAGE) {
        let removals = part.iter().map(removal).collect();
        store.commit(Commit::new(removals)).await?;
    }
    Ok(gone.len())
}

/// Deletes the earlier versions of the bodies that are noted. A body that has content again keeps its note: its delivery has
/// come once more, and will be emptied.
///
/// # Errors
/// [`StoreError`]; the next night goes on.
pub async fn drop_noted(store: &dyn Store, objects: &dyn ObjectStore) -> Result<usize, StoreError> {
    let mut query = Query::prefix(EMPTIED, "", PAGE);
    let (mut looked_at, mut gone) = (0, 0);
    while looked_at < OBJECTS_MAX {
        let page = store.query(&query).await?;
        looked_at += page.items.len();
        let keys = page.items.into_iter().map(|item| item.key.sk);
        gone += drop_past(store, objects, keys.collect()).await?;
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::{MemoryObjects, MemoryStore};

    use super::*;
    use crate::ports::all;

    async fn noted(store: &MemoryStore) -> usize {
        let notes = all(store, Query::prefix(EMPTIED, "", PAGE)).await;
        notes.unwrap().len()
    }

    #[tokio::test]
    async fn the_past_of_noted_bodies_goes_however_many_there_are() {
        let (store, objects) = (MemoryStore::default(), MemoryObjects::default());
        let keys: Vec<String> = (0..200).map(|n| format!("raw/close/{n}.json")).collect();
        note_all(&store, keys.iter()).await.unwrap();
        for key in &keys {
            objects.put(key, b"Jane").await.unwrap();
            objects.put(key, b"").await.unwrap();
        }
        // The delivery of this one has come again.
        objects.put(&keys[7], b"Jane").await.unwrap();
        assert_eq!(drop_noted(&store, &objects).await.unwrap(), 199);
        assert!(objects.past().iter().all(|(key, _)| *key == keys[7]));
        assert_eq!(noted(&store).await, 1);

        objects.put(&keys[7], b"").await.unwrap();
        assert_eq!(drop_noted(&store, &objects).await.unwrap(), 1);
        assert_eq!((objects.past().len(), noted(&store).await), (0, 0));
    }

    #[tokio::test]
    async fn what_nobody_noted_keeps_its_past() {
        let (store, objects) = (MemoryStore::default(), MemoryObjects::default());
        for bytes in [b"Bob".as_slice(), b""] {
            objects.put("raw/close/b.json", bytes).await.unwrap();
        }
        assert_eq!(drop_noted(&store, &objects).await.unwrap(), 0);
        assert_eq!(objects.past().len(), 1);
    }
}
