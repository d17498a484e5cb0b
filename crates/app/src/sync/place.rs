//! Where a run stands: stored at its beginning and after every page, so that the next run goes on there.

use bookpath_domain::Vendor;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::report::{MissedDelivery, SyncReport};
use super::{Sync, SyncError};
use crate::ports::{Commit, Expect, ItemKey, Query, StoreError, Write, all};

/// A run that stopped longer ago than this is begun anew: its window has moved on.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Names per item: an item of the store has an upper size.
const NAMES_PER_ITEM: usize = 500;

/// The place of a run in what `P` says is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SyncPlace<P> {
    pub(super) since: Option<Timestamp>,
    pub(super) at: P,
    /// What was found until here. The names of missed deliveries are items of their own.
    pub(super) report: SyncReport,
    /// How many items hold names.
    names: usize,
}

pub(super) fn key(vendor: Vendor) -> ItemKey {
    ItemKey::new(format!("sync#{vendor}"), "place")
}

fn names_key(run_id: &str) -> String {
    format!("sync-names#{run_id}")
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
            place.report.missed_deliveries = place.named(sync).await?;
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

    async fn named(&self, sync: &Sync) -> Result<Vec<MissedDelivery>, StoreError> {
        let query = Query::prefix(names_key(&self.report.run_id), "", 100);
        let mut names = Vec::new();
        for item in all(sync.inbox.store.as_ref(), query).await? {
            names.extend(item.read::<Vec<MissedDelivery>>()?);
        }
        Ok(names)
    }

    /// Stores the place. Only names that no item holds yet are written.
    pub(super) async fn keep(&mut self, sync: &Sync, vendor: Vendor) -> Result<(), StoreError> {
        let kept = self.names * NAMES_PER_ITEM;
        let expires = self.report.started_at + STALE_AFTER + STALE_AFTER;
        let fresh = self
            .report
            .missed_deliveries
            .get(kept..)
            .unwrap_or_default();
        let mut writes = Vec::new();
        for (place, names) in fresh.chunks(NAMES_PER_ITEM).enumerate() {
            let number = format!("{:06}", self.names + place);
            let key = ItemKey::new(names_key(&self.report.run_id), number);
            writes.push(Write::put(key, None, &names, Expect::Any)?.expiring(expires));
        }
        self.names += fresh.len() / NAMES_PER_ITEM;
        let named = std::mem::take(&mut self.report.missed_deliveries);
        let place = Write::put(key(vendor), None, self, Expect::Any);
        self.report.missed_deliveries = named;
        writes.push(place?);
        sync.inbox.store.commit(Commit::new(writes)).await
    }

    /// Ends a run: its report is in the history, its place and its names are gone, and `with` is written.
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
        let items = self.report.missed_deliveries.len().div_ceil(NAMES_PER_ITEM);
        writes.extend((0..items).map(|number| Write::Delete {
            key: ItemKey::new(names_key(&self.report.run_id), format!("{number:06}")),
            expect: Expect::Any,
        }));
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
