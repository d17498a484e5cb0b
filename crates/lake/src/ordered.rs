//! A folder as an object store that lists in the order of keys, as S3 does and as delta-rs expects of any store but a
//! `file` URL's.

use std::fmt;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// The folder.
#[derive(Debug)]
pub(crate) struct Ordered(pub(crate) LocalFileSystem);

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Ordered {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.0.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = self.0.list(prefix);
        let sorted = async move {
            let mut found: Vec<ObjectMeta> = listed.try_collect().await?;
            found.sort_by(|a, b| a.location.cmp(&b.location));
            Ok::<_, object_store::Error>(stream::iter(found.into_iter().map(Ok)))
        };
        stream::once(sorted).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;

    use super::*;

    #[tokio::test]
    async fn keys_come_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = Ordered(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        let mut keys: Vec<String> = (0..40)
            .map(|n| format!("log/{:03}.json", n * 7 % 40))
            .collect();
        for key in &keys {
            store
                .put(&Path::from(key.as_str()), PutPayload::from_static(b"x"))
                .await
                .unwrap();
        }
        keys.sort();
        let listed: Vec<ObjectMeta> = store
            .list(Some(&Path::from("log")))
            .try_collect()
            .await
            .unwrap();
        assert_eq!(
            listed
                .iter()
                .map(|meta| meta.location.to_string())
                .collect::<Vec<_>>(),
            keys
        );
    }
}
