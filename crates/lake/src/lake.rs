//! The lake itself: where it lies, and what a run is given.

use std::path::Path;
use std::sync::Arc;

use bookpath_domain::config::BusinessConfig;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

use crate::delta::log::TableState;
use crate::error::{LakeError, Result};
use crate::schema::Table;
use crate::silver::file::Layout;
use crate::store::Store;

/// The bronze, silver and gold tables below one root: keys `bronze/..`, `silver/..`, `gold/..`, `state/..`.
///
/// One writer at a time; readers are free. A second writer is noticed and refused
/// ([`LakeError::ForeignCommit`]), not merged with.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) store: Store,
    pub(crate) url: Url,
    pub(crate) workers: usize,
    pub(crate) layout: Layout,
}

/// A bronze object to refine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BronzeObject {
    /// Relative to the lake's root: `bronze/calendly_events/channel=../date=../...`.
    pub key: String,
}

/// Business rules that shape the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct LakeRules {
    /// Zone of `booking_*` columns, months and ad-spend days (X16). A change needs a rebuild.
    pub reporting_timezone: TimeZone,
}

impl From<&BusinessConfig> for LakeRules {
    fn from(config: &BusinessConfig) -> Self {
        Self {
            reporting_timezone: config.reporting_timezone.clone(),
        }
    }
}

/// What one run of refine works on.
#[derive(Debug, Clone, Copy)]
pub struct RunInput<'a> {
    /// Number of the batch, growing. The caller assigns objects to it durably before the call; a number that was
    /// applied already is not applied again.
    pub batch: i64,
    /// The batch's objects; other vendors' objects are passed over. Once silver has rows, the rows that a batch touches
    /// are held in memory: keep batches below some 100,000 records, or rebuild.
    pub objects: &'a [BronzeObject],
    /// Business rules.
    pub rules: &'a LakeRules,
    /// Replaces the clock in every comparison. It hides no fact: everything known is used.
    pub as_of: Timestamp,
    /// The clock, for `processed_at` and the like.
    pub now: Timestamp,
}

/// Threads of a bulk run unless the caller says otherwise.
const WORKERS: usize = 2;

impl Lake {
    /// A lake in a folder, which is made if it does not exist.
    ///
    /// # Errors
    /// The folder cannot be made or is no folder.
    pub fn local(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        std::fs::create_dir_all(path).map_err(|e| {
            LakeError::Store(object_store::Error::Generic {
                store: "local",
                source: e.into(),
            })
        })?;
        let path = path.canonicalize().map_err(|e| {
            LakeError::Store(object_store::Error::Generic {
                store: "local",
                source: e.into(),
            })
        })?;
        let store = LocalFileSystem::new_with_prefix(&path)?;
        let url = Url::from_directory_path(&path)
            .map_err(|()| LakeError::internal("the lake's path is not absolute"))?;
        Ok(Self::new(Arc::new(store), url))
    }

    /// A lake below the root of `store`; `url` is what other programs call that root.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, url: Url) -> Self {
        let store = if url.scheme() == "file" {
            Store::local(store)
        } else {
            Store::remote(store)
        };
        Self {
            store,
            url,
            workers: WORKERS,
            layout: Layout::default(),
        }
    }

    /// Sets the threads of a bulk run (at least 1).
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Sets how new files of `silver.invitees` are laid out; existing files keep theirs.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// What other programs call the lake's root.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Version and files of a table from its log.
    pub(crate) async fn recover_table(&self, table: Table) -> Result<TableState> {
        crate::delta::recover::table_state(&self.store, table).await
    }
}
