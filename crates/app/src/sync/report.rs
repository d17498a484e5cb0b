//! What a run found, and the runs of the past.

use std::collections::BTreeMap;

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calls::Spent;
use super::missed::{self, KEPT_FOR, MissedDelivery};
use super::month_counts::MonthCount;
use crate::inbox::found::{FoundBySync, Missed};
use crate::ports::{Expect, IndexKey, Item, ItemKey, Query, Store, StoreError, Write};

/// Missed deliveries that a report names; all of them are counted.
pub(super) const NAMED_MAX: usize = 10_000;
/// Missed deliveries that a run names in the list of runs.
const LISTED_MAX: usize = 100;
const PARTITION: &str = "sync-runs";

/// One run: the counters of S1-43 and the gap between webhooks and lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SyncReport {
    pub vendor: String,
    pub run_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Timestamp,
    /// All was read. Else the next run goes on where this one stopped.
    pub complete: bool,
    /// It went on where another run had stopped.
    pub resumed: bool,
    /// Scheduled events, responses, objects and events of the CRM, or events of Stripe.
    pub events_processed: u64,
    pub invitees_processed: u64,
    /// People of whom something was news, by their address: a sync does not know who is who.
    pub customers_updated: u64,
    /// Invitees of the window who did not come.
    pub no_shows_detected: u64,
    /// Calls of the window that are still to come.
    pub upcoming_calls: u64,
    /// Per cent, the mean over customers with a past call (X14), each known by the address as in `customers_updated`.
    pub avg_show_rate: Option<f64>,
    /// Per cent, over all past calls of the window.
    pub pooled_show_rate: Option<f64>,
    /// Webhooks that never came, by sort: created, canceled, `no_show`, `no_show_deleted`; updated, deleted and merged
    /// of the CRM's objects; `event` of Stripe's.
    pub missed: BTreeMap<String, u64>,
    /// Each of them; at most 10,000 are named.
    pub missed_deliveries: Vec<MissedDelivery>,
    /// Invitees, responses or objects that are different after the run.
    pub changed: u64,
    /// Items of the vendor's lists that can't be read.
    pub invalid: u64,
    /// Of Close's lists, by month and kind; empty unless the run has read them.
    #[serde(default)]
    pub counts: Vec<MonthCount>,
    /// Calls to the vendor.
    pub calls: u64,
    /// Calls that were made again.
    pub retries: u64,
    /// Time that was waited for the vendor.
    pub waited_ms: u64,
}

impl SyncReport {
    pub(super) fn begin(vendor: Vendor, run_id: String, now: Timestamp) -> Self {
        let sorts = ["created", "canceled", "no_show", "no_show_deleted"];
        Self {
            vendor: vendor.as_str().to_owned(),
            run_id,
            started_at: now,
            ended_at: now,
            complete: false,
            resumed: false,
            events_processed: 0,
            invitees_processed: 0,
            customers_updated: 0,
            no_shows_detected: 0,
            upcoming_calls: 0,
            avg_show_rate: None,
            pooled_show_rate: None,
            missed: sorts.map(|sort| (sort.to_owned(), 0)).into(),
            missed_deliveries: Vec::new(),
            changed: 0,
            invalid: 0,
            counts: Vec::new(),
            calls: 0,
            retries: 0,
            waited_ms: 0,
        }
    }

    /// Counts and names a webhook that never came.
    pub(super) fn miss(&mut self, uri: &str, missed: &Missed) {
        *self.missed.entry(missed.sort.clone()).or_default() += 1;
        if self.missed_deliveries.len() < NAMED_MAX {
            self.missed_deliveries.push(named(uri, missed));
        }
    }

    /// Counts and names what this run had brought in when it was stopped, unless it is named already. `true`: there was
    /// something to count.
    pub(super) fn recall(&mut self, uri: &str, found: &FoundBySync) -> bool {
        let lost = found.missed.iter();
        let lost: Vec<&Missed> = lost
            .filter(|missed| !self.missed_deliveries.contains(&named(uri, missed)))
            .collect();
        for missed in &lost {
            self.miss(uri, missed);
        }
        !lost.is_empty() || found.missed.is_empty()
    }

    /// Adds what calls have cost between two moments of one caller.
    pub(super) fn charge(&mut self, before: Spent, after: Spent) {
        self.calls += after.calls - before.calls;
        self.retries += after.retries - before.retries;
        let waited = after.waited.saturating_sub(before.waited);
        self.waited_ms += u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    }

    /// The run in the history, under its id. The names of what it found missing are items of their own.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub(super) fn write(&self) -> Result<Write, StoreError> {
        let mut kept = self.clone();
        kept.missed_deliveries.truncate(LISTED_MAX);
        let index = IndexKey {
            partition: PARTITION.to_owned(),
            sort: format!("{:.6}#{}", self.started_at, self.run_id),
        };
        let key = key(&self.run_id);
        Ok(Write::put(key, Some(index), &kept, Expect::Any)?.expiring(self.ended_at + KEPT_FOR))
    }
}

fn key(run_id: &str) -> ItemKey {
    ItemKey::new(format!("sync-run#{run_id}"), "row")
}

fn named(uri: &str, missed: &Missed) -> MissedDelivery {
    MissedDelivery {
        kind: missed.kind.clone(),
        uri: uri.to_owned(),
        updated_at: missed.at,
    }
}

/// The newest runs of every vendor, newest first. They name at most 100 missed deliveries each.
///
/// # Errors
/// [`StoreError`].
pub async fn runs(store: &dyn Store, limit: usize) -> Result<Vec<SyncReport>, StoreError> {
    let query = Query {
        descending: true,
        ..Query::index(PARTITION, limit)
    };
    let page = store.query(&query).await?;
    page.items.iter().map(Item::read).collect()
}

/// The run with this id and every missed delivery that it named; `None`: there is none, or not any more.
///
/// # Errors
/// [`StoreError`].
pub async fn run(store: &dyn Store, run_id: &str) -> Result<Option<SyncReport>, StoreError> {
    let Some(item) = store.get(&key(run_id)).await? else {
        return Ok(None);
    };
    let mut report: SyncReport = item.read()?;
    let names = missed::names(store, run_id).await?;
    // Runs of earlier releases have no items of names: the report itself has the first hundred.
    if !names.is_empty() {
        report.missed_deliveries = names;
    }
    Ok(Some(report))
}
