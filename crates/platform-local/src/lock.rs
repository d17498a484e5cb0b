//! Locks between processes that die with their holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock is not available.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{} is held by another process", .0.display())]
    Held(PathBuf),
    #[error("{}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// An exclusive lock on `DIR/run/<name>.lock`; released when dropped, or when the process ends in any way.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

impl FileLock {
    /// Takes the lock if it is free; `None` if another holder has it.
    ///
    /// # Errors
    /// [`LockError::Io`] when the file can't be made.
    pub fn try_take(dir: &Path, name: &str) -> Result<Option<Self>, LockError> {
        let path = lock_path(dir, name);
        let io = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(dir.join("run")).map_err(io)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    /// Takes the lock, waiting at most this long.
    ///
    /// # Errors
    /// [`LockError::Held`] when the time is over.
    pub async fn take(dir: &Path, name: &str, wait: Duration) -> Result<Self, LockError> {
        let tries = wait.as_millis() / PAUSE.as_millis();
        for _ in 0..tries {
            if let Some(lock) = Self::try_take(dir, name)? {
                return Ok(lock);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Self::try_take(dir, name)?.ok_or_else(|| LockError::Held(lock_path(dir, name)))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "a lock could not be released");
        }
    }
}

fn lock_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("run").join(format!("{name}.lock"))
}
