//! Several buckets behind the lake's one key space: the first part of a key names its bucket.
//!
//! Each tier has rights, a lifecycle and readers of its own on AWS; the engine knows one root.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Stores by the first part of the keys that they hold.
#[derive(Debug, Clone, Default)]
pub struct Buckets(Vec<(&'static str, Arc<dyn ObjectStore>)>);

impl Buckets {
    /// No keys at all, before [`Self::with`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keys below `tier` (`bronze`, `silver`, `state` or `gold`) are in `store`.
    #[must_use]
    pub fn with(mut self, tier: &'static str, store: Arc<dyn ObjectStore>) -> Self {
        self.0.push((tier, store));
        self
    }

    fn of(&self, key: &Path) -> Result<&Arc<dyn ObjectStore>> {
        let tier = key.parts().next();
        let found = self
            .0
            .iter()
            .find(|(name, _)| tier.as_ref().is_some_and(|tier| tier.as_ref() == *name));
        found
            .map(|(_, store)| store)
            .ok_or_else(|| Error::NotSupported {
                source: format!("no bucket holds `{key}`").into(),
            })
    }
}

impl fmt::Display for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buckets")
    }
}

fn nowhere() -> Error {
    Error::NotSupported {
        source: "the lake lists below a tier only".into(),
    }
}

#[async_trait]
impl ObjectStore for Buckets {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.of(location)?.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.of(location)?.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.of(location)?.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let buckets = self.clone();
        let delete = move |location: Result<Path>| {
            let buckets = buckets.clone();
            async move {
                let location = location?;
                let one = stream::iter([Ok(location.clone())]).boxed();
                buckets
                    .of(&location)?
                    .delete_stream(one)
                    .try_for_each(|_| async { Ok(()) })
                    .await?;
                Ok(location)
            }
        };
        locations.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match prefix
            .ok_or_else(nowhere)
            .and_then(|prefix| self.of(prefix))
        {
            Ok(store) => store.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.of(prefix.ok_or_else(nowhere)?)?
            .list_with_delimiter(prefix)
            .await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (source, target) = (self.of(from)?, self.of(to)?);
        if !Arc::ptr_eq(source, target) {
            return Err(Error::NotSupported {
                source: "a copy stays in its bucket".into(),
            });
        }
        source.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;
    use object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn every_key_has_its_bucket_and_no_other() {
        let stores: [Arc<dyn ObjectStore>; 3] =
            std::array::from_fn(|_| Arc::new(InMemory::new()) as Arc<dyn ObjectStore>);
        let [bronze, silver, gold] = stores.clone();
        let buckets = Buckets::new()
            .with("bronze", bronze)
            .with("silver", silver.clone())
            .with("state", silver)
            .with("gold", gold);
        for (key, place) in [
            ("bronze/a/1.json", 0),
            ("silver/t/1.parquet", 1),
            ("state/s", 1),
            ("gold/t/1.parquet", 2),
        ] {
            buckets
                .put(&Path::from(key), PutPayload::from_static(b"x"))
                .await
                .unwrap();
            for (n, store) in stores.iter().enumerate() {
                assert_eq!(
                    store.head(&Path::from(key)).await.is_ok(),
                    n == place,
                    "{key} in {n}"
                );
            }
        }
        let listed: Vec<ObjectMeta> = buckets
            .list(Some(&Path::from("silver")))
            .try_collect()
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        buckets.delete(&Path::from("state/s")).await.unwrap();
        assert!(buckets.get(&Path::from("state/s")).await.is_err());
        assert!(
            buckets
                .put(&Path::from("other/x"), PutPayload::from_static(b"x"))
                .await
                .is_err()
        );
        assert!(buckets.list(None).next().await.unwrap().is_err());
    }
}
