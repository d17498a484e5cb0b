//! The state machines of a process, and everything that is due.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::bronze::publish::CONSUMER;
use bookpath_app::lake::etl::Etl;
use bookpath_app::ports::{Clock as _, EventLog as _, LakeFailure};
use bookpath_app::workflows::machines::{
    Driver, ETL, EtlFunctions, FollowUpFunction, Functions, Machines,
};
use bookpath_asl::{Outcome, TaskFailure};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::lock::FileLock;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::environment::VendorApis;
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::meter::Meter;
use crate::node::Node;
use crate::serve::business::Business;
use crate::serve::consume_bronze;

/// The lock of whoever drives executions.
const DRIVER_LOCK: &str = "state-machines";
/// A batch that fails comes again after this time.
const BACK_OFF: Duration = Duration::from_millis(100);
/// Tries of a drain before it gives up on a storage that keeps failing.
const DRAIN_TRIES: usize = 50;

/// Drives the machines on one directory.
#[derive(Clone)]
pub(crate) struct Runner {
    node: Node,
    business: Business,
    machines: Arc<Machines>,
    driver: Arc<Driver>,
}

/// Why a requested ETL run has no report.
#[derive(Debug)]
pub(crate) enum RunFailure {
    /// It ended so.
    Ended { error: String, cause: String },
    /// It waits for a later instant, to try again.
    Waiting(Timestamp),
    /// The store failed.
    Store(Failure),
}

impl<E: Into<Failure>> From<E> for RunFailure {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Every function of the machines; those of the ETL under its lock: the command line may run at the same time.
struct Deployed {
    etl: EtlFunctions,
    follow_up: FollowUpFunction,
    clock: Arc<ProcessClock>,
    meter: Arc<Meter>,
    dir: PathBuf,
}

#[async_trait]
impl Functions for Deployed {
    async fn call(&self, name: &str, payload: Value) -> Result<Value, TaskFailure> {
        if name == "FollowUpFunction" {
            let began = self.clock.monotonic();
            let answer = self.follow_up.call(payload).await;
            self.meter
                .invocation(self.clock.monotonic().saturating_sub(began));
            return answer;
        }
        let busy = |e| TaskFailure {
            error: LakeFailure::Transient(String::new())
                .error_type()
                .to_owned(),
            cause: format!("{e}"),
        };
        let _exclusive = FileLock::take(&self.dir, ETL_LOCK, ETL_WAIT)
            .await
            .map_err(busy)?;
        self.etl.call(name, payload).await
    }
}

impl Runner {
    /// A runner of this release's machines.
    pub(crate) fn new(node: &Node, etl: Etl, apis: &VendorApis) -> Result<Self, Failure> {
        let machines = Arc::new(
            Machines::load(node.database.clone(), node.clock.clone()).map_err(Failure::of)?,
        );
        let business = Business::new(node, machines.clone(), apis)?;
        let etl = EtlFunctions::new(etl, &node.rules);
        let follow_up = FollowUpFunction {
            performer: business.performer.clone(),
        };
        let functions = Arc::new(Deployed {
            etl,
            follow_up,
            clock: node.clock.clone(),
            meter: node.meter.clone(),
            dir: node.dir.clone(),
        });
        let driver = Arc::new(Driver::new(machines.clone(), functions));
        Ok(Self {
            node: node.clone(),
            business,
            machines,
            driver,
        })
    }

    /// The business side of this process.
    pub(crate) fn business(&self) -> &Business {
        &self.business
    }

    /// Starts the ETL machine; under a known id nothing happens.
    pub(crate) async fn start_etl(
        &self,
        id: &str,
        as_of: Timestamp,
        rebuild: bool,
        maintain: bool,
    ) -> Result<(), Failure> {
        let input = json!({ "as_of": as_of, "rebuild": rebuild, "maintain": maintain });
        Ok(self.machines.start(ETL, id, input).await?)
    }

    /// Runs every step that is due.
    pub(crate) async fn run_due(&self) -> Result<usize, Failure> {
        let _exclusive = FileLock::take(&self.node.dir, DRIVER_LOCK, ETL_WAIT).await?;
        Ok(self.driver.run_due().await?)
    }

    /// When the next step of a machine is due.
    pub(crate) async fn next_step(&self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.machines.next_due().await?)
    }

    /// When the next step or effect is due.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        let (step, effect) = (self.next_step().await?, self.business.next_due().await?);
        Ok(step.into_iter().chain(effect).min())
    }

    /// Processes every delivery, effect and wait that is due at the present clock.
    pub(crate) async fn drain(&self) -> Result<(), Failure> {
        let mut failures = 0;
        loop {
            match self.round().await {
                Ok(0)
                    if self.node.database.backlog(CONSUMER).await? == 0
                        && self.business.backlog().await? == 0 =>
                {
                    return Ok(self.node.meter.flush(&self.node).await?);
                }
                Ok(_) => {}
                Err(error) if failures >= DRAIN_TRIES => return Err(error),
                Err(_) => {
                    failures += 1;
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }

    /// Lets every consumer do what it can now; how many effects and steps there were.
    async fn round(&self) -> Result<usize, Failure> {
        consume_bronze::catch_up(&self.node, ETL_WAIT).await?;
        self.business.react(ETL_WAIT).await?;
        Ok(self.business.perform(ETL_WAIT).await? + self.run_due().await?)
    }

    /// Runs the ETL machine to its end and returns what it did per table.
    pub(crate) async fn etl(
        &self,
        id: &str,
        as_of: Timestamp,
        rebuild: bool,
    ) -> Result<Value, RunFailure> {
        self.start_etl(id, as_of, rebuild, false).await?;
        loop {
            self.run_due().await?;
            match self.machines.outcome(id).await? {
                Some(Outcome::Succeeded { output }) => return Ok(report(&output)),
                Some(Outcome::Failed { error, cause }) => {
                    return Err(RunFailure::Ended { error, cause });
                }
                None => {
                    let due = self
                        .next_step()
                        .await?
                        .unwrap_or_else(|| self.node.clock.now());
                    if self.node.clock.is_set() {
                        return Err(RunFailure::Waiting(due));
                    }
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }
}

fn report(output: &Value) -> Value {
    let mut tables = serde_json::Map::new();
    for step in ["/refine/report/tables", "/compute/report/tables"] {
        if let Some(Value::Object(of_step)) = output.pointer(step) {
            tables.extend(of_step.clone());
        }
    }
    json!({ "as_of": output["as_of"], "tables": tables })
}
