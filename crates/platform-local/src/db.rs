//! Opening the database: one writing thread, a few reading connections.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bookpath_app::ports::StoreError;
use rusqlite::{Connection, OpenFlags};

use crate::writer::Writer;

const SCHEMA: &str = include_str!("schema.sql");
/// Milliseconds that a process waits for another process's transaction.
const BUSY_TIMEOUT_MS: u64 = 60_000;
const READERS_MAX: usize = 8;

/// The directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{}: {source}", path.display())]
    Directory {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: {}", path.display(), message(source))]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
}

/// What SQLite says, without the text of our statements.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => {
            format!("it is no database of Bookpath's ({msg})")
        }
        other => other.to_string(),
    }
}

/// Store and log of one directory.
pub struct Database {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Items and pages that this process has read, as DynamoDB would bill them.
    pub(crate) reads: AtomicU64,
    pub(crate) writer: Writer,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens `DIR/bookpath.db`, creating both where they are missing.
    ///
    /// # Errors
    /// [`OpenError`] names the path.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(dir).map_err(|source| OpenError::Directory {
            path: dir.to_owned(),
            source,
        })?;
        let path = dir.join("bookpath.db");
        let failed = |source| OpenError::Sqlite {
            path: path.clone(),
            source,
        };
        let connection = connect(
            &path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
        .map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        Ok(Self {
            readers: Mutex::new(Vec::new()),
            reads: AtomicU64::new(0),
            writer: Writer::start(connection),
            path,
        })
    }

    /// How many items and pages this process has read.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Removes up to `max` items that expired before `now`, as DynamoDB's time to live does by itself.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn purge_expired(&self, now: jiff::Timestamp, max: usize) -> Result<(), StoreError> {
        let (now, max) = (now.as_second(), i64::try_from(max).unwrap_or(i64::MAX));
        let sql = "DELETE FROM items WHERE (pk, sk) IN (SELECT pk, sk FROM items WHERE expires < ?1 ORDER BY expires LIMIT ?2)";
        self.writer
            .custom(Box::new(move |connection| {
                connection.execute(sql, [now, max]).map(drop)
            }))
            .await
    }

    /// Moves everything from the write-ahead log into the database and empties it: it holds pages as they were before.
    /// A reader that is at work for longer than a minute keeps it from that.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn truncate_wal(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// Runs a read on one of the reading connections.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let pooled = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unavailable)?,
        };
        let result = work(&connection).map_err(unavailable);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(connection);
        }
        result
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
pub(crate) fn unavailable(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// WAL with `synchronous=FULL`: a commit that returned survives a loss of power.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 8192)?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    // What was deleted is overwritten with zeros, so that nothing is left of somebody who was erased (X60).
    connection.pragma_update(None, "secure_delete", true)?;
    let known: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if known == 0 {
        connection.execute_batch(SCHEMA)?;
        connection.pragma_update(None, "user_version", 1)?;
    }
    Ok(())
}
