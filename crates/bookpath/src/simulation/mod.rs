//! The whole flow on a random world, with faults: webhooks, archive, bronze, bookings, texts, silver, gold.
//!
//! Everything is from the seed: the history, the instants at which webhooks arrive, which consumer works when, at which
//! point a step fails, and when the process ends and another one takes its place. The clock is simulated, so no step
//! waits. At the end the faults stop, and the tables must equal the naive model's.

mod checks;
mod system;
#[cfg(test)]
mod tests;
mod trouble;

use std::sync::{Arc, Mutex};

use bookpath_app::inbox::receipt::{ReceiptStatus, ReceiveError};
use bookpath_app::inbox::receive::receive;
use bookpath_app::ports::{Clock as _, RebuildScope};
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::lock::FileLock;
use bookpath_simulation::{Delivery, World};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::system::{Surroundings, System};
use self::trouble::{Carrier, SeededIds, Trouble};
use crate::bronze::catch_up;
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};

/// Rounds of work at one instant, or tries of one delivery, after which something is stuck.
const ROUNDS_MAX: usize = 1_000;
/// The world ends at most so long after its last delivery.
const AFTERWARDS_S: i64 = 40 * 86_400;

/// How much was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Played {
    pub(crate) deliveries: u64,
    /// Steps that were made to fail.
    pub(crate) faults: u64,
    /// How often the process ended and another one took its place.
    pub(crate) restarts: u64,
    pub(crate) runs: u64,
}

impl Played {
    pub(crate) fn add(&mut self, other: &Self) {
        self.deliveries += other.deliveries;
        self.faults += other.faults;
        self.restarts += other.restarts;
        self.runs += other.runs;
    }
}

/// Plays the world of a seed in a folder of its own.
///
/// # Errors
/// What came out wrong.
pub(crate) async fn play(seed: u64, played: &mut Played) -> Result<(), Failure> {
    play_world(seed, &World::random(seed), played).await
}

async fn play_world(seed: u64, world: &World, played: &mut Played) -> Result<(), Failure> {
    let dir = tempfile::Builder::new()
        .prefix("bookpath-simulate-")
        .tempdir()?;
    let mut rng = Rng::with_seed(seed);
    let trouble = Arc::new(Trouble::new(rng.fork()));
    let start = world.deliveries.iter().map(|delivery| delivery.at).min();
    let around = Surroundings {
        dir: dir.path().to_owned(),
        rules: BusinessConfig::from_toml(&world.config).map_err(Failure::new)?,
        clock: Arc::new(ProcessClock::set_at(start.unwrap_or_default())),
        ids: Arc::new(SeededIds(Mutex::new(rng.fork()))),
        trouble: trouble.clone(),
        carrier: Arc::new(Carrier::default()),
    };
    let mut player = Player {
        system: System::start(&around).await?,
        around,
        rng,
        played,
    };
    let outcome = player.live(world).await;
    player.played.faults = trouble.faults();
    outcome
}

/// One part of the work of a process.
#[derive(Debug, Clone, Copy)]
enum Step {
    Bronze,
    React,
    Perform,
    Machines,
}

const STEPS: [Step; 4] = [Step::Bronze, Step::React, Step::Perform, Step::Machines];

struct Player<'a> {
    around: Surroundings,
    system: System,
    rng: Rng,
    played: &'a mut Played,
}

