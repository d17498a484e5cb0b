//! The schedules of `serve` on the system's clock: cron(0 2 * * ? *) in UTC, and the short interval.

use std::time::Duration;

use bookpath_app::ports::Clock as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::node::Node;
use crate::runner::Runner;
use crate::worker::stopped;

const TICK: Duration = Duration::from_secs(1);
const DAY_S: i64 = 86_400;
/// 02:00 UTC (S0-18, X17).
const NIGHTLY_S: i64 = 2 * 3_600;

/// Starts runs when they are due and drives what waits, until the process stops.
pub(crate) async fn run(node: Node, runner: Runner, mut stop: watch::Receiver<bool>) {
    let mut last_interval = None;
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(TICK) => {}
        }
        if let Err(error) = tick(&node, &runner, &mut last_interval).await {
            tracing::warn!(%error, "the schedule will try again");
        }
    }
}

async fn tick(node: &Node, runner: &Runner, last_interval: &mut Option<i64>) -> Result<(), Failure> {
    let now = node.clock.now();
    if !node.clock.is_set() {
        let night = last_nightly(now);
        // The id names the night, so two processes and a restart start it once; a missed night is made up for.
        runner.start_etl(&format!("nightly-{}", night.strftime("%Y-%m-%d")), now, false, true).await?;
        let interval_s = i64::from(node.rules.etl.interval_seconds);
        if interval_s > 0 {
            let slot = now.as_second() / interval_s;
            if *last_interval != Some(slot) && last_interval.is_some() {
                runner.start_etl(&format!("interval-{interval_s}-{slot}"), now, false, false).await?;
            }
            *last_interval = Some(slot);
        }
    }
    if runner.next_due().await?.is_some_and(|due| due <= now) {
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
            assert_eq!(last_nightly(now.parse().unwrap()), night.parse().unwrap(), "{now}");
        }
    }
}
