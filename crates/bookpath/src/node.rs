//! One process on one directory: the adapters that commands and `serve` work with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bookpath_app::bronze::Publisher;
use bookpath_app::lake::etl::Etl;
use bookpath_app::lake::rebuild::Rebuilder;
use bookpath_app::ports::{
    Clock as _, Commit, Faults, Ids, NoFaults, RandomIds, Store as _, StoreError, TextSender,
};
use bookpath_domain::BusinessConfig;
use bookpath_platform_local::Database;
use bookpath_platform_local::carriers::LocalTexts;
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::objects::FileObjects;

use bookpath_lake::LakeRules;
use bookpath_lake::engine::Engine;

use crate::arguments::Common;
use crate::failure::Failure;
use crate::lake_engine::{self, DirectoryLock};
use crate::meter::{Meter, Totals};
use crate::rules;

/// The opened directory.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) dir: PathBuf,
    pub(crate) rules: Arc<BusinessConfig>,
    pub(crate) clock: Arc<ProcessClock>,
    pub(crate) database: Arc<Database>,
    pub(crate) objects: Arc<FileObjects>,
    pub(crate) faults: Arc<dyn Faults>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) texts: Arc<dyn TextSender>,
    pub(crate) meter: Arc<Meter>,
}

impl Node {
    /// Opens the directory on the system's clock, under the rules of its file.
    pub(crate) fn open(common: &Common) -> Result<Self, Failure> {
        Self::under(common, rules::read(common)?.config)
    }

    /// Opens the directory on the system's clock, under these rules.
    pub(crate) fn under(common: &Common, rules: BusinessConfig) -> Result<Self, Failure> {
        Self::on(&common.data, rules)
    }

    /// As [`Node::under`], of a directory that no arguments name.
    pub(crate) fn on(dir: &Path, rules: BusinessConfig) -> Result<Self, Failure> {
        let rules = Arc::new(rules);
        let database = Arc::new(Database::open(dir)?);
        let objects = Arc::new(FileObjects::new(dir.join("lake")));
        let clock = Arc::new(ProcessClock::system());
        Ok(Self {
            dir: dir.to_owned(),
            rules,
            clock,
            database,
            objects,
            faults: Arc::new(NoFaults),
            ids: Arc::new(RandomIds),
            texts: Arc::new(LocalTexts),
            meter: Arc::default(),
        })
    }

    /// Adds what was metered since the last call to the store's counters. A crash loses what was not added yet: a minute's.
    pub(crate) async fn flush_meter(&self) -> Result<(), StoreError> {
        let totals = Totals {
            store_reads: self.database.reads(),
            object_puts: self.objects.puts(),
            uptime: self.clock.monotonic(),
        };
        let writes = self.meter.take(totals);
        self.database.commit(Commit::new(writes)).await
    }

    /// The write-bronze use case on this directory.
    pub(crate) fn publisher(&self) -> Publisher {
        Publisher {
            rules: self.rules.clone(),
            store: self.database.clone(),
            objects: self.objects.clone(),
            faults: self.faults.clone(),
        }
    }

    /// The tables of this directory.
    pub(crate) fn lake(&self) -> Result<Engine, Failure> {
        lake_engine::open(&self.dir, LakeRules::from(self.rules.as_ref())).map_err(Failure::new)
    }

    /// What builds the tables again after an erasure.
    pub(crate) fn rebuilder(&self) -> Result<Rebuilder, Failure> {
        Ok(Rebuilder {
            etl: self.etl()?,
            lock: Arc::new(DirectoryLock(self.dir.clone())),
        })
    }

    /// The ETL on this directory. Callers hold the ETL lock while they run it.
    pub(crate) fn etl(&self) -> Result<Etl, Failure> {
        Ok(Etl {
            store: self.database.clone(),
            lake: Arc::new(self.lake()?),
            clock: self.clock.clone(),
            rules: self.rules.clone(),
            resolutions: None,
        })
    }
}
