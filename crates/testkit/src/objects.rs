//! Objects in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bookpath_ports::{ImportedObject, ObjectError, ObjectStore};
use sha2::{Digest as _, Sha256};

#[derive(Debug, Default)]
struct Objects {
    by_key: BTreeMap<String, Vec<u8>>,
    /// What objects held before, as a versioned bucket keeps it.
    past: Vec<(String, Vec<u8>)>,
    /// Puts that fail from now on.
    refused: u32,
    /// Puts that are taken before the refused ones.
    taken: u32,
    /// Keys in the order in which they were read.
    read: Vec<String>,
}

/// An object store in memory.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    objects: Mutex<Objects>,
}

impl MemoryObjects {
    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next `count` puts fail as unavailable.
    pub fn refuse(&self, count: u32) {
        self.lock().refused = count;
    }

    /// After `count` puts one fails as unavailable.
    pub fn refuse_after(&self, count: u32) {
        let mut objects = self.lock();
        (objects.taken, objects.refused) = (count, 1);
    }

    /// Earlier contents that the store still keeps, each with its key.
    #[must_use]
    pub fn past(&self) -> Vec<(String, Vec<u8>)> {
        self.lock().past.clone()
    }

    /// Keys that were read, in their order.
    #[must_use]
    pub fn read(&self) -> Vec<String> {
        self.lock().read.clone()
    }
}

/// No key leads out of the store.
fn checked(key: &str) -> Result<&str, ObjectError> {
    let usable = |part: &str| !matches!(part, "" | "." | "..");
    if key.split('/').all(usable) {
        Ok(key)
    } else {
        Err(ObjectError::Unavailable(format!("`{key}` is no key")))
    }
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let key = checked(key)?.to_owned();
        let mut objects = self.lock();
        if objects.taken > 0 {
            objects.taken -= 1;
        } else if objects.refused > 0 {
            objects.refused -= 1;
            return Err(ObjectError::Unavailable("a test says so".to_owned()));
        }
        if let Some(before) = objects.by_key.insert(key.clone(), bytes.to_vec()) {
            objects.past.push((key, before));
        }
        Ok(())
    }

    async fn sync(&self, key: &str) -> Result<(), ObjectError> {
        let key = checked(key)?;
        let known = self.lock().by_key.contains_key(key);
        known
            .then_some(())
            .ok_or_else(|| ObjectError::NotFound(key.to_owned()))
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        let key = checked(key)?;
        let mut objects = self.lock();
        objects.read.push(key.to_owned());
        let found = objects.by_key.get(key).cloned();
        found.ok_or_else(|| ObjectError::NotFound(key.to_owned()))
    }

    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError> {
        let bytes = self.get(key).await?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(bytes.into_iter().skip(from).take(max).collect())
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let key = checked(key)?;
        let mut objects = self.lock();
        if let Some(before) = objects.by_key.remove(key) {
            objects.past.push((key.to_owned(), before));
        }
        Ok(())
    }

    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError> {
        let key = checked(key)?;
        let mut objects = self.lock();
        let empty = objects.by_key.get(key).is_none_or(Vec::is_empty);
        if empty {
            objects.past.retain(|(of, _)| of != key);
        }
        Ok(empty)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let objects = self.lock();
        let keys = objects.by_key.keys();
        Ok(keys.filter(|k| k.starts_with(prefix)).cloned().collect())
    }

    async fn import_file(
        &self,
        source: &Path,
        folder: &str,
    ) -> Result<ImportedObject, ObjectError> {
        let failed = |e: std::io::Error| ObjectError::Unavailable(e.to_string());
        let bytes = std::fs::read(source).map_err(failed)?;
        let name = source.file_name().and_then(|n| n.to_str());
        let name = name.ok_or_else(|| ObjectError::Unavailable("a file has no name".to_owned()))?;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let key = format!("{folder}/imported-{}-{name}", &sha256[..16]);
        self.put(&key, &bytes).await?;
        Ok(ImportedObject {
            key,
            sha256,
            bytes: bytes.len() as u64,
        })
    }
}