impl Player<'_> {
    async fn live(&mut self, world: &World) -> Result<(), Failure> {
        let mut deliveries: Vec<&Delivery> = world.deliveries.iter().collect();
        deliveries.sort_by_key(|delivery| delivery.at);
        let mut last = self.now();
        for delivery in deliveries {
            self.advance(delivery.at).await?;
            self.deliver(delivery).await?;
            last = delivery.at;
            let mut steps = STEPS;
            self.rng.shuffle(&mut steps);
            // A consumer may lag behind the others.
            for step in steps {
                if self.rng.u8(..3) != 0 {
                    self.take(step).await?;
                }
            }
            if self.rng.u8(..12) == 0 {
                self.etl().await?;
            }
        }
        let end = last + SignedDuration::from_secs(self.rng.i64(0..AFTERWARDS_S));
        self.advance(end).await?;
        self.around.trouble.stop();
        self.system.runner.drain().await?;
        checks::all(&self.around, &self.system, world).await
    }

    fn now(&self) -> Timestamp {
        self.around.clock.now()
    }

    /// Moves the clock; what is due in between is done at its own instant.
    async fn advance(&mut self, to: Timestamp) -> Result<(), Failure> {
        for _ in 0..ROUNDS_MAX {
            let due = self.system.runner.next_due().await?;
            let Some(due) = due.filter(|due| *due <= to) else {
                return self.around.clock.move_to(to).map_err(Failure::new);
            };
            if due > self.now() {
                self.around.clock.move_to(due).map_err(Failure::new)?;
            }
            for step in STEPS {
                self.take(step).await?;
            }
        }
        Err(stuck(format!("the work of {}", self.now())))
    }

    /// Posts a delivery as Calendly does: again until it is accepted.
    async fn deliver(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        self.played.deliveries += 1;
        let body = delivery.body.to_string().into_bytes();
        for _ in 0..ROUNDS_MAX {
            let before = self.around.trouble.faults();
            let signed = self.system.key.timed(self.now().as_second(), &body);
            let header =
                |name: &str| (name == "calendly-webhook-signature").then(|| signed.clone());
            let answer = receive(
                &self.system.receiver,
                Vendor::Calendly,
                "local",
                &header,
                &body,
            )
            .await;
            match answer {
                Ok(receipt) => {
                    return match receipt.status {
                        ReceiptStatus::Accepted | ReceiptStatus::Duplicate => Ok(()),
                        other => Err(wrong(format!(
                            "a webhook was answered `{}`: {}",
                            other.as_str(),
                            delivery.body
                        ))),
                    };
                }
                Err(ReceiveError::Storage(_)) if self.around.trouble.faults() > before => {
                    self.replace_what_ended().await?;
                }
                Err(error) => return Err(wrong(format!("a webhook was refused: {error}"))),
            }
        }
        Err(stuck("a webhook".to_owned()))
    }

    async fn take(&mut self, step: Step) -> Result<(), Failure> {
        let before = self.around.trouble.faults();
        let (node, runner) = (&self.system.node, &self.system.runner);
        let done = match step {
            Step::Bronze => catch_up(node, ETL_WAIT).await.map(drop),
            Step::React => runner.business().react(ETL_WAIT).await.map(drop),
            Step::Perform => runner.business().perform(ETL_WAIT).await.map(drop),
            Step::Machines => runner.run_due().await.map(drop),
        };
        match done {
            // No fault was injected here.
            Err(error) if self.around.trouble.faults() == before => {
                Err(wrong(format!("{step:?} failed: {error}")))
            }
            _ => self.replace_what_ended().await,
        }
    }

    /// Runs the ETL, or only its first half before the process ends.
    async fn etl(&mut self) -> Result<(), Failure> {
        self.played.runs += 1;
        let now = self.now();
        let lock = FileLock::take(&self.around.dir, ETL_LOCK, ETL_WAIT).await?;
        let etl = &self.system.etl;
        let refined = etl.refine(now, &RebuildScope::Nothing).await;
        refined.map_err(|error| wrong(format!("refine failed: {error}")))?;
        if self.rng.u8(..4) == 0 {
            drop(lock);
            return self.restart().await;
        }
        let computed = etl.compute(now, &RebuildScope::Nothing).await;
        computed.map_err(|error| wrong(format!("compute failed: {error}")))?;
        Ok(())
    }

    async fn replace_what_ended(&mut self) -> Result<(), Failure> {
        if self.around.trouble.ended() {
            self.restart().await?;
        }
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Failure> {
        for _ in 0..ROUNDS_MAX {
            self.played.restarts += 1;
            self.around.trouble.begin();
            let before = self.around.trouble.faults();
            match System::start(&self.around).await {
                Ok(system) => {
                    self.system = system;
                    return Ok(());
                }
                Err(error) if self.around.trouble.faults() == before => return Err(error),
                Err(_) => {}
            }
        }
        Err(stuck("a restart".to_owned()))
    }
}

fn wrong(what: String) -> Failure {
    Failure::Failed(what)
}

fn stuck(what: String) -> Failure {
    wrong(format!("{what} is not done after {ROUNDS_MAX} rounds"))
}
