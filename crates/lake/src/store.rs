//! The object store under one root, with the few requests that the lake makes.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::error::Result;

/// Bytes of a piece of a large object.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Objects that are read or written at the same time where each waits for a network.
const REMOTE_AT_ONCE: usize = 8;

/// Keys are relative to the lake.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    at_once: usize,
}

impl Store {
    /// A store that is asked over a network, several objects at a time.
    pub(crate) fn remote(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, at_once: REMOTE_AT_ONCE }
    }

    /// A store on this machine: there is nothing to wait for, and threads cost more than they bring.
    pub(crate) fn local(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, at_once: 1 }
    }

    /// The store itself, for the engine that runs queries.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.objects.clone()
    }

    /// How many objects are read or written at the same time.
    pub(crate) fn at_once(&self) -> usize {
        self.at_once
    }

    /// The whole object, `None` if there is none.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        match self.objects.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The whole object, which must exist.
    pub(crate) async fn read(&self, key: &str) -> Result<Bytes> {
        Ok(self.objects.get(&Path::from(key)).await?.bytes().await?)
    }

    /// A piece of an object from byte `at` on, and the object's size, which the caller gives back for the pieces after
    /// the first. Large objects come in pieces, so that memory is bounded and used again.
    pub(crate) async fn piece(&self, key: &str, at: u64, total: Option<u64>) -> Result<(Bytes, u64)> {
        let path = Path::from(key);
        let total = match total {
            Some(total) => total,
            None => {
                let found = self.objects.get(&path).await?;
                if found.meta.size <= PIECE_BYTES {
                    let total = found.meta.size;
                    return Ok((found.bytes().await?, total));
                }
                found.meta.size
            }
        };
        Ok((self.objects.get_range(&path, at..total.min(at + PIECE_BYTES)).await?, total))
    }

    /// A part of an object: one request.
    pub(crate) async fn range(&self, key: &str, range: std::ops::Range<u64>) -> Result<Bytes> {
        Ok(self.objects.get_range(&Path::from(key), range).await?)
    }

    /// Writes or replaces an object.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.objects.put(&Path::from(key), PutPayload::from_bytes(bytes)).await?;
        Ok(())
    }

    /// Whole objects, which must exist, in the order asked for and some at the same time; each with what is said of it.
    pub(crate) fn read_many<T: Send>(&self, wanted: Vec<(T, String)>) -> impl Stream<Item = Result<(T, String, Bytes)>> + Send + use<T> {
        let (store, at_once) = (self.clone(), self.at_once);
        // Owned keys: a stream over borrowed ones is not Send for every lifetime, and a server's tasks must be.
        let reads = wanted.into_iter().map(move |(what, key)| {
            let store = store.clone();
            async move {
                let bytes = store.read(&key).await?;
                Ok((what, key, bytes))
            }
        });
        futures::stream::iter(reads).buffered(at_once)
    }

    /// Writes or replaces objects, some at the same time.
    pub(crate) async fn put_many(&self, objects: Vec<(String, Bytes)>) -> Result<()> {
        let puts = objects.into_iter().map(|(key, bytes)| {
            let store = self.clone();
            async move { store.put(&key, bytes).await }
        });
        futures::stream::iter(puts).buffer_unordered(self.at_once).try_collect().await
    }

    /// Writes an object unless it exists; whether it was written.
    pub(crate) async fn create(&self, key: &str, bytes: Bytes) -> Result<bool> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.objects.put_opts(&Path::from(key), PutPayload::from_bytes(bytes), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether an object exists.
    pub(crate) async fn exists(&self, key: &str) -> Result<bool> {
        match self.objects.head(&Path::from(key)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// (key, bytes, last modified in ms) of all objects below `prefix`, by key.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<(String, u64, i64)>> {
        let mut found = Vec::new();
        let mut objects = self.objects.list(Some(&Path::from(prefix)));
        while let Some(object) = objects.next().await {
            let object = object?;
            found.push((object.location.to_string(), object.size, object.last_modified.timestamp_millis()));
        }
        found.sort();
        Ok(found)
    }

    /// Removes an object; it is no error if there is none.
    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        match self.objects.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}
