//! The lake itself: where it lies, and what a process remembers of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::error::{LakeError, Result};
use crate::ordered::Ordered;
use crate::pages::Pages;
use crate::people::followed::Followed;
use crate::sources::read::Read;
use crate::table::commits::{CommitTime, Commits};
use crate::table::opened::Opened;

/// The bronze, silver and gold tables below one root: keys `bronze/..`, `silver/..`, `gold/..`.
///
/// Readers are free. Of two writers of the same rows one is refused by Delta's commit protocol and starts again on the
/// new snapshot.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) file_rows: Option<usize>,
    /// Tables as they were opened last, by path: opening one again reads only what was committed since.
    pub(crate) opened: Arc<Mutex<HashMap<String, Opened>>>,
    /// Commits of the tables that were looked at, by path: they never change.
    commits: Arc<Mutex<HashMap<String, Commits>>>,
    /// Rows of silver as they were read last.
    pub(crate) sources: Arc<Mutex<Option<Read>>>,
    /// Rows of silver as they stood at the instant that was asked about last.
    past_sources: Arc<Mutex<Option<Read>>>,
    /// What people were resolved from last.
    pub(crate) followed: Arc<Mutex<Option<Followed>>>,
    pub(crate) pages: Pages,
    /// The instant at which the tables are read; `None` is their newest versions, which only is written to.
    pub(crate) known_at: Option<Timestamp>,
}

impl Lake {
    /// A lake in a folder, which is made if it does not exist.
    ///
    /// # Errors
    /// The folder cannot be made or is no folder.
    pub fn local(path: impl AsRef<Path>) -> Result<Self> {
        let failed = |e: std::io::Error| {
            LakeError::Store(object_store::Error::Generic {
                store: "local",
                source: e.into(),
            })
        };
        std::fs::create_dir_all(&path).map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(path)?.with_automatic_cleanup(true);
        Ok(Self::new(Arc::new(Ordered(store))))
    }

    /// A lake below the root of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            file_rows: None,
            opened: Arc::default(),
            commits: Arc::default(),
            sources: Arc::default(),
            past_sources: Arc::default(),
            followed: Arc::default(),
            pages: Pages::default(),
            known_at: None,
        }
    }

    /// Sets how many rows a full file of any table holds, instead of what the models say.
    #[must_use]
    pub fn with_file_rows(mut self, rows: usize) -> Self {
        self.file_rows = Some(rows.max(1));
        self
    }

    /// The lake as it stood at an instant by the clock of the runs: what its readers answer then. Nothing is written
    /// through it.
    ///
    /// Its readers fail with [`LakeError::VersionGone`] when a table of that time can't be read any more; one that did not
    /// exist yet is empty.
    #[must_use]
    pub fn known_at(&self, at: Timestamp) -> Self {
        Self {
            sources: self.past_sources.clone(),
            known_at: Some(at),
            ..self.clone()
        }
    }
}

impl Lake {
    /// A table as it was opened last.
    pub(crate) fn remembered(&self, path: &str) -> Option<Opened> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.get(path).cloned()
    }

    /// Remembers a table, or forgets it.
    pub(crate) fn remember(&self, path: &str, table: Option<Opened>) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match table {
            Some(table) => opened.insert(path.to_owned(), table),
            None => opened.remove(path),
        };
    }
}

impl Lake {
    /// The commits of a table that are known, by version.
    pub(crate) fn commits(&self, path: &str) -> Commits {
        let commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.get(path).cloned().unwrap_or_default()
    }

    /// Remembers commits of a table.
    pub(crate) fn note_commits(&self, path: &str, found: &[CommitTime]) {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let known = commits.entry(path.to_owned()).or_default();
        known.extend(found.iter().map(|commit| (commit.version, *commit)));
    }

    /// Forgets the commits of a table, because they are in its log no longer.
    pub(crate) fn forget_commits(&self, path: &str) {
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.remove(path);
    }
}

/// Tries of a step that lost against another writer.
const TRIES: usize = 5;

/// Runs a step again on the new snapshot while it loses against other writers.
pub(crate) async fn on_newest<T, F: Future<Output = Result<T>>>(step: impl Fn() -> F) -> Result<T> {
    for _ in 1..TRIES {
        match step().await {
            Err(LakeError::Conflict { table }) => tracing::info!(
                table,
                "another writer committed first; the step starts again"
            ),
            result => return result,
        }
    }
    step().await
}
