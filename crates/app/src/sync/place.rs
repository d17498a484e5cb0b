//! Where a run stands: stored at its beginning and after every page, so that the next run goes on there.

use bookpath_domain::Vendor;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::report::SyncReport;
use super::{Sync, SyncError, missed};
use crate::ports::{Commit, Expect, ItemKey, StoreError, Write};

/// A run that stopped longer ago than this is begun anew: its window has moved on.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The place of a run in what `P` says is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SyncPlace<P> {
    pub(super) since: Option<Timestamp>,
    pub(super) at: P,
    /// What was found until here. The names of missed deliveries are items of their own.
    pub(super) report: SyncReport,
    /// How many items are full of names.
    names: usize,
}

pub(super) fn key(vendor: Vendor) -> ItemKey {
    ItemKey::new(format!("sync#{vendor}"), "place")
}

impl<P: Serialize + DeserializeOwned> SyncPlace<P> {
    /// The place of the run that was stopped, or the beginning of a new one at `start`.
    pub(super) async fn find(
        sync: &Sync,
        vendor: Vendor,
        since: Option<Timestamp>,
        start: impl FnOnce() -> P,
    ) -> Result<Self, SyncError> {
        let (store, now) = (sync.inbox.store.as_ref(), sync.clock.now());
        let stored = store.get(&key(vendor)).await?;
        if let Some(mut place) = stored.map(|item| item.read::<Self>()).transpose()?
            && place.since == since
            && now.duration_since(place.report.started_at) < STALE_AFTER
        {
            place.report.resumed = true;
            place.report.missed_deliveries = missed::names(store, &place.report.run_id).await?;
            return Ok(place);
        }
        let mut place = Self {
            since,
            at: start(),
            report: SyncReport::begin(vendor, sync.inbox.ids.fresh(), now),
            names: 0,
        };
        // Before the first page: deliveries are stored with the id of the run, and the run that goes on needs that id.
        place.keep(sync, vendor).await?;
        Ok(place)
    }

    /// Stores the place. Only names that no item holds yet are written.
    pub(super) async fn keep(&mut self, sync: &Sync, vendor: Vendor) -> Result<(), StoreError> {
        let mut writes = self.write_names()?;
        let named = std::mem::take(&mut self.report.missed_deliveries);
        let place = Write::put(key(vendor), None, self, Expect::Any);
        self.report.missed_deliveries = named;
        writes.push(place?);
        sync.inbox.store.commit(Commit::new(writes)).await
    }

    /// The writes that store the names that are in no full item yet.
    fn write_names(&mut self) -> Result<Vec<Write>, StoreError> {
        let report = &self.report;
        let names = &report.missed_deliveries;
        let (writes, full) = missed::writes(&report.run_id, report.started_at, names, self.names)?;
        self.names = full;
        Ok(writes)
    }

    /// Ends a run: its report is in the history with all its names, its place is gone, and `with` is written.
    pub(super) async fn end(
        mut self,
        sync: &Sync,
        vendor: Vendor,
        with: Vec<Write>,
    ) -> Result<SyncReport, SyncError> {
        self.report.complete = true;
        self.report.ended_at = sync.clock.now();
        let mut writes = with;
        writes.push(self.report.write()?);
        writes.push(Write::Delete {
            key: key(vendor),
            expect: Expect::Any,
        });
        writes.extend(self.write_names()?);
        sync.inbox.store.commit(Commit::new(writes)).await?;
        Ok(self.report)
    }

    /// Stops a run whose time is over: the place stays.
    pub(super) async fn stop(
        mut self,
        sync: &Sync,
        vendor: Vendor,
    ) -> Result<SyncReport, SyncError> {
        self.report.ended_at = sync.clock.now();
        self.keep(sync, vendor).await?;
        sync.inbox
            .store
            .commit(Commit::new(vec![self.report.write()?]))
            .await?;
        Ok(self.report)
    }
}
