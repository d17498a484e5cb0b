//! Close: once everything that it holds and the end of its log of events, from then on the log since the last run (S3-122).
//!
//! The log joins changes of one object for five minutes, so each run begins five minutes before the last one did. It
//! reaches back thirty days; a run after a longer pause reads everything again. So does the first run of a month, after
//! the log, to compare the counts of every month with Close's (S3-129).

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::Vendor;
use bookpath_domain::numbers::month::Month;
use bookpath_vendors::close::facts::ObjectKind;
use bookpath_vendors::close::observed::{ObservedObject, created_at};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bring::{self, BringOutcome};
use super::calls::Caller;
use super::place::SyncPlace;
use super::report::SyncReport;
use super::versions::Version;
use super::{Sync, SyncError, listed, month_counts, versions};
use crate::inbox::found::Missed;
use crate::ports::{CallError, CrmObjects, Expect, ItemKey, Write};

const VENDOR: Vendor = Vendor::Close;
/// Overlap of a run with the one before.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// How far back the log certainly reaches.
const LOG_REACHES: SignedDuration = SignedDuration::from_hours(24 * 29);
/// Close skips no further than some thousands, so a list goes on at the creation time that it has reached.
const SKIP_MAX: u32 = 5_000;

/// Objects that are brought in at the same time.
const TOGETHER: usize = 64;

/// The sort of a delivery that tells of an object for the first time.
const CREATED: &str = "created";

/// Position of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Stage {
    /// Reads the lists, one kind after the other.
    Lists {
        kind: usize,
        from: Option<Timestamp>,
        skip: u32,
        /// The end of the log is read after them: the next run begins there, and finds nothing that this one could know.
        #[serde(default)]
        then_log: bool,
    },
    /// Reads the log.
    Log {
        since: Timestamp,
        after: Option<String>,
        /// The lists are read after it.
        #[serde(default)]
        then_lists: bool,
    },
}

impl Stage {
    const fn lists(then_log: bool) -> Self {
        Self::Lists {
            kind: 0,
            from: None,
            skip: 0,
            then_log,
        }
    }
}

/// What the next run has to read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Since {
    /// From when on it reads the log.
    since: Timestamp,
    /// The month in which the lists were read last.
    #[serde(default)]
    counted: Option<Month>,
}

fn since_key() -> ItemKey {
    ItemKey::new(format!("sync#{VENDOR}"), "since")
}

pub(super) async fn run(sync: &Sync, since: Option<Timestamp>) -> Result<SyncReport, SyncError> {
    let Some(api) = sync.vendors.close.as_deref() else {
        let missing = "CLOSE_API_KEY is not set, so Close can't be asked";
        return Err(SyncError::NotConfigured(missing.to_owned()));
    };
    let caller = Caller::new(sync.pauses.as_ref(), sync.inbox.ids.as_ref(), sync.retry);
    let (began, now) = (sync.clock.monotonic(), sync.clock.now());
    let last = sync.inbox.store.get(&since_key()).await?;
    let last = last.map(|item| item.read::<Since>()).transpose()?;
    let from = since.or_else(|| last.map(|last| last.since));
    let month = |at| Month::at(at, &sync.rules.reporting_timezone);
    let start = || match from.filter(|from| now.duration_since(*from) < LOG_REACHES) {
        Some(since) => Stage::Log {
            since,
            after: None,
            then_lists: last.is_none_or(|last| last.counted != Some(month(now))),
        },
        None => Stage::lists(true),
    };
    let mut place = SyncPlace::find(sync, VENDOR, since, start).await?;
    loop {
        let before = caller.spent();
        let next = step(sync, api, &caller, &mut place.report, &place.at).await?;
        place.report.charge(before, caller.spent());
        let Some(next) = next else { break };
        place.at = next;
        if sync.clock.monotonic().saturating_sub(began) >= sync.time_max {
            return place.stop(sync, VENDOR).await;
        }
        place.keep(sync, VENDOR).await?;
    }
    let next = Since {
        since: place.report.started_at - OVERLAP,
        counted: Some(month(place.report.started_at)),
    };
    let done = Write::put(since_key(), None, &next, Expect::Any)?;
    place.end(sync, VENDOR, vec![done]).await
}

