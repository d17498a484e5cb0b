//! Executions of the state machines, durable in the store.
//!
//! An execution is stored before and after every call, so a crash repeats at most the call that was at
//! work; every function names its own idempotency key. Waits are on the clock of the process.

mod functions;

use std::collections::BTreeMap;
use std::sync::Arc;

use bookpath_asl::{Execution, LoadError, Machine, Outcome, Step, TaskCall, TaskFailure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::operators::notifications::{Notification, notify};
use crate::ports::{
    CallError, Clock, Commit, Expect, IndexKey, Item, ItemKey, Query, Range, Store, StoreError,
    Waits, Write,
};

pub use functions::{EtlFunctions, FollowUpFunction};

/// `statemachines/etl.asl.json`.
pub const ETL: &str = "etl";
const ETL_ASL: &str = include_str!("../../../../statemachines/etl.asl.json");
/// `statemachines/follow_up.asl.json`.
pub const FOLLOW_UP: &str = "follow_up";
const FOLLOW_UP_ASL: &str = include_str!("../../../../statemachines/follow_up.asl.json");

const OPEN: &str = "executions#open";
const ENDED: &str = "executions#ended";
/// Ended executions of a machine that are kept. More than the short intervals of a day, so that no nightly one is
/// started again.
const ENDED_MAX: usize = 1000;

/// The functions that tasks call.
#[async_trait::async_trait]
pub trait Functions: Send + Sync {
    /// Calls a function by the name of its deployment.
    async fn call(&self, name: &str, payload: Value) -> Result<Value, TaskFailure>;
}

/// A stored execution and the machine it runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    machine: String,
    execution: Execution,
}

/// The machines of this release and where their executions are stored.
pub struct Machines {
    definitions: BTreeMap<&'static str, Machine>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Machines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machines").finish_non_exhaustive()
    }
}

impl Machines {
    /// The machines of this release.
    ///
    /// # Errors
    /// A machine that this runner can't run: a bug that a test finds.
    pub fn load(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Result<Self, LoadError> {
        let names = [
            "RefineSilverFunction",
            "ComputeGoldFunction",
            "PublishCatalogFunction",
            "FollowUpFunction",
            "NotificationsTopic",
            "SparkJob",
        ];
        let substitutions = names.into_iter().map(|name| (name, name)).collect();
        let load = |asl| Machine::load(asl, &substitutions);
        let definitions =
            BTreeMap::from([(ETL, load(ETL_ASL)?), (FOLLOW_UP, load(FOLLOW_UP_ASL)?)]);
        Ok(Self {
            definitions,
            store,
            clock,
        })
    }

    /// Starts an execution; starting it again under the same id changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn start(
        &self,
        machine: &'static str,
        id: &str,
        input: Value,
    ) -> Result<(), StoreError> {
        let known = self.machine(machine)?;
        let row = Row {
            machine: machine.to_owned(),
            execution: known.start(id.to_owned(), input, self.clock.now()),
        };
        match self.save(&row, Expect::Absent).await {
            Err(StoreError::Conflict(_)) => Ok(()),
            other => other,
        }
    }

    /// How an execution ended; `None` while it runs or waits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outcome(&self, id: &str) -> Result<Option<Outcome>, StoreError> {
        let Some(item) = self.store.get(&key(id)).await? else {
            return Ok(None);
        };
        let row: Row = item.read()?;
        Ok(match self.machine(&row.machine)?.step(&row.execution) {
            Step::Ended(outcome) => Some(outcome),
            Step::Call { .. } | Step::Wait { .. } => None,
        })
    }

    /// When the next execution is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let page = self.store.query(&Query::index(OPEN, 1)).await?;
        Ok(page.items.first().and_then(due_of))
    }

    async fn save(&self, row: &Row, expect: Expect) -> Result<(), StoreError> {
        let execution = &row.execution;
        let due = match self.machine(&row.machine)?.step(execution) {
            Step::Call { due_at, .. } => Some(due_at),
            Step::Wait { until } => Some(until),
            Step::Ended(_) => None,
        };
        let ended = format!("{ENDED}#{}", row.machine);
        let (partition, at) = due.map_or((ended.as_str(), execution.entered_at), |due| (OPEN, due));
        let index = Some(IndexKey {
            partition: partition.to_owned(),
            sort: sort_key(at, &execution.id),
        });
        let mut writes = vec![
            Write::put(key(&execution.id), index, row, expect)?,
            Write::Count {
                counter: "machine_transitions",
                by: 1,
            },
        ];
        if due.is_none() {
            let newest = Query {
                descending: true,
                ..Query::index(ended, ENDED_MAX + 20)
            };
            let old = self
                .store
                .query(&newest)
                .await?
                .items
                .into_iter()
                .skip(ENDED_MAX);
            writes.extend(old.map(|item| Write::Delete {
                key: item.key,
                expect: Expect::Any,
            }));
        }
        self.store.commit(Commit::new(writes)).await
    }

    fn machine(&self, name: &str) -> Result<&Machine, StoreError> {
        self.definitions
            .get(name)
            .ok_or_else(|| StoreError::Corrupt(format!("no state machine is called `{name}`")))
    }
}

