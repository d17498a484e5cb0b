//! Which objects a reading of Close's lists has shown, and which of those that are known it has not (S3-129).
//!
//! The ids of each page are an item, because a run may be stopped between two pages. They are compared when a list is at
//! its end: a list that stopped halfway says nothing of what it did not show.

use std::collections::HashSet;

use bookpath_vendors::close::facts::ObjectKind;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::report::SyncReport;
use super::versions::{self, Version};
use super::{Sync, SyncError, month_counts};
use crate::ports::{Commit, Expect, ItemKey, Query, Write, all};
use crate::privacy::tombstones::erased_ids;

/// Known objects of a page.
const PAGE: usize = 1_000;
/// Longer than a run may be stopped.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(48);

fn shown_key(report: &SyncReport, kind: ObjectKind) -> String {
    format!("sync-listed#{}#{}", report.run_id, kind.as_str())
}

/// Remembers a page of the list of a kind, under the place in the list.
pub(super) async fn remember(
    sync: &Sync,
    report: &SyncReport,
    kind: ObjectKind,
    (from, skip): (Option<Timestamp>, u32),
    objects: &[Value],
) -> Result<(), SyncError> {
    let ids = objects.iter();
    let ids: Vec<&str> = ids
        .filter_map(|object| object.get("id")?.as_str())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let from = from.map_or_else(String::new, |from| format!("{from:.6}"));
    let key = ItemKey::new(shown_key(report, kind), format!("{from}#{skip:06}"));
    let write = Write::put(key, None, &ids, Expect::Any)?.expiring(report.started_at + KEPT_FOR);
    sync.inbox.store.commit(Commit::new(vec![write])).await?;
    Ok(())
}

/// Counts the known objects of a kind that its list, which is at its end, has not shown. What was created since the run
/// began may be younger than the list.
pub(super) async fn compare(
    sync: &Sync,
    report: &mut SyncReport,
    kind: ObjectKind,
) -> Result<(), SyncError> {
    let store = sync.inbox.store.as_ref();
    let mut shown: HashSet<String> = HashSet::new();
    for item in all(store, Query::prefix(shown_key(report, kind), "", PAGE)).await? {
        shown.extend(item.read::<Vec<String>>()?);
    }
    let zone = &sync.rules.reporting_timezone;
    let mut query = versions::of_kind(kind.as_str(), PAGE);
    loop {
        let page = store.query(&query).await?;
        let mut unlisted = Vec::new();
        for item in &page.items {
            let known = item.read::<Version>()?;
            let created = known.created.filter(|at| *at < report.started_at);
            let id = versions::id_of(item).filter(|id| !shown.contains(*id));
            unlisted.extend(id.zip(created));
        }
        // What was deleted in the CRM because somebody was to be forgotten is told by no webhook that we take in.
        let ids: Vec<&str> = unlisted.iter().map(|(id, _)| *id).collect();
        let erased = erased_ids(store, &ids).await?;
        for object in unlisted.iter().filter(|(id, _)| !erased.contains(id)) {
            month_counts::count_unlisted(&mut report.counts, kind, *object, zone);
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(());
        }
    }
}