/// Reads a page; where to go on, or `None` after the last one.
async fn step(
    sync: &Sync,
    api: &dyn CrmObjects,
    caller: &Caller<'_>,
    report: &mut SyncReport,
    at: &Stage,
) -> Result<Option<Stage>, SyncError> {
    match at {
        Stage::Lists {
            kind,
            from,
            skip,
            then_log,
        } => {
            let Some(object) = ObjectKind::ALL.get(*kind) else {
                let log = Stage::Log {
                    since: report.started_at - OVERLAP,
                    after: None,
                    then_lists: false,
                };
                return Ok(then_log.then_some(log));
            };
            let page = caller.page(|| api.objects(*object, *from, *skip)).await?;
            let seen = page
                .items
                .iter()
                .map(|item| ObservedObject::of_object(*object, item));
            let news = take(sync, report, seen.collect(), false).await?;
            let zone = &sync.rules.reporting_timezone;
            month_counts::count(&mut report.counts, *object, &page.items, &news, zone);
            listed::remember(sync, report, *object, (*from, *skip), &page.items).await?;
            let reached = page.items.last().and_then(created_at);
            let place = (*kind, *from, *then_log);
            let next = after_list(place, page.next.as_deref(), reached)?;
            if matches!(&next, Stage::Lists { kind: after, .. } if after > kind) {
                listed::compare(sync, report, *object).await?;
            }
            Ok(Some(next))
        }
        Stage::Log {
            since,
            after,
            then_lists,
        } => {
            let log = (*since, after.as_deref(), *then_lists);
            log_page(sync, api, caller, report, log).await
        }
    }
}

/// Reads a page of the log; where to go on.
async fn log_page(
    sync: &Sync,
    api: &dyn CrmObjects,
    caller: &Caller<'_>,
    report: &mut SyncReport,
    (since, after, then_lists): (Timestamp, Option<&str>, bool),
) -> Result<Option<Stage>, SyncError> {
    let page = caller.page(|| api.events(since, after)).await?;
    let seen = page.items.iter().map(ObservedObject::of_event);
    // The log is newest first; reversed, the versions of an object come in order.
    take(sync, report, seen.rev().collect(), true).await?;
    if page.next.is_some() && page.next.as_deref() == after {
        return Err(CallError::transient("Close's log has no end").into());
    }
    let next = page.next.filter(|_| !page.items.is_empty());
    let on = next.map(|next| Stage::Log {
        since,
        after: Some(next),
        then_lists,
    });
    Ok(on.or_else(|| then_lists.then_some(Stage::lists(false))))
}

/// Where a list continues. If Close ignores the window, the run fails instead of reading the same page for ever.
fn after_list(
    (kind, from, then_log): (usize, Option<Timestamp>, bool),
    next: Option<&str>,
    reached: Option<Timestamp>,
) -> Result<Stage, CallError> {
    let Some(skip) = next.and_then(|skip| skip.parse::<u32>().ok()) else {
        return Ok(Stage::Lists {
            kind: kind + 1,
            from: None,
            skip: 0,
            then_log,
        });
    };
    if skip < SKIP_MAX {
        return Ok(Stage::Lists {
            kind,
            from,
            skip,
            then_log,
        });
    }
    match reached.filter(|reached| from.is_none_or(|from| *reached > from)) {
        Some(reached) => Ok(Stage::Lists {
            kind,
            from: Some(reached),
            skip: 0,
            then_log,
        }),
        None => Err(CallError::refused(
            "Close's list does not go on by date of creation",
        )),
    }
}

/// Brings in every object whose event and version are not known. The ids of those of which nothing was known.
async fn take(
    sync: &Sync,
    report: &mut SyncReport,
    seen: Vec<Option<ObservedObject>>,
    in_log: bool,
) -> Result<BTreeSet<String>, SyncError> {
    report.events_processed += seen.len() as u64;
    report.invalid += seen.iter().filter(|seen| seen.is_none()).count() as u64;
    let usable: Vec<ObservedObject> = seen
        .into_iter()
        .flatten()
        .filter(|o| o.is_known())
        .collect();
    let keys: Vec<ItemKey> = usable.iter().map(|o| versions::key(&o.object_id)).collect();
    let items = sync.inbox.store.get_many(&keys).await?;
    let bodies: Vec<&Value> = usable.iter().map(|object| &object.body).collect();
    let known = bring::known(sync, VENDOR, report, &bodies).await?;
    let (mut fresh, mut news) = (Vec::new(), BTreeSet::new());
    let mut newest: BTreeMap<&str, Version> = BTreeMap::new();
    for ((object, item), known) in usable.iter().zip(&items).zip(known) {
        let version: Option<Version> = item.as_ref().map(|item| item.read()).transpose()?;
        if !in_log {
            place(&mut newest, object, version.as_ref(), known.told);
        }
        if let Some(found) = &known.found {
            report.changed += u64::from(report.recall(&object.object_id, found));
            if found.missed.iter().any(|missed| missed.sort == CREATED) {
                news.insert(object.object_id.clone());
            }
        } else if !known.told
            && !version
                .as_ref()
                .is_some_and(|version| has(version, object, in_log))
        {
            fresh.push((object, [missed(object, version.is_some())]));
        }
    }
    // Together they share the store's commits; the report keeps their order.
    let run = &*report;
    let asks: Vec<_> = fresh
        .iter()
        .map(|(object, missed)| bring::bring(sync, VENDOR, run, missed, &object.body).boxed())
        .collect();
    let brought: Vec<BringOutcome> = stream::iter(asks).buffered(TOGETHER).try_collect().await?;
    for ((object, [missed]), brought) in fresh.into_iter().zip(brought) {
        report.invalid += u64::from(brought == BringOutcome::Invalid);
        if brought == BringOutcome::News {
            report.changed += 1;
            report.miss(&object.object_id, &missed);
            if missed.sort == CREATED {
                news.insert(object.object_id.clone());
            }
            learn(&mut newest, object, object.version_at);
        }
    }
    versions::learn_all(sync.inbox.store.as_ref(), &newest).await?;
    Ok(news)
}

