//! The object store port on S3: several buckets behind one space of keys.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::ports::{ImportedObject, ObjectError, ObjectStore};
use hyper::Method;
use sha2::{Digest, Sha256};

use crate::Session;
use crate::wire::{Body, CallFailure, ObjectRequest, Wire, xml_texts};

/// A single put takes no more.
const OBJECT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
const READ_BUFFER_BYTES: usize = 1 << 20;
/// Objects are larger than rows. Three tries of it fit into the receiver's 15 seconds.
const PUT_TIMEOUT: Duration = Duration::from_secs(4);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// An import moves gigabytes.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(3600);

/// Objects in buckets, each of which has the keys below some prefixes.
#[derive(Debug, Clone)]
pub struct S3Objects {
    wire: Arc<Wire>,
    /// Prefix with its `/`, and bucket.
    routes: Vec<(String, String)>,
}

impl S3Objects {
    /// No keys at all, before [`Self::route`].
    #[must_use]
    pub fn new(session: &Session) -> Self {
        Self {
            wire: session.wire.clone(),
            routes: Vec::new(),
        }
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
        self.listed(prefix, Some("/"), "CommonPrefixes").await
    }

    /// The texts that a listing names, sorted: `Key`s of `Contents`, or `Prefix`es of `CommonPrefixes`.
    async fn listed(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        element: &str,
    ) -> Result<Vec<String>, ObjectError> {
        let bucket = self.bucket(prefix)?;
        let (mut texts, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("list-type", "2"), ("prefix", prefix)];
            query.extend(delimiter.map(|delimiter| ("delimiter", delimiter)));
            query.extend(token.as_deref().map(|token| ("continuation-token", token)));
            query.sort_unstable();
            let request = ObjectRequest {
                query: &query,
                ..self.request(Method::GET, bucket, "", READ_TIMEOUT)
            };
            let xml = self
                .wire
                .object(request)
                .await
                .map_err(|failure| failed(prefix, &failure))?;
            let xml = String::from_utf8_lossy(&xml);
            let name = if element == "Contents" {
                "Key"
            } else {
                "Prefix"
            };
            texts.extend(
                xml_elements(&xml, element).filter_map(|inner| xml_texts(inner, name).next()),
            );
            token = xml_texts(&xml, "NextContinuationToken").next();
            if token.is_none() {
                texts.sort_unstable();
                return Ok(texts);
            }
        }
    }

    fn request<'a>(
        &self,
        method: Method,
        bucket: &'a str,
        key: &'a str,
        timeout: Duration,
    ) -> ObjectRequest<'a> {
        ObjectRequest {
            method,
            bucket,
            key,
            query: &[],
            content_type: None,
            body: Body::bytes(Vec::new()),
            timeout,
        }
    }

    async fn write(&self, key: &str, body: Body, timeout: Duration) -> Result<(), ObjectError> {
        let content_type = Some(content_type(key));
        let request = ObjectRequest {
            content_type,
            body,
            ..self.request(Method::PUT, self.bucket(key)?, key, timeout)
        };
        self.wire
            .object(request)
            .await
            .map(drop)
            .map_err(|failure| failed(key, &failure))
    }

    fn bucket(&self, key: &str) -> Result<&str, ObjectError> {
        let safe = key
            .trim_end_matches('/')
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
        let route = self
            .routes
            .iter()
            .find(|(prefix, _)| safe && key.starts_with(prefix.as_str()));
        route
            .map(|(_, bucket)| bucket.as_str())
            .ok_or_else(|| ObjectError::Unavailable(format!("no bucket has `{key}`")))
    }
}

fn content_type(key: &str) -> &'static str {
    // Bronze objects have one document per line; their names are those of raw ones.
    if key.starts_with("bronze/") {
        "application/x-ndjson"
    } else {
        "application/json"
    }
}

/// The insides of every element with this name.
fn xml_elements<'a>(xml: &'a str, element: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let from = rest.find(&open)? + open.len();
        let to = from + rest[from..].find(&close)?;
        let inner = &rest[from..to];
        rest = &rest[to..];
        Some(inner)
    })
}

fn failed(key: &str, failure: &CallFailure) -> ObjectError {
    if failure.code() == Some("NoSuchKey") {
        ObjectError::NotFound(key.to_owned())
    } else {
        ObjectError::Unavailable(format!("{key}: {failure}"))
    }
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        self.write(key, Body::bytes(bytes.to_vec()), PUT_TIMEOUT)
            .await
    }

    /// S3 has answered only once the object is safe.
    async fn sync(&self, _key: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        let answer = self
            .wire
            .object(self.request(Method::GET, self.bucket(key)?, key, READ_TIMEOUT))
            .await;
        answer
            .map(Vec::from)
            .map_err(|failure| failed(key, &failure))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        self.listed(prefix, None, "Contents").await
    }

    async fn import_file(
        &self,
        source: &Path,
        folder: &str,
    ) -> Result<ImportedObject, ObjectError> {
        let failed = |e: &dyn std::fmt::Display| {
            ObjectError::Unavailable(format!("{}: {e}", source.display()))
        };
        let name = source
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| failed(&"a file without a name"))?;
        let path = source.to_owned();
        let hashed = tokio::task::spawn_blocking(move || hash(&path))
            .await
            .map_err(|e| failed(&e))?;
        let (sha256, bytes) = hashed.map_err(|e| failed(&e))?;
        if bytes > OBJECT_BYTES_MAX {
            return Err(failed(&format!(
                "{bytes} bytes are more than the {OBJECT_BYTES_MAX} of an object; split the file"
            )));
        }
        let key = format!("{folder}/imported-{}-{name}", &sha256[..16]);
        self.write(
            &key,
            Body::file(source.to_owned(), &sha256, bytes),
            IMPORT_TIMEOUT,
        )
        .await?;
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
