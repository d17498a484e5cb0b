//! The object store port on S3: several buckets behind one space of keys.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder as Config, StalledStreamProtectionConfig};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::{ByteStream, Length};
use bookpath_app::ports::{ImportedObject, ObjectError, ObjectStore};
use sha2::{Digest, Sha256};

use crate::Session;
use crate::failure::{code, line};
use crate::past::Versions;
use crate::session::{TRIES, limits};

/// A single put takes no more.
const OBJECT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
const READ_BUFFER_BYTES: usize = 1 << 20;
/// One try of a put or of a page of a listing. Three tries fit into the receiver's 15 seconds.
const PUT_TIMEOUT: Duration = Duration::from_secs(4);
const PUT_OPERATION_TIMEOUT: Duration = Duration::from_secs(13);
/// One try of a get, to the end of the object.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
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
        Self {
            client: client(session),
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
        let folders = |page: ListObjectsV2Output| {
            let folders = page.common_prefixes.unwrap_or_default().into_iter();
            folders
                .filter_map(|folder| folder.prefix)
                .collect::<Vec<_>>()
        };
        self.listed(prefix, Some("/"), folders).await
    }

    /// What `texts` takes from every page of a listing, sorted.
    async fn listed(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        texts: impl Fn(ListObjectsV2Output) -> Vec<String>,
    ) -> Result<Vec<String>, ObjectError> {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(self.bucket(prefix)?)
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned))
            .into_paginator()
            .send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unavailable(prefix, &line(&error)))?;
            listed.extend(texts(page));
        }
        listed.sort_unstable();
        Ok(listed)
    }

    /// An object, or the part of it that `part` asks for.
    async fn read(&self, key: &str, part: Option<&Part>) -> Result<Vec<u8>, ObjectError> {
        let bucket = self.bucket(key)?;
        let mut why = String::new();
        // The SDK tries again until an answer begins; one that breaks off is asked for again here.
        for _ in 0..TRIES {
            match self.read_once(bucket, key, part).await? {
                Ok(bytes) => return Ok(bytes),
                Err(broken) => why = broken,
            }
        }
        Err(unavailable(key, &why))
    }

    /// One try of a get; the inner error is an answer that broke off.
    async fn read_once(
        &self,
        bucket: &str,
        key: &str,
        part: Option<&Part>,
    ) -> Result<Result<Vec<u8>, String>, ObjectError> {
        let request = self.client.get_object().bucket(bucket).key(key);
        let answer = request
            .set_range(part.map(Part::header))
            .customize()
            .config_override(patient(READ_TIMEOUT))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                return match code(&error) {
                    Some("NoSuchKey") => Err(ObjectError::NotFound(key.to_owned())),
                    // The object ends before the part begins.
                    Some("InvalidRange") if part.is_some() => Ok(Ok(Vec::new())),
                    _ => Err(unavailable(key, &line(&error))),
                };
            }
        };
        let whole = answer.content_range.is_none();
        let body = tokio::time::timeout(READ_TIMEOUT, answer.body.collect()).await;
        Ok(match body {
            Ok(Ok(body)) => Ok(match part {
                // Not every store that speaks S3's language knows parts.
                Some(part) if whole => part.cut(&body.to_vec()).to_vec(),
                _ => body.to_vec(),
            }),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the object did not come in time".to_owned()),
        })
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

/// Bytes of an object, from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
}

impl Part {
    /// `None` where no object has bytes.
    fn new(from: u64, max: usize) -> Option<Self> {
        let bytes = u64::try_from(max).unwrap_or(u64::MAX).min(OBJECT_BYTES_MAX);
        let last = from.checked_add(bytes.checked_sub(1)?)?;
        Some(Self { first: from, last })
    }

    /// As HTTP asks for it.
    fn header(&self) -> String {
        format!("bytes={}-{}", self.first, self.last)
    }

    fn cut<'a>(&self, whole: &'a [u8]) -> &'a [u8] {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(whole.len());
        &whole[place(self.first)..place(self.last.saturating_add(1))]
    }
}

fn content_type(key: &str) -> &'static str {
    // Bronze objects have one document per line and are named `.json`, as raw ones.
    if key.starts_with("bronze/") {
        "application/x-ndjson"
    } else {
        "application/json"
    }
}

fn client(session: &Session) -> Client {
    let config = Config::from(session.shared())
        // An emulator has no names for buckets.
        .force_path_style(session.shared().endpoint_url().is_some())
        .timeout_config(limits(PUT_TIMEOUT, PUT_OPERATION_TIMEOUT));
    Client::from_conf(config.build())
}

/// Configuration for large transfers: a longer limit per try, as long as bytes keep coming.
fn patient(attempt: Duration) -> Config {
    Config::new()
        .timeout_config(limits(attempt, attempt * TRIES))
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().build())
}

fn unavailable(key: &str, why: &str) -> ObjectError {
    ObjectError::Unavailable(format!("{key}: {why}"))
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let request = self
            .client
            .put_object()
            .bucket(self.bucket(key)?)
            .key(key)
            .content_type(content_type(key))
            .body(ByteStream::from(bytes.to_vec()));
        let answer = request.send().await;
        answer
            .map(drop)
            .map_err(|error| unavailable(key, &line(&error)))
    }

    fn reaches(&self, prefix: &str) -> bool {
        self.bucket(prefix).is_ok()
    }

    /// S3 has answered only once the object is safe.
    async fn sync(&self, _key: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        self.read(key, None).await
    }

    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError> {
        match Part::new(from, max) {
            Some(part) => self.read(key, Some(&part)).await,
            None => Ok(Vec::new()),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let bucket = self.bucket(key)?;
        let answer = self.client.delete_object().bucket(bucket).key(key).send();
        let answer = answer.await;
        answer
            .map(drop)
            .map_err(|error| unavailable(key, &line(&error)))
    }

    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError> {
        let bucket = self.bucket(key)?;
        let failed = |why: String| unavailable(key, &why);
        let versions = Versions::of(&self.client, bucket, key).await;
        let versions = versions.map_err(failed)?;
        if versions.has_content() {
            return Ok(false);
        }
        let deleted = versions.delete_earlier(&self.client, bucket, key).await;
        deleted.map(|()| true).map_err(failed)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let keys = |page: ListObjectsV2Output| {
            let objects = page.contents.unwrap_or_default().into_iter();
            objects.filter_map(|object| object.key).collect::<Vec<_>>()
        };
        self.listed(prefix, None, keys).await
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
        let body = ByteStream::read_from()
            .path(source)
            .length(Length::Exact(bytes))
            .build()
            .await
            .map_err(|e| failed(&e))?;
        self.client
            .put_object()
            .bucket(self.bucket(&key)?)
            .key(&key)
            .content_type(content_type(&key))
            .body(body)
            .customize()
            .config_override(patient(IMPORT_TIMEOUT))
            .send()
            .await
            .map_err(|error| unavailable(&key, &line(&error)))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_its_first_and_its_last_byte() {
        let part = Part::new(250, 4).unwrap();
        assert_eq!(part.header(), "bytes=250-253");
        let whole: Vec<u8> = (0..=251).collect();
        assert_eq!(part.cut(&whole), [250, 251]);
        assert_eq!(part.cut(&whole[..9]), b"");
        assert_eq!((Part::new(9, 0), Part::new(u64::MAX, 9)), (None, None));
        assert_eq!(Part::new(1, usize::MAX).unwrap().last, OBJECT_BYTES_MAX);
    }
}
