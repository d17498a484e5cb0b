//! Starts the ETL at 02:00 UTC and at every interval, runs the machines' due steps, and checkpoints once a minute.

use std::time::Duration;

use bookpath_app::inbox::consumers::{REACT, WRITE_BRONZE};
use bookpath_app::ports::{Clock as _, StoreError};
use bookpath_app::privacy::drop_noted;
use bookpath_platform_local::recovery::{SYNCED, checkpoint_raw};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::node::Node;
use crate::serve::shutdown::stopped;
use crate::serve::timers::{EtlInput, Runner};

const TICK: Duration = Duration::from_secs(1);
/// Between two syncs of the raw archive.
const CHECKPOINT: Duration = Duration::from_secs(60);
/// Expired items that one checkpoint removes at most, because other writes wait for it.
const PURGE_MAX: usize = 10_000;
const DAY_S: i64 = 86_400;
/// The nightly run's time of day in UTC: 02:00 (S0-18, X17).
const NIGHTLY_S: i64 = 2 * 3_600;

/// Starts runs and steps when they are due, until the process stops.
pub(crate) async fn run(node: Node, runner: Runner, mut stop: watch::Receiver<bool>) {
    let mut started = Started::default();
    let mut last_checkpoint = Duration::ZERO;
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = tokio::time::sleep(TICK) => {}
        }
        if node.clock.monotonic().saturating_sub(last_checkpoint) >= CHECKPOINT {
            last_checkpoint = node.clock.monotonic();
            checkpoint(&node).await;
        }
        if let Err(error) = tick(&node, &runner, &mut started).await {
            tracing::warn!(%error, "the schedule will try again");
        }
    }
    checkpoint(&node).await;
}

async fn checkpoint(node: &Node) {
    if let Err(error) = checkpoint_raw(&node.database, &node.objects).await {
        tracing::warn!(%error, "the raw archive could not be synced; the log still holds it");
    }
    if let Err(error) = node.database.trim_log(&[WRITE_BRONZE, REACT, SYNCED]).await {
        tracing::warn!(%error, "the log could not be trimmed");
    }
    if let Err(error) = node.flush_meter().await {
        tracing::warn!(%error, "what was metered could not be added up");
    }
    if let Err(error) = node
        .database
        .purge_expired(node.clock.now(), PURGE_MAX)
        .await
    {
        tracing::warn!(%error, "expired items could not be removed");
    }
    if let Err(error) = forget_late(node).await {
        tracing::warn!(%error, "what came late of erased people is still in the database's log");
    }
}

/// A delivery that comes late about somebody who was erased is emptied at once and its record trimmed, but the database's
/// log still holds the pages from before (X60).
async fn forget_late(node: &Node) -> Result<(), StoreError> {
    if drop_noted(node.database.as_ref(), node.objects.as_ref()).await? > 0 {
        node.database.truncate_wal()?;
    }
    Ok(())
}

/// The newest runs that this process has started.
#[derive(Debug, Default)]
struct Started {
    night: Option<Timestamp>,
    /// The interval's number since 1970. In the interval in which the process starts, no run is started.
    interval: Option<i64>,
}

async fn tick(node: &Node, runner: &Runner, started: &mut Started) -> Result<(), Failure> {
    let now = node.clock.now();
    if !node.clock.is_set() {
        let night = last_nightly(now);
        // The id names the night, so several processes and a restart start it once. A night that was missed is run late.
        if started.night != Some(night) {
            let id = format!("nightly-{}", night.strftime("%Y-%m-%d"));
            let whole = EtlInput {
                maintain: true,
                ..EtlInput::scheduled(now)
            };
            runner.start_etl(&id, &whole).await?;
            started.night = Some(night);
        }
        let interval_s = i64::from(node.rules.etl.interval_seconds);
        if interval_s > 0 {
            let slot = now.as_second() / interval_s;
            if started.interval.is_some_and(|last| last != slot) {
                let id = format!("interval-{interval_s}-{slot}");
                runner.start_etl(&id, &EtlInput::scheduled(now)).await?;
            }
            started.interval = Some(slot);
        }
    }
    if runner.next_step().await?.is_some_and(|due| due <= now) {
        runner.run_due().await?;
    }
    Ok(())
}

/// The newest 02:00 UTC that is not after `now`.
fn last_nightly(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    let since = (seconds - NIGHTLY_S).rem_euclid(DAY_S);
    Timestamp::from_second(seconds).unwrap_or(now) - SignedDuration::from_secs(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_two_o_clock_utc() {
        for (now, night) in [
            ("2026-03-05T01:59:59.5Z", "2026-03-04T02:00:00Z"),
            ("2026-03-05T02:00:00Z", "2026-03-05T02:00:00Z"),
            ("2026-03-05T23:00:00Z", "2026-03-05T02:00:00Z"),
        ] {
            assert_eq!(
                last_nightly(now.parse().unwrap()),
                night.parse().unwrap(),
                "{now}"
            );
        }
    }
}
