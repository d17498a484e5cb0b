//! One process on one directory: the adapters and what every command needs of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bookpath_app::bronze::publish::Lander;
use bookpath_app::lake::etl::Etl;
use bookpath_app::ports::{Faults, NoFaults};
use bookpath_domain::BusinessConfig;
use bookpath_platform_local::Database;
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::objects::FileObjects;

use bookpath_lake::LakeRules;
use bookpath_lake::engine::Engine;

use crate::cli::arguments::Common;
use crate::failure::Failure;
use crate::lake_engine;
use crate::meter::Meter;

/// The opened directory.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) dir: PathBuf,
    pub(crate) rules: Arc<BusinessConfig>,
    pub(crate) clock: Arc<ProcessClock>,
    pub(crate) database: Arc<Database>,
    pub(crate) objects: Arc<FileObjects>,
    pub(crate) faults: Arc<dyn Faults>,
    pub(crate) meter: Arc<Meter>,
}

impl Node {
    /// Opens the directory on the system's clock.
    pub(crate) fn open(common: &Common) -> Result<Self, Failure> {
        Self::open_or(common, BusinessConfig::default())
    }

    /// Opens the directory; `defaults` are the rules where there is no file.
    pub(crate) fn open_or(common: &Common, defaults: BusinessConfig) -> Result<Self, Failure> {
        let rules = Arc::new(rules(common, defaults)?);
        let database = Arc::new(Database::open(&common.data)?);
        let objects = Arc::new(FileObjects::new(common.data.join("lake")));
        let clock = Arc::new(ProcessClock::system());
        Ok(Self {
            dir: common.data.clone(),
            rules,
            clock,
            database,
            objects,
            faults: Arc::new(NoFaults),
            meter: Arc::default(),
        })
    }

    /// The write-bronze use case on this directory.
    pub(crate) fn lander(&self) -> Lander {
        Lander {
            rules: self.rules.clone(),
            store: self.database.clone(),
            objects: self.objects.clone(),
            faults: self.faults.clone(),
        }
    }

    /// The tables of this directory.
    pub(crate) fn lake(&self) -> Result<Engine, Failure> {
        lake_engine::open(&self.dir, LakeRules::from(self.rules.as_ref())).map_err(Failure::of)
    }

    /// The ETL on this directory. Callers hold the ETL lock while they run it.
    pub(crate) fn etl(&self) -> Result<Etl, Failure> {
        Ok(Etl {
            store: self.database.clone(),
            lake: Arc::new(self.lake()?),
            clock: self.clock.clone(),
        })
    }
}

/// The business rules of `--config`, else of `./bookpath.toml`, else of `DIR/bookpath.toml`.
fn rules(common: &Common, defaults: BusinessConfig) -> Result<BusinessConfig, Failure> {
    let named = |path: &Path, error: String| Failure::Usage(format!("{}: {error}", path.display()));
    let path = match &common.config {
        Some(path) => path.clone(),
        None => match [
            PathBuf::from("bookpath.toml"),
            common.data.join("bookpath.toml"),
        ]
        .into_iter()
        .find(|path| path.is_file())
        {
            Some(path) => path,
            None => return Ok(defaults),
        },
    };
    let text = std::fs::read_to_string(&path).map_err(|e| named(&path, e.to_string()))?;
    BusinessConfig::from_toml(&text).map_err(|e| named(&path, e.to_string()))
}
