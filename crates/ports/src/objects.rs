//! Objects by key: the raw archive and the bronze tier.

use std::path::Path;

use async_trait::async_trait;

/// The object store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// No such object.
    #[error("there is no object {0}")]
    NotFound(String),
    /// Try again later.
    #[error("the object store is unavailable: {0}")]
    Unavailable(String),
}

/// What an import brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedObject {
    pub key: String,
    pub sha256: String,
    pub bytes: u64,
}

/// Objects below the lake's root. Keys are relative, with `/` between their parts.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Stores an object whole; readers see all of it or nothing, also after a crash of the process. Keys
    /// that are named by content may be put again: the object stays the same.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError>;

    /// Whether the process has a place for keys below this prefix. A function of AWS has the buckets that it needs.
    fn reaches(&self, _prefix: &str) -> bool {
        true
    }

    /// Returns once the object would survive a loss of power.
    async fn sync(&self, key: &str) -> Result<(), ObjectError>;

    /// The object's bytes.
    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError>;

    /// At most `max` bytes of the object from `from` on; none beyond its end. Reads no more of it than that.
    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError>;

    /// Removes an object. A missing one is no error.
    async fn delete(&self, key: &str) -> Result<(), ObjectError>;

    /// Deletes for good what the store still keeps of an emptied or deleted object: all versions but the newest. Answers
    /// `false`, and deletes nothing, where the object has content.
    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError>;

    /// Keys below a prefix that ends with `/`, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError>;

    /// Copies a local file to `<folder>/imported-<first 16 hex of its SHA-256>-<its name>` with a bounded
    /// buffer. Copying the same file again changes nothing.
    async fn import_file(&self, source: &Path, folder: &str)
    -> Result<ImportedObject, ObjectError>;
}
