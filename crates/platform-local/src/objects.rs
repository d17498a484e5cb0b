//! The object store port on files. An object is written under a temporary name and then renamed.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::ports::{ImportedObject, ObjectError, ObjectStore};
use sha2::{Digest, Sha256};

const COPY_BUFFER_BYTES: usize = 1 << 20;
/// Folder of temporary files below the root.
const TEMPORARY: &str = ".temporary";
/// A temporary file that nobody has written to for so long belongs to nobody.
const LEFT_OVER: Duration = Duration::from_secs(3600);

/// Objects as files below a root directory.
#[derive(Debug)]
pub struct FileObjects {
    root: PathBuf,
    /// Counts the objects put; also part of the names of temporary files.
    counter: AtomicU64,
}

impl FileObjects {
    /// Objects below `root`, which is created when the first is put.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            counter: AtomicU64::new(0),
        }
    }

    /// How many objects this process has put.
    #[must_use]
    pub fn puts(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    /// The file of a key. Refuses a key that leads out of the root, although keys are made of hashes, days and escaped
    /// channels only.
    fn path(&self, key: &str) -> Result<PathBuf, ObjectError> {
        let safe = !key.is_empty()
            && key.split('/').all(|part| {
                !part.is_empty() && part != "." && part != ".." && !part.contains('\0')
            });
        if safe {
            Ok(self.root.join(key))
        } else {
            Err(ObjectError::Unavailable(format!("`{key}` is no key")))
        }
    }

    /// Returns once everything that was put would survive a loss of power.
    pub(crate) async fn sync_all(&self) -> Result<(), ObjectError> {
        let root = self.root.clone();
        let synced = tokio::task::spawn_blocking(move || match File::open(&root) {
            Ok(root) => rustix::fs::syncfs(root).map_err(std::io::Error::from),
            // Nothing was ever put.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        });
        synced
            .await
            .map_err(|e| ObjectError::Unavailable(e.to_string()))?
            .map_err(|error| failed("the lake", &error))
    }

    /// A temporary file. All of them lie in one folder, where no reader of the lake sees what a process that died left.
    fn temporary(&self) -> PathBuf {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        self.root.join(TEMPORARY).join(name)
    }

    fn write(&self, target: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let temporary = self.temporary();
        let mut file = create(&temporary)?;
        file.write_all(bytes)?;
        rename(&temporary, target)
    }

    /// Removes temporary files that a process left when it died: those older than any write takes.
    pub(crate) fn remove_left_over(&self) -> Result<(), ObjectError> {
        let dir = self.root.join(TEMPORARY);
        let io = |e: std::io::Error| failed(TEMPORARY, &e);
        let entries = match std::fs::read_dir(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(io)?,
        };
        for entry in entries {
            let entry = entry.map_err(io)?;
            // Another process may have renamed it meanwhile.
            let Ok(modified) = entry.metadata().and_then(|meta| meta.modified()) else {
                continue;
            };
            if modified.elapsed().is_ok_and(|age| age >= LEFT_OVER) {
                std::fs::remove_file(entry.path()).map_err(io)?;
            }
        }
        Ok(())
    }

    fn import(&self, source: &Path, folder: &str) -> Result<ImportedObject, ObjectError> {
        let io = |e: std::io::Error| ObjectError::Unavailable(format!("{}: {e}", source.display()));
        let name = source
            .file_name()
            .and_then(|n| n.to_str())
            .ok_or_else(|| ObjectError::Unavailable("a file without a name".to_owned()))?;
        let temporary = self.temporary();
        let (sha256, bytes) = copy(source, &temporary).map_err(io)?;
        let key = format!("{folder}/imported-{}-{name}", &sha256[..16]);
        rename(&temporary, &self.path(&key)?).map_err(io)?;
        Ok(ImportedObject { key, sha256, bytes })
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    match File::create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            File::create(path)
        }
        other => other,
    }
}

/// Renames, and makes the target's folder when it is the first in it.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::rename(from, to)
        }
        other => other,
    }
}

fn copy(source: &Path, target: &Path) -> std::io::Result<(String, u64)> {
    let mut from = File::open(source)?;
    let mut to = create(target)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; COPY_BUFFER_BYTES];
    let mut bytes = 0;
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            return Ok((hex::encode(hash.finalize()), bytes));
        }
        hash.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
        bytes += n as u64;
    }
}

fn failed(key: &str, error: &std::io::Error) -> ObjectError {
    if error.kind() == std::io::ErrorKind::NotFound {
        ObjectError::NotFound(key.to_owned())
    } else {
        ObjectError::Unavailable(format!("{key}: {error}"))
    }
}

fn walk(dir: &Path, prefix: &str, keys: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{prefix}{name}/"), keys)?;
        } else {
            keys.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

#[async_trait]
impl ObjectStore for FileObjects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let path = self.path(key)?;
        // This writes into the page cache and takes microseconds; `sync` waits for the disk.
        self.write(&path, bytes)
            .map_err(|error| failed(key, &error))
    }

    async fn sync(&self, key: &str) -> Result<(), ObjectError> {
        let path = self.path(key)?;
        let synced = tokio::task::spawn_blocking(move || {
            File::open(&path)?.sync_all()?;
            // The file's name is in its directory, so that is brought to the disk too.
            path.parent()
                .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
        });
        synced
            .await
            .map_err(|e| ObjectError::Unavailable(e.to_string()))?
            .map_err(|error| failed(key, &error))
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ObjectError> {
        tokio::fs::read(self.path(key)?)
            .await
            .map_err(|error| failed(key, &error))
    }

    async fn get_range(&self, key: &str, from: u64, max: usize) -> Result<Vec<u8>, ObjectError> {
        let path = self.path(key)?;
        let read = tokio::task::spawn_blocking(move || {
            let mut file = File::open(path)?;
            let mut bytes = Vec::new();
            // Beyond what a file may have there is nothing, and no place to go to.
            if from <= i64::MAX.unsigned_abs() {
                file.seek(SeekFrom::Start(from))?;
                file.take(max as u64).read_to_end(&mut bytes)?;
            }
            Ok(bytes)
        });
        read.await
            .map_err(|e| ObjectError::Unavailable(e.to_string()))?
            .map_err(|error: std::io::Error| failed(key, &error))
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        match tokio::fs::remove_file(self.path(key)?).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|error| failed(key, &error)),
        }
    }

    /// A file has no earlier versions.
    async fn drop_past(&self, key: &str) -> Result<bool, ObjectError> {
        match tokio::fs::metadata(self.path(key)?).await {
            Ok(file) => Ok(file.len() == 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(failed(key, &error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let mut keys = Vec::new();
        let dir = self.path(prefix.trim_end_matches('/'))?;
        walk(&dir, prefix, &mut keys).map_err(|error| failed(prefix, &error))?;
        keys.sort_unstable();
        Ok(keys)
    }

    async fn import_file(
        &self,
        source: &Path,
        folder: &str,
    ) -> Result<ImportedObject, ObjectError> {
        self.import(source, folder)
    }
}
