//! Stripe: its list of events, from where the last run began.
//!
//! An event is the body of its webhook. All of them are read and not only those that Stripe could not deliver: while an
//! endpoint is disabled, nothing is to be delivered there. Stripe keeps thirty days.

use bookpath_domain::Vendor;
use bookpath_vendors::{Parsed, parse};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bring::{self, BringOutcome};
use super::calls::Caller;
use super::place::SyncPlace;
use super::report::SyncReport;
use super::{Sync, SyncError};
use crate::inbox::found::Missed;
use crate::ports::{CallError, Expect, ItemKey, Write};

const VENDOR: Vendor = Vendor::Stripe;
/// How far a run reaches into the one before.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
/// What the list holds.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Events that are brought in at the same time.
const TOGETHER: usize = 64;

/// Where a run stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Log {
    since: Timestamp,
    /// The last event that was read.
    after: Option<String>,
}

/// From when on the next run asks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Since {
    since: Timestamp,
}

fn since_key() -> ItemKey {
    ItemKey::new(format!("sync#{VENDOR}"), "since")
}

pub(super) async fn run(sync: &Sync, since: Option<Timestamp>) -> Result<SyncReport, SyncError> {
    let Some(api) = sync.vendors.stripe.as_deref() else {
        let missing = "STRIPE_API_KEY is not set, so Stripe can't be asked";
        return Err(SyncError::NotConfigured(missing.to_owned()));
    };
    let caller = Caller::new(sync.pauses.as_ref(), sync.inbox.ids.as_ref(), sync.retry);
    let (began, now) = (sync.clock.monotonic(), sync.clock.now());
    let last = sync.inbox.store.get(&since_key()).await?;
    let last = last.map(|item| item.read::<Since>()).transpose()?;
    let from = since.or_else(|| last.map(|last| last.since));
    let start = || Log {
        since: from.unwrap_or(now - KEPT),
        after: None,
    };
    let mut place = SyncPlace::find(sync, VENDOR, since, start).await?;
    loop {
        let before = caller.spent();
        let Log { since, after } = place.at.clone();
        let page = caller.page(|| api.events(since, after.as_deref())).await?;
        take(sync, &mut place.report, &page.items).await?;
        place.report.charge(before, caller.spent());
        let Some(next) = page.next else { break };
        if after.as_ref() == Some(&next) {
            return Err(CallError::transient("Stripe's list has no end").into());
        }
        place.at.after = Some(next);
        if sync.clock.monotonic().saturating_sub(began) >= sync.time_max {
            return place.stop(sync, VENDOR).await;
        }
        place.keep(sync, VENDOR).await?;
    }
    let next = Since {
        since: place.report.started_at - OVERLAP,
    };
    let done = Write::put(since_key(), None, &next, Expect::Any)?;
    place.end(sync, VENDOR, vec![done]).await
}

/// Brings in every event of a page that no webhook has told of, the oldest first.
async fn take(sync: &Sync, report: &mut SyncReport, events: &[Value]) -> Result<(), SyncError> {
    report.events_processed += events.len() as u64;
    let bodies: Vec<&Value> = events.iter().rev().collect();
    let known = bring::known(sync, VENDOR, report, &bodies).await?;
    let mut fresh = Vec::new();
    for (body, known) in bodies.into_iter().zip(known) {
        let (uri, missed) = named(body).unzip();
        match (known.found, &uri) {
            (Some(found), Some(uri)) => report.changed += u64::from(report.recall(uri, &found)),
            _ if known.told => {}
            _ => fresh.push((body, uri, Vec::from_iter(missed))),
        }
    }
    // Together they share the store's commits; the report keeps their order.
    let run = &*report;
    let asks: Vec<_> = fresh
        .iter()
        .map(|(body, _, missed)| bring::bring(sync, VENDOR, run, missed, body).boxed())
        .collect();
    let brought: Vec<BringOutcome> = stream::iter(asks).buffered(TOGETHER).try_collect().await?;
    for ((_, uri, missed), brought) in fresh.into_iter().zip(brought) {
        match (brought, uri, missed.first()) {
            (BringOutcome::News, Some(uri), Some(missed)) => {
                report.changed += 1;
                report.miss(&uri, missed);
            }
            (BringOutcome::Known, ..) => {}
            _ => report.invalid += 1,
        }
    }
    Ok(())
}

/// The event's id, and how the report names it; `None` for an event that cannot be read.
fn named(event: &Value) -> Option<(String, Missed)> {
    match parse(VENDOR, event.to_string().as_bytes()) {
        Parsed::Known { delivery, .. } => {
            let missed = Missed {
                sort: "event".to_owned(),
                kind: delivery.kind,
                at: delivery.occurred_at,
            };
            Some((delivery.version, missed))
        }
        Parsed::Ignored { .. } | Parsed::Invalid { .. } => None,
    }
}
