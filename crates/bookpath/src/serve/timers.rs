//! Drives the state machines: starts them, runs their steps when they are due, and waits for their end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::inbox::consumers::WRITE_BRONZE;
use bookpath_app::lake::etl::Etl;
use bookpath_app::ports::{Clock as _, EventLog as _, LakeFailure};
use bookpath_app::workflows::machines::{
    Driver, ETL, EtlFunctions, FollowUpFunction, Functions, Machines,
};
use bookpath_asl::{Outcome, TaskFailure};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::lock::FileLock;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::bronze::catch_up;
use crate::business::Business;
use crate::environment::VendorApis;
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::meter::Meter;
use crate::node::Node;
use crate::serve::sandbox::PlayedStripe;

/// Held while steps of executions run: one process at a time runs them.
const DRIVER_LOCK: &str = "state-machines";
/// The pause before a failed batch is tried again.
const BACK_OFF: Duration = Duration::from_millis(100);
/// A drain fails after so many failures of the storage.
const DRAIN_TRIES: usize = 50;

/// The state machines of one directory and the business beside them.
#[derive(Clone)]
pub(crate) struct Runner {
    node: Node,
    business: Business,
    machines: Arc<Machines>,
    driver: Arc<Driver>,
    /// The Stripe that this process plays: its events are deliveries on their way.
    stripe: Option<PlayedStripe>,
}

/// What an execution of the ETL machine is started with.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct EtlInput {
    pub(crate) as_of: Timestamp,
    pub(crate) rebuild: bool,
    pub(crate) maintain: bool,
    /// Nobody chose `as_of`: a run that another one has passed goes on from that one's instant and is not refused.
    pub(crate) scheduled: bool,
}

impl EtlInput {
    /// A run that nobody asked for.
    pub(crate) fn scheduled(as_of: Timestamp) -> Self {
        Self {
            as_of,
            rebuild: false,
            maintain: false,
            scheduled: true,
        }
    }
}

/// Why an ETL run has no report.
#[derive(Debug)]
pub(crate) enum RunFailure {
    /// The machine failed with this error and cause.
    Ended { error: String, cause: String },
    /// A step failed and is tried again at this instant, which a set clock does not reach by itself.
    Waiting(Timestamp),
    /// The store failed.
    Store(Failure),
}

impl<E: Into<Failure>> From<E> for RunFailure {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// The functions that the machines call. Those of the ETL run under its lock, because `bookpath etl` may run at the same
/// time.
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
    /// Loads this release's machines.
    pub(crate) fn new(node: &Node, etl: Etl, apis: &VendorApis) -> Result<Self, Failure> {
        let machines = Arc::new(
            Machines::load(node.database.clone(), node.clock.clone()).map_err(Failure::new)?,
        );
        let business = Business::new(node, machines.clone(), apis)?;
        let etl = EtlFunctions::new(etl, &node.rules).with_objects(node.objects.clone());
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
            stripe: None,
        })
    }

    /// With the Stripe that this process plays.
    #[must_use]
    pub(crate) fn with_stripe(mut self, stripe: Option<PlayedStripe>) -> Self {
        self.stripe = stripe;
        self
    }

    /// The business side of this process.
    pub(crate) fn business(&self) -> &Business {
        &self.business
    }

    /// Starts the ETL machine. An id that was used before starts nothing.
    pub(crate) async fn start_etl(&self, id: &str, input: &EtlInput) -> Result<(), Failure> {
        Ok(self.machines.start(ETL, id, json!(input)).await?)
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

    /// Processes every accepted delivery, every effect and every step that is due now, until there is none.
    pub(crate) async fn drain(&self) -> Result<(), Failure> {
        let mut failures = 0;
        loop {
            if let Some(stripe) = &self.stripe {
                stripe.settled().await;
            }
            match self.round().await {
                Ok(0)
                    if self.stripe.as_ref().is_none_or(PlayedStripe::is_settled)
                        && self.node.database.backlog(WRITE_BRONZE).await? == 0
                        && self.business.backlog().await? == 0 =>
                {
                    return Ok(self.node.flush_meter().await?);
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

    /// Runs every consumer once. Returns the number of effects and steps.
    async fn round(&self) -> Result<usize, Failure> {
        catch_up(&self.node, ETL_WAIT).await?;
        self.business.react(ETL_WAIT).await?;
        Ok(self.business.perform(ETL_WAIT).await? + self.run_due().await?)
    }

    /// Does the business's part of [`Runner::drain`]: bronze may come later.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        loop {
            self.business.react(ETL_WAIT).await?;
            let performed = self.business.perform(ETL_WAIT).await?;
            if performed + self.run_due().await? == 0 {
                return Ok(());
            }
        }
    }

    /// Runs the ETL machine to its end. The report says for each table what was read and written, as `bookpath etl --json`
    /// prints it.
    pub(crate) async fn etl(&self, id: &str, input: &EtlInput) -> Result<Value, RunFailure> {
        self.start_etl(id, input).await?;
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
    json!({ "as_of": output["refine"]["report"]["as_of"], "tables": tables })
}