#[async_trait::async_trait]
impl Waits for Machines {
    async fn start(&self, id: &str, input: Value) -> Result<(), CallError> {
        self.start(FOLLOW_UP, id, input)
            .await
            .map_err(|e| CallError::transient(e.to_string()))
    }
}

/// Drives executions. One driver at a time: callers hold the driver's lock.
pub struct Driver {
    machines: Arc<Machines>,
    functions: Arc<dyn Functions>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl Driver {
    /// A driver of these machines, whose tasks call these functions.
    #[must_use]
    pub fn new(machines: Arc<Machines>, functions: Arc<dyn Functions>) -> Self {
        Self {
            machines,
            functions,
        }
    }

    /// Runs everything that is due now, in order of its due time, until nothing is.
    ///
    /// # Errors
    /// [`StoreError`]; what was begun goes on with the next call.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut steps = 0;
        loop {
            let to = Some(sort_key(self.machines.clock.now(), "\u{10ffff}"));
            let range = Range::Index {
                partition: OPEN.to_owned(),
                from: None,
                to,
            };
            let page = self
                .machines
                .store
                .query(&Query {
                    range,
                    descending: false,
                    limit: 1,
                    after: None,
                })
                .await?;
            let Some(item) = page.items.into_iter().next() else {
                return Ok(steps);
            };
            self.advance(&item).await?;
            steps += 1;
        }
    }

    async fn advance(&self, item: &Item) -> Result<(), StoreError> {
        let row: Row = item.read()?;
        let machine = self.machines.machine(&row.machine)?;
        let answer = match machine.step(&row.execution) {
            Step::Ended(_) => {
                return self
                    .machines
                    .save(&row, Expect::Version(item.version))
                    .await;
            }
            Step::Wait { .. } => Ok(Value::Null),
            Step::Call {
                call: TaskCall::Function { name, payload, .. },
                ..
            } => self.functions.call(&name, payload).await,
            Step::Call {
                call: TaskCall::Notify {
                    subject, message, ..
                },
                ..
            } => self.notify(&row, subject, message).await,
            Step::Call {
                call: TaskCall::Job { name, .. },
                ..
            } => Err(TaskFailure {
                error: "ValidationError".to_owned(),
                cause: format!("{name} is a job of Glue, and this process has no Spark"),
            }),
        };
        if let Err(failure) = &answer {
            tracing::warn!(
                execution = row.execution.id,
                state = row.execution.state,
                error = failure.error,
                cause = failure.cause,
                "a step failed"
            );
        }
        let execution = machine.resume(row.execution, answer, self.machines.clock.now());
        self.machines
            .save(
                &Row {
                    machine: row.machine,
                    execution,
                },
                Expect::Version(item.version),
            )
            .await
    }

    /// Idempotency key: execution and state.
    async fn notify(
        &self,
        row: &Row,
        subject: Option<String>,
        message: Value,
    ) -> Result<Value, TaskFailure> {
        let id = format!(
            "{:.6}#{}#{}",
            row.execution.entered_at, row.execution.id, row.execution.state
        );
        let notification = Notification {
            at: self.machines.clock.now(),
            subject,
            message,
        };
        let told = notify(self.machines.store.as_ref(), &id, &notification).await;
        told.map_err(|e| TaskFailure {
            error: "TransientError".to_owned(),
            cause: e.to_string(),
        })?;
        Ok(json!({ "MessageId": id }))
    }
}

fn key(id: &str) -> ItemKey {
    ItemKey::new(format!("execution#{id}"), "row")
}

fn sort_key(due: Timestamp, id: &str) -> String {
    format!("{due:.6}#{id}")
}

fn due_of(item: &Item) -> Option<Timestamp> {
    item.index.as_ref()?.sort.split_once('#')?.0.parse().ok()
}