/// Notes of an object of a list whether its kind and creation are known: of one that an older release noted, or whose
/// webhook waits for react, they are not.
fn place<'a>(
    newest: &mut BTreeMap<&'a str, Version>,
    object: &'a ObservedObject,
    known: Option<&Version>,
    told: bool,
) {
    let at = match known {
        Some(known) if known.is_placed() => None,
        // The list's own version may not have come in yet.
        Some(known) => Some(known.at),
        None => object.version_at.filter(|_| told),
    };
    learn(newest, object, at);
}

/// Notes what an object says of versions at `at`, beside what is noted.
fn learn<'a>(
    newest: &mut BTreeMap<&'a str, Version>,
    object: &'a ObservedObject,
    at: Option<Timestamp>,
) {
    for (id, told) in at.into_iter().flat_map(|at| versions::told(object, at)) {
        let both = newest.get(id).map(|known| known.with(&told));
        newest.insert(id, both.unwrap_or(told));
    }
}

/// Whether the known version says what the object says. A list shows the newest version only. The log shows each of
/// them, and all count, because a deal's changes are posted on their own days. A deletion and a merge have no version
/// of the object: only their own event tells.
fn has(known: &Version, object: &ObservedObject, in_log: bool) -> bool {
    let is_state = object.kind.ends_with(".created") || object.kind.ends_with(".updated");
    let is_told = |at: Timestamp| known.at == at || (known.at > at && !in_log);
    is_state && object.version_at.is_some_and(is_told)
}

/// How the report names an object. No webhook about an object that is new to us has come, so the one of its creation was
/// missed, too.
fn missed(object: &ObservedObject, seen_before: bool) -> Missed {
    let (of, action) = object.kind.rsplit_once('.').unwrap_or_default();
    let sort = match action {
        "updated" if !seen_before => CREATED,
        other => other,
    };
    Missed {
        sort: sort.to_owned(),
        kind: format!("{of}.{sort}"),
        at: object.version_at,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_shows_the_newest_version_and_the_log_each() {
        let object = |at: &str, action: &str| {
            let event = json!({ "id": "ev", "object_type": "opportunity", "action": action, "object_id": "oppo_1",
                "data": { "id": "oppo_1", "date_updated": at } });
            ObservedObject::of_event(&event).unwrap()
        };
        let known = &Version::bare("2026-03-02T00:00:00Z".parse().unwrap());
        let same = object("2026-03-02T00:00:00+00:00", "updated");
        let older = object("2026-03-01T00:00:00+00:00", "updated");
        let newer = object("2026-03-03T00:00:00+00:00", "updated");
        assert!(has(known, &same, true) && has(known, &same, false));
        assert!(has(known, &older, false) && !has(known, &older, true));
        assert!(!has(known, &newer, false) && !has(known, &newer, true));
        let gone = object("2026-03-02T00:00:00+00:00", "deleted");
        assert!(!has(known, &gone, true));
    }

    #[test]
    fn a_long_list_goes_on_by_date_of_creation_and_never_stands_still() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        let on = |from, next, reached| after_list((2, from, false), next, reached);
        assert!(matches!(
            on(early, Some("100"), late),
            Ok(Stage::Lists { kind: 2, skip: 100, from, .. }) if from == early
        ));
        assert!(matches!(
            on(early, Some("5000"), late),
            Ok(Stage::Lists { kind: 2, skip: 0, from, .. }) if from == late
        ));
        assert!(on(late, Some("5000"), late).is_err());
        assert!(matches!(
            on(late, None, late),
            Ok(Stage::Lists {
                kind: 3,
                skip: 0,
                from: None,
                ..
            })
        ));
    }
}
