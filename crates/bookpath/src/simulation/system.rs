//! One simulated process on a directory: the parts of `serve` without its server, its schedules and its clock.

use std::path::PathBuf;
use std::sync::Arc;

use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::Receiver;
use bookpath_app::lake::etl::Etl;
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_vendors::signature::SigningKey;

use super::trouble::{Carrier, SeededIds, Trouble};
use crate::environment::VendorApis;
use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::node::Node;
use crate::serve::timers::Runner;
use crate::serve::{receiver, recover};

/// An address at which nothing answers: no world calls a vendor, and none may reach the real ones.
const NOWHERE: &str = "http://127.0.0.1:9";
const KEY: &str = "simulation";

/// What outlives a process.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) dir: PathBuf,
    pub(super) rules: BusinessConfig,
    pub(super) clock: Arc<ProcessClock>,
    pub(super) ids: Arc<SeededIds>,
    pub(super) trouble: Arc<Trouble>,
    pub(super) carrier: Arc<Carrier>,
}

/// A process.
pub(super) struct System {
    pub(super) node: Node,
    pub(super) key: SigningKey,
    pub(super) receiver: Receiver,
    pub(super) runner: Runner,
    pub(super) etl: Etl,
}

impl System {
    /// Starts as `serve` does: repairs what the process before it left, and takes over its work.
    pub(super) async fn start(around: &Surroundings) -> Result<Self, Failure> {
        let mut node = Node::on(&around.dir, around.rules.clone())?;
        node.clock = around.clock.clone();
        node.ids = around.ids.clone();
        node.faults = around.trouble.clone();
        node.texts = around.carrier.clone();
        recover(&node).await?;
        let keys = SigningKey::list(Vendor::Calendly, KEY).map_err(Failure::new)?;
        let key = keys
            .first()
            .cloned()
            .ok_or_else(|| Failure::new("there is no key to sign with"))?;
        let receiver = receiver(&node, VendorKeys::default().with(Vendor::Calendly, keys));
        let etl = node.etl()?;
        let runner = Runner::new(&node, etl.clone(), &VendorApis::nowhere(NOWHERE))?;
        runner.business().take_over(ETL_WAIT).await?;
        Ok(Self {
            node,
            key,
            receiver,
            runner,
            etl,
        })
    }
}
