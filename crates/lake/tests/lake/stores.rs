//! Object stores that count requests, or fail at a chosen one.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Counts every request; the one numbered `fail_at` and all after it fail while it is not negative.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: InMemory,
    requests: AtomicU64,
    fail_at: AtomicI64,
    /// Whether the failing request takes effect all the same, as when the answer is lost.
    after_effect: bool,
}

impl Watched {
    pub(crate) fn new(after_effect: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: InMemory::new(),
            requests: AtomicU64::new(0),
            fail_at: AtomicI64::new(-1),
            after_effect,
        })
    }

    /// A store with the same content.
    pub(crate) fn fork(&self, after_effect: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: self.inner.fork(),
            requests: AtomicU64::new(0),
            fail_at: AtomicI64::new(-1),
            after_effect,
        })
    }

    /// Starts counting from 0; request number `fail_at` (from 0) is the first to fail.
    pub(crate) fn arm(&self, fail_at: i64) {
        self.requests.store(0, Ordering::SeqCst);
        self.fail_at.store(fail_at, Ordering::SeqCst);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Counts a request; how it fails, if it does: first with or without its effect, later ones always without.
    fn enter(&self) -> Option<bool> {
        let number = i64::try_from(self.requests.fetch_add(1, Ordering::SeqCst)).unwrap();
        let fail_at = self.fail_at.load(Ordering::SeqCst);
        (fail_at >= 0 && number >= fail_at).then_some(self.after_effect && number == fail_at)
    }
}

fn lost() -> Error {
    Error::Generic {
        store: "watched",
        source: "injected".into(),
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        match self.enter() {
            None => self.inner.put_opts(location, payload, opts).await,
            Some(true) => self
                .inner
                .put_opts(location, payload, opts)
                .await
                .and(Err(lost())),
            Some(false) => Err(lost()),
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        match self.enter() {
            None => self.inner.put_multipart_opts(location, opts).await,
            Some(_) => Err(lost()),
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.enter() {
            None => self.inner.get_opts(location, options).await,
            Some(_) => Err(lost()),
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match self.enter() {
            None => self.inner.get_ranges(location, ranges).await,
            Some(_) => Err(lost()),
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.enter() {
            None => self.inner.delete_stream(locations),
            Some(_) => locations.and_then(|_| async { Err(lost()) }).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.enter() {
            None => self.inner.list(prefix),
            Some(_) => futures::stream::once(async { Err(lost()) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        match self.enter() {
            None => self.inner.list_with_delimiter(prefix).await,
            Some(_) => Err(lost()),
        }
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        match self.enter() {
            None => self.inner.copy_opts(from, to, options).await,
            Some(_) => Err(lost()),
        }
    }
}
