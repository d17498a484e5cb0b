//! Runs the sweep every five minutes and the reconciliation every day.

use std::time::Duration;

use bookpath_app::bookings::reconcile::reports;
use bookpath_app::ports::Clock as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::business::Business;
use crate::failure::Failure;
use crate::node::Node;
use crate::serve::shutdown::stopped;

const TICK: Duration = Duration::from_secs(10);
/// Seconds between two sweeps.
const SWEEP_S: i64 = 300;
/// The reconciliation's time of day in UTC, after the nightly run: 03:00.
const RECONCILE_S: i64 = 3 * 3_600;
const DAY_S: i64 = 86_400;
/// How long a sweep waits for another process's sweep. That one does the same work, so a longer wait is of no use.
const WAIT: Duration = Duration::from_secs(1);

/// Sweeps and reconciles until the process stops. Under a set clock no schedule runs.
///
/// A Calendly that this process plays sends no webhooks, so it is polled for cancellations.
pub(crate) async fn run(
    node: Node,
    business: Business,
    plays_calendly: bool,
    mut stop: watch::Receiver<bool>,
) {
    let mut last_slot: Option<i64> = None;
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(TICK) => {}
        }
        if node.clock.is_set() {
            continue;
        }
        if plays_calendly {
            tell("cancellations", business.hear_of_cancellations().await);
        }
        let now = node.clock.now();
        let slot = now.as_second() / SWEEP_S;
        if last_slot.is_some_and(|last| last != slot) {
            tell("sweep", business.sweep(WAIT).await.map(drop));
        }
        last_slot = Some(slot);
        tell("reconciliation", daily(&node, &business, now).await);
    }
}

fn tell(what: &str, result: Result<(), Failure>) {
    if let Err(error) = result {
        tracing::warn!(%error, what, "a task failed and will be tried again");
    }
}

/// Reconciles once after every 03:00 UTC. The newest report in the store tells whether it is done, also after a restart.
async fn daily(node: &Node, business: &Business, now: Timestamp) -> Result<(), Failure> {
    let (newest, _) = reports(node.database.as_ref(), 1, None).await?;
    if newest
        .first()
        .is_some_and(|report| report.at >= last_time(now))
    {
        return Ok(());
    }
    business.reconcile().await
}

/// The newest 03:00 UTC that is not after `now`.
fn last_time(now: Timestamp) -> Timestamp {
    let since = (now.as_second() - RECONCILE_S).rem_euclid(DAY_S);
    Timestamp::from_second(now.as_second()).unwrap_or(now) - SignedDuration::from_secs(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_o_clock_utc() {
        for (now, time) in [
            ("2026-03-05T02:59:59.5Z", "2026-03-04T03:00:00Z"),
            ("2026-03-05T03:00:00Z", "2026-03-05T03:00:00Z"),
        ] {
            assert_eq!(
                last_time(now.parse().unwrap()),
                time.parse().unwrap(),
                "{now}"
            );
        }
    }
}
