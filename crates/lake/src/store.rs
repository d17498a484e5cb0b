//! The object store under one root, with the few requests that the lake makes.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    GetResult, GetResultPayload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
};

use crate::error::{LakeError, Result};

/// Bytes of a piece of a large object.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Objects that are read or written at the same time where each waits for a network.
const REMOTE_AT_ONCE: usize = 8;
/// Over a network, ranges closer than this are read in one request, up to `REQUEST_BYTES_MAX`: another request, beside
/// others, costs less than the bytes between them. The gap grows until there are few enough requests.
const GAP_BYTES: u64 = 256 * 1024;
const REQUESTS_MAX: usize = 32;
const REQUEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Such requests at the same time, for what they hold in memory.
const REQUESTS_AT_ONCE: usize = 4;
/// Local files that are open at the same time.
const OPEN_AT_ONCE: usize = 64;

/// Where the objects are, which decides what is dear: requests, or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Local,
    Remote,
}

/// Keys are relative to the lake.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    reach: Reach,
}

impl Store {
    /// A store that is asked over a network, several objects at a time.
    pub(crate) fn remote(objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            objects,
            reach: Reach::Remote,
        }
    }

    /// A store on this machine: there is nothing to wait for, and threads cost more than they bring.
    pub(crate) fn local(objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            objects,
            reach: Reach::Local,
        }
    }

    /// The store itself, for the engine that runs queries.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.objects.clone()
    }

    /// How many objects are read or written at the same time.
    fn at_once(&self) -> usize {
        match self.reach {
            Reach::Local => 1,
            Reach::Remote => REMOTE_AT_ONCE,
        }
    }

    /// The whole object, `None` if there is none.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        match self.objects.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(body(found).await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The whole object, which must exist.
    pub(crate) async fn read(&self, key: &str) -> Result<Bytes> {
        body(self.objects.get(&Path::from(key)).await?).await
    }

    /// A piece of an object from byte `at` on, and the object's size, which the caller gives back for the pieces after
    /// the first. Large objects come in pieces, so that memory is bounded and used again.
    pub(crate) async fn piece(
        &self,
        key: &str,
        at: u64,
        total: Option<u64>,
    ) -> Result<(Bytes, u64)> {
        let path = Path::from(key);
        let total = match total {
            Some(total) => total,
            None => {
                let found = self.objects.get(&path).await?;
                if found.meta.size <= PIECE_BYTES {
                    let total = found.meta.size;
                    return Ok((body(found).await?, total));
                }
                found.meta.size
            }
        };
        Ok((
            self.objects
                .get_range(&path, at..total.min(at + PIECE_BYTES))
                .await?,
            total,
        ))
    }

    /// A part of an object: one request.
    pub(crate) async fn range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        Ok(self.objects.get_range(&Path::from(key), range).await?)
    }

    /// Parts of an object, which are in order and do not overlap. On this machine exactly they are read; over a network
    /// those that lie close are read together with what is between them.
    pub(crate) async fn ranges(&self, key: &str, wanted: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = Path::from(key);
        if self.reach == Reach::Local {
            return Ok(self.objects.get_ranges(&path, wanted).await?);
        }
        let requests = joined(wanted).into_iter().map(|parts| {
            let (objects, path, parts) = (self.objects.clone(), path.clone(), parts.to_vec());
            async move {
                let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
                    return Ok(Vec::new());
                };
                let from = first.start;
                let bytes = objects.get_range(&path, from..last.end).await?;
                // Copied, so that what lies between them does not stay in memory.
                let part = |part: &Range<u64>| {
                    let within = usize::try_from(part.start - from).ok()?
                        ..usize::try_from(part.end - from).ok()?;
                    bytes.get(within).map(Bytes::copy_from_slice)
                };
                let found: Option<Vec<Bytes>> = parts.iter().map(part).collect();
                found.ok_or_else(|| LakeError::state(path.as_ref(), "the object is cut"))
            }
        });
        let requests: Vec<_> = requests.collect();
        let found: Vec<Vec<Bytes>> = futures::stream::iter(requests)
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Writes or replaces an object.
    pub(crate) async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.objects
            .put(&Path::from(key), PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// Whole objects, which must exist, in the order asked for and some at the same time; each with what is said of it.
    pub(crate) fn read_many<T: Send>(
        &self,
        wanted: Vec<(T, String)>,
    ) -> impl Stream<Item = Result<(T, String, Bytes)>> + Send + use<T> {
        let (store, at_once) = (self.clone(), self.at_once());
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

    /// As [`Self::read_many`], all of them in memory.
    pub(crate) async fn read_all<T: Send>(
        &self,
        wanted: Vec<(T, String)>,
    ) -> Result<Vec<(T, String, Bytes)>> {
        if self.reach == Reach::Remote || wanted.len() < 2 {
            return self.read_many(wanted).try_collect().await;
        }
        let mut wanted = wanted.into_iter();
        let mut read = Vec::with_capacity(wanted.len());
        while wanted.len() > 0 {
            let some: Vec<(T, String)> = wanted.by_ref().take(OPEN_AT_ONCE).collect();
            let found = self
                .find_all(
                    some.iter()
                        .map(|(_, key)| Path::from(key.as_str()))
                        .collect(),
                )
                .await?;
            for ((what, key), found) in some.into_iter().zip(found) {
                read.push((what, key, body(found).await?));
            }
        }
        Ok(read)
    }

    /// Opens local files; they are read by the caller, so that its thread gets their memory and gives it back.
    async fn find_all(&self, paths: Vec<Path>) -> Result<Vec<GetResult>> {
        let objects = self.objects.clone();
        let gets = futures::stream::iter(paths).then(move |path| {
            let objects = objects.clone();
            async move { objects.get(&path).await }
        });
        Ok(aside(gets.try_collect()).await??)
    }

    /// Writes or replaces objects, some at the same time.
    pub(crate) async fn put_many(&self, objects: Vec<(String, Bytes)>) -> Result<()> {
        let several = objects.len() > 1;
        let store = self.clone();
        let puts = objects.into_iter().map(move |(key, bytes)| {
            let store = store.clone();
            async move { store.put(&key, bytes).await }
        });
        let written = futures::stream::iter(puts)
            .buffer_unordered(self.at_once())
            .try_collect();
        if several && self.reach == Reach::Local {
            aside(written).await?
        } else {
            written.await
        }
    }

    /// Writes an object unless it exists; whether it was written.
    pub(crate) async fn create(&self, key: &str, bytes: Bytes) -> Result<bool> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        match self
            .objects
            .put_opts(&Path::from(key), PutPayload::from_bytes(bytes), options)
            .await
        {
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
            found.push((
                object.location.to_string(),
                object.size,
                object.last_modified.timestamp_millis(),
            ));
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

/// The bytes of what was found. A small file is read where it was opened: to hand that to another thread costs more
/// than to read it.
async fn body(found: GetResult) -> Result<Bytes> {
    match found.payload {
        GetResultPayload::File(mut file, path) if found.meta.size <= PIECE_BYTES => {
            let mut bytes = Vec::with_capacity(usize::try_from(found.meta.size).unwrap_or(0) + 1);
            file.read_to_end(&mut bytes)
                .map_err(|e| failed(format!("{}: {e}", path.display())))?;
            Ok(Bytes::from(bytes))
        }
        payload => Ok(GetResult { payload, ..found }.bytes().await?),
    }
}

/// Makes many requests of a local store on one thread that waits for nothing else. The store itself would hand each of
/// them to another thread and back, which costs more than the request.
async fn aside<T: Send + 'static>(requests: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (done, answer) = tokio::sync::oneshot::channel();
    let run = move || {
        if done.send(futures::executor::block_on(requests)).is_err() {
            tracing::debug!("the requests are done, and nobody waits for them any more");
        }
    };
    std::thread::Builder::new()
        .name("local-store".to_owned())
        .spawn(run)
        .map_err(failed)?;
    answer.await.map_err(LakeError::internal)
}

/// The machine failed, not what is stored: the same request may succeed later.
fn failed(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> LakeError {
    LakeError::Store(object_store::Error::Generic {
        store: "local",
        source: reason.into(),
    })
}

/// Ranges by the request that reads them.
fn joined(wanted: &[Range<u64>]) -> Vec<&[Range<u64>]> {
    let whole = wanted.last().map_or(0, |last| last.end);
    let mut gap = GAP_BYTES;
    loop {
        let requests = joined_at(wanted, gap);
        if requests.len() <= REQUESTS_MAX || gap >= whole {
            return requests;
        }
        gap *= 2;
    }
}

/// Ranges closer than `gap` together, as long as a request is not too long.
fn joined_at(wanted: &[Range<u64>], gap: u64) -> Vec<&[Range<u64>]> {
    let mut requests = Vec::new();
    let mut from = 0;
    for at in 1..=wanted.len() {
        let together = wanted.get(at).is_some_and(|next| {
            next.start.saturating_sub(wanted[at - 1].end) <= gap
                && next.end - wanted[from].start <= REQUEST_BYTES_MAX
        });
        if !together {
            requests.push(&wanted[from..at]);
            from = at;
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::local::LocalFileSystem;
    use object_store::memory::InMemory;

    #[tokio::test]
    async fn ranges_are_read_alike_near_and_far() {
        let folder = tempfile::tempdir().unwrap();
        let local = Store::local(Arc::new(
            LocalFileSystem::new_with_prefix(folder.path()).unwrap(),
        ));
        let remote = Store::remote(Arc::new(InMemory::new()));
        let bytes: Vec<u8> = (0..6_000_000_u32)
            .map(|at| at.to_le_bytes()[at as usize % 3])
            .collect();
        let wanted = [
            0..1,
            5..900,
            900..2_000,
            700_000..700_001,
            1_000_000..6_000_000,
        ];
        for store in [&local, &remote] {
            store.put("a", Bytes::from(bytes.clone())).await.unwrap();
            let found = store.ranges("a", &wanted).await.unwrap();
            assert!(
                found
                    .iter()
                    .zip(&wanted)
                    .all(|(f, w)| f[..] == bytes[w.start as usize..w.end as usize])
            );
            assert_eq!(found.len(), wanted.len());
            assert!(store.ranges("a", &[]).await.unwrap().is_empty());
            assert!(
                store
                    .ranges("a", &[0..1, 5_999_999..6_000_001])
                    .await
                    .is_err()
            );
            assert!(store.ranges("b", &wanted).await.is_err());
        }
    }

    #[tokio::test]
    async fn many_objects_come_in_their_order_and_one_that_is_missing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let local = Store::local(Arc::new(
            LocalFileSystem::new_with_prefix(folder.path()).unwrap(),
        ));
        let remote = Store::remote(Arc::new(InMemory::new()));
        let keys: Vec<(usize, String)> = (0..OPEN_AT_ONCE * 2 + 1)
            .map(|n| (n, format!("many/{n}")))
            .collect();
        for store in [local, remote] {
            store
                .put_many(
                    keys.iter()
                        .map(|(_, key)| (key.clone(), Bytes::from(key.clone())))
                        .collect(),
                )
                .await
                .unwrap();
            for count in [0, 1, OPEN_AT_ONCE, keys.len()] {
                let read = store.read_all(keys[..count].to_vec()).await.unwrap();
                assert_eq!(
                    read.iter()
                        .map(|(n, key, _)| (*n, key.clone()))
                        .collect::<Vec<_>>(),
                    keys[..count]
                );
                assert!(read.iter().all(|(_, key, bytes)| key.as_bytes() == bytes));
            }
            store.delete("many/70").await.unwrap();
            assert!(store.read_all(keys.clone()).await.unwrap_err().retryable());
        }
    }

    #[test]
    fn near_ranges_share_a_request_and_requests_are_few_and_bounded() {
        let every = |step: u64, n: u64| {
            (0..n)
                .map(|at| at * step..at * step + 10)
                .collect::<Vec<_>>()
        };
        assert_eq!(joined(&every(1_000, 50)).len(), 1);
        assert_eq!(joined(&every(1_000_000, 20)).len(), 20);
        assert!(joined(&every(300_000, 100)).len() <= REQUESTS_MAX);
        // A hundred megabytes are not read in one piece, whatever the number of requests.
        assert!(
            joined(&every(1_000, 200_000))
                .iter()
                .all(|parts| parts[parts.len() - 1].end - parts[0].start <= REQUEST_BYTES_MAX)
        );
        assert!(joined(&[]).is_empty());
    }
}
