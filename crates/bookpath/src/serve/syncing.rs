//! Starts the syncs: Calendly's every four hours (S1-44), the others' every night before the ETL (S3-122).

use std::collections::BTreeMap;
use std::time::Duration;

use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::ports::Clock as _;
use bookpath_app::sync::caretaker::CareReport;
use bookpath_app::sync::runs;
use bookpath_domain::Vendor;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::environment::{self, VendorApis};
use crate::failure::Failure;
use crate::node::Node;
use crate::serve::shutdown::stopped;
use crate::syncs::{Syncs, subscriptions};

const TICK: Duration = Duration::from_secs(10);
const CALENDLY_S: i64 = 4 * 3_600;
const DAY_S: i64 = 86_400;
/// The time of day of the nightly syncs in UTC: 01:30, so that the run of 02:00 has what they found.
const NIGHTLY_S: i64 = 5_400;
/// How long a vendor that failed is left alone. Within a run its calls were tried again already.
const LEFT_ALONE: Duration = Duration::from_mins(15);
/// How long a run waits for another process's run. That one does the same work.
const WAIT: Duration = Duration::from_secs(1);
/// Runs of all vendors among which the newest of each is.
const RUNS: usize = 50;

/// Between two looks at the vendors' subscriptions.
const WATCH: Duration = Duration::from_mins(10);

/// What is synced and watched.
#[derive(Clone)]
pub(crate) struct Syncing {
    pub(crate) syncs: Syncs,
    apis: VendorApis,
    /// The vendors that are real.
    vendors: Vec<Vendor>,
    /// The receiver's.
    keys: VendorKeys,
    /// The keys are the demo's, which no file holds.
    made_up: bool,
}

impl Syncing {
    /// Syncs with the vendors that this process does not play; `made_up` says that the keys are the demo's.
    pub(crate) fn new(syncs: Syncs, apis: VendorApis, keys: VendorKeys, made_up: bool) -> Self {
        let real = [
            (Vendor::Calendly, !apis.calendly_sandbox),
            (Vendor::Close, !apis.close_sandbox),
            (Vendor::Typeform, !apis.typeform_sandbox),
            (Vendor::Stripe, !apis.stripe_sandbox),
        ];
        let vendors = real
            .into_iter()
            .filter_map(|(vendor, real)| real.then_some(vendor));
        Self {
            syncs,
            vendors: vendors.collect(),
            apis,
            keys,
            made_up,
        }
    }

    /// Takes over the keys that were kept since, so that a new subscription's webhooks are accepted.
    fn renew_keys(&self, node: &Node) {
        match environment::vendor_keys(&node.dir) {
            Ok(keys) if !self.made_up => self.keys.replace(&keys),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the signing keys stay as they are"),
        }
    }

    /// Checks every subscription. Without a public address there are none. A renewed signing key is used at once.
    pub(crate) async fn watch(&self, node: &Node) -> CareReport {
        let mut care = CareReport::default();
        for vendor in &self.vendors {
            let Some(url) = environment::webhook_url(*vendor) else {
                care.skipped.push(*vendor);
                continue;
            };
            let watched = async {
                let api = subscriptions(node, &self.apis, *vendor)?;
                self.syncs.watch(api.as_ref(), *vendor, &url).await
            };
            match watched.await {
                Ok(report) => care.syncs.extend(report),
                Err(error) => {
                    tracing::warn!(%error, %vendor, "the subscription can't be looked at");
                    care.unanswered.push(*vendor);
                }
            }
        }
        self.renew_keys(node);
        care
    }
}

/// Syncs until the process stops. Under a set clock no schedule runs.
pub(crate) async fn run(node: Node, syncing: Syncing, mut stop: watch::Receiver<bool>) {
    let mut watched: Option<Duration> = None;
    let mut failed: BTreeMap<Vendor, Duration> = BTreeMap::new();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(TICK) => {}
        }
        syncing.renew_keys(&node);
        if node.clock.is_set() {
            continue;
        }
        let moment = node.clock.monotonic();
        if watched.is_none_or(|at| moment.saturating_sub(at) >= WATCH) {
            watched = Some(moment);
            tokio::select! {
                () = stopped(&mut stop) => return,
                _ = syncing.watch(&node) => {}
            }
        }
        for vendor in &syncing.vendors {
            let moment = node.clock.monotonic();
            let rests = failed
                .get(vendor)
                .is_some_and(|at| moment.saturating_sub(*at) < LEFT_ALONE);
            if rests {
                continue;
            }
            // A run may take hours. A process that stops does not wait for it; the next process continues it.
            let ran = tokio::select! {
                () = stopped(&mut stop) => return,
                ran = due(&node, &syncing.syncs, *vendor) => ran,
            };
            match ran {
                Ok(()) => drop(failed.remove(vendor)),
                Err(error) => {
                    tracing::warn!(%error, %vendor, "the sync will be tried again");
                    failed.insert(*vendor, moment);
                }
            }
        }
    }
}

/// Syncs once after every time of a vendor's schedule. The newest run in the store tells whether it is done, also after a
/// restart; one that was stopped is gone on with.
async fn due(node: &Node, syncs: &Syncs, vendor: Vendor) -> Result<(), Failure> {
    let now = node.clock.now();
    let due = match vendor {
        Vendor::Calendly => last(now, 0, CALENDLY_S),
        _ => last(now, NIGHTLY_S, DAY_S),
    };
    let runs = runs(node.database.as_ref(), RUNS).await?;
    let newest = runs.iter().find(|run| run.vendor == vendor.as_str());
    if newest.is_some_and(|run| run.complete && run.started_at >= due) {
        return Ok(());
    }
    syncs.run(vendor, None, WAIT).await?;
    Ok(())
}

/// The newest instant that is not after `now` and lies `at` seconds after a multiple of `every` seconds.
fn last(now: Timestamp, at: i64, every: i64) -> Timestamp {
    let since = (now.as_second() - at).rem_euclid(every);
    Timestamp::from_second(now.as_second()).unwrap_or(now) - SignedDuration::from_secs(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_four_hours_and_half_past_one_in_the_night() {
        for (now, four, night) in [
            (
                "2026-03-05T07:59:00Z",
                "2026-03-05T04:00:00Z",
                "2026-03-05T01:30:00Z",
            ),
            (
                "2026-03-05T00:00:00Z",
                "2026-03-05T00:00:00Z",
                "2026-03-04T01:30:00Z",
            ),
        ] {
            let now = now.parse().unwrap();
            assert_eq!(last(now, 0, CALENDLY_S), four.parse().unwrap());
            assert_eq!(last(now, NIGHTLY_S, DAY_S), night.parse().unwrap());
        }
    }
}
