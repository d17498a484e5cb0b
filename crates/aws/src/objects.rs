//! The object store port on S3: several buckets behind one space of keys.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use bookpath_app::ports::{ImportedObject, ObjectError, ObjectStore};
use sha2::{Digest, Sha256};

use crate::Session;
use crate::failure::{code, line};

/// A single put takes no more.
const OBJECT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
const READ_BUFFER_BYTES: usize = 1 << 20;
/// Objects are larger than rows: until the head of an answer, the upload included.
const READ_TIMEOUT: Duration = Duration::from_secs(8);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(14);
/// An import moves gigabytes.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(3600);

/// Objects in buckets, each of which has the keys below some prefixes.
#[derive(Debug, Clone)]
pub struct S3Objects {
    client: Client,
    /// Prefix with its `/`, and bucket.
    routes: Vec<(String, String)>,
}

impl S3Objects {
    /// No keys at all, before [`Self::route`].
    #[must_use]
    pub fn new(session: &Session) -> Self {
        let shared = session.shared();
        let timeouts = TimeoutConfig::builder().read_timeout(READ_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build();
        let config = aws_sdk_s3::config::Builder::from(shared)
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::enabled().build())
            // An address of our own has no name for each bucket.
            .force_path_style(shared.endpoint_url().is_some())
            .build();
        Self { client: Client::from_conf(config), routes: Vec::new() }
    }

    /// Keys that begin with `prefix` (which ends with `/`) are in `bucket`.
    #[must_use]
    pub fn route(mut self, prefix: impl Into<String>, bucket: impl Into<String>) -> Self {
        self.routes.push((prefix.into(), bucket.into()));
        self
    }

    /// The folders right below a prefix, each with its `/`, sorted.
    ///
    /// # Errors
    /// [`ObjectError::Unavailable`].
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut folders = Vec::new();
        let request = self.client.list_objects_v2().bucket(self.bucket(prefix)?).prefix(prefix).delimiter("/");
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| ObjectError::Unavailable(format!("{prefix}: {}", line(&e))))?;
            folders.extend(page.common_prefixes.unwrap_or_default().into_iter().filter_map(|folder| folder.prefix));
        }
        folders.sort_unstable();
        Ok(folders)
    }

    fn bucket(&self, key: &str) -> Result<&str, ObjectError> {
        let safe = key.trim_end_matches('/').split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let route = self.routes.iter().find(|(prefix, _)| safe && key.starts_with(prefix.as_str()));
        route.map(|(_, bucket)| bucket.as_str()).ok_or_else(|| ObjectError::Unavailable(format!("no bucket has `{key}`")))
    }
}

fn content_type(key: &str) -> &'static str {
    // Bronze objects have one document per line; their names are those of raw ones.
    if key.starts_with("bronze/") { "application/x-ndjson" } else { "application/json" }
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let request = self.client.put_object().bucket(self.bucket(key)?).key(key).content_type(content_type(key));
        let answer = request.body(ByteStream::from(bytes.to_vec())).send().await;
        answer.map(drop).map_err(|e| ObjectError::Unavailable(format!("{key}: {}", line(&e))))
    }

    /// S3 has answered only once the object is safe.
    async fn sync(&self, _key: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        let answer = self.client.get_object().bucket(self.bucket(key)?).key(key).send().await.map_err(|e| {
            if code(&e) == Some("NoSuchKey") {
                ObjectError::NotFound(key.to_owned())
            } else {
                ObjectError::Unavailable(format!("{key}: {}", line(&e)))
            }
        })?;
        let body = answer.body.collect().await.map_err(|e| ObjectError::Unavailable(format!("{key}: {e}")))?;
        Ok(body.to_vec())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut keys = Vec::new();
        let mut pages = self.client.list_objects_v2().bucket(self.bucket(prefix)?).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| ObjectError::Unavailable(format!("{prefix}: {}", line(&e))))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    async fn import_file(&self, source: &Path, folder: &str) -> Result<ImportedObject, ObjectError> {
        let failed = |e: &dyn std::fmt::Display| ObjectError::Unavailable(format!("{}: {e}", source.display()));
        let name = source.file_name().and_then(|name| name.to_str()).ok_or_else(|| failed(&"a file without a name"))?;
        let path = source.to_owned();
        let hashed = tokio::task::spawn_blocking(move || hash(&path)).await.map_err(|e| failed(&e))?;
        let (sha256, bytes) = hashed.map_err(|e| failed(&e))?;
        if bytes > OBJECT_BYTES_MAX {
            return Err(failed(&format!("{bytes} bytes are more than the {OBJECT_BYTES_MAX} of an object; split the file")));
        }
        let key = format!("{folder}/imported-{}-{name}", &sha256[..16]);
        let body = ByteStream::from_path(source).await.map_err(|e| failed(&e))?;
        let patience = TimeoutConfig::builder().read_timeout(IMPORT_TIMEOUT).operation_timeout(IMPORT_TIMEOUT).build();
        let request = self.client.put_object().bucket(self.bucket(&key)?).key(&key).content_type(content_type(&key)).body(body);
        let request = request.customize().config_override(aws_sdk_s3::config::Config::builder().timeout_config(patience));
        request.send().await.map_err(|e| ObjectError::Unavailable(format!("{key}: {}", line(&e))))?;
        Ok(ImportedObject { key, sha256, bytes })
    }
}

fn hash(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((hex::encode(hash.finalize()), bytes));
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
    }
}
