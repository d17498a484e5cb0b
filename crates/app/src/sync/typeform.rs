//! Typeform: the submitted responses of every configured form, newest first, back to where the last run began.
//!
//! Its newest half hour may be missing from the list, so each run begins an hour before the last one did. Pages are by
//! token, so a response that comes in meanwhile moves none of them.

use std::collections::BTreeMap;

use bookpath_domain::Vendor;
use bookpath_vendors::typeform::observed::ObservedResponse;
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
use crate::ports::{CallError, Expect, FormResponses, ItemKey, StoreError, Write};

const VENDOR: Vendor = Vendor::Typeform;
/// How far a run reaches into the one before.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// Responses that are brought in at the same time.
const TOGETHER: usize = 64;

/// Where a run stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Forms {
    /// The number of the form among those configured.
    form: usize,
    /// The last token that was read.
    before: Option<String>,
}

/// From when on the next run asks; of one form.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Since {
    since: Timestamp,
}

fn since_key(form: &str) -> ItemKey {
    ItemKey::new(format!("sync#{VENDOR}"), format!("since#{form}"))
}

pub(super) async fn run(sync: &Sync, since: Option<Timestamp>) -> Result<SyncReport, SyncError> {
    let Some(api) = sync.vendors.typeform.as_deref() else {
        let missing = "TYPEFORM_API_TOKEN is not set, so Typeform can't be asked";
        return Err(SyncError::NotConfigured(missing.to_owned()));
    };
    let caller = Caller::new(sync.pauses.as_ref(), sync.inbox.ids.as_ref(), sync.retry);
    let began = sync.clock.monotonic();
    let start = || Forms {
        form: 0,
        before: None,
    };
    let mut place = SyncPlace::find(sync, VENDOR, since, start).await?;
    let forms = &sync.rules.typeform.forms;
    let mut unread: BTreeMap<&str, CallError> = BTreeMap::new();
    while let Some(form) = forms.get(place.at.form) {
        let from = match since {
            Some(since) => Some(since),
            None => last(sync, form).await?,
        };
        let definition = caller.call(|| api.form(form)).await.ok();
        loop {
            let before = caller.spent();
            let page = match next(api, &caller, form, from, place.at.before.as_deref()).await {
                // A form that was deleted, or is of another account, keeps no other from being read.
                Err(error) if !error.passes() => {
                    unread.insert(form, error);
                    break;
                }
                page => page?,
            };
            take(sync, &mut place.report, form, definition.as_ref(), &page.0).await?;
            place.report.charge(before, caller.spent());
            place.at.before = page.1;
            if place.at.before.is_none() {
                break;
            }
            if sync.clock.monotonic().saturating_sub(began) >= sync.time_max {
                return place.stop(sync, VENDOR).await;
            }
            place.keep(sync, VENDOR).await?;
        }
        (place.at.form, place.at.before) = (place.at.form + 1, None);
    }
    let next = Since {
        since: place.report.started_at - OVERLAP,
    };
    let done = forms
        .iter()
        .filter(|form| !unread.contains_key(form.as_str()))
        .map(|form| Write::put(since_key(form), None, &next, Expect::Any));
    let done = done.collect::<Result<Vec<_>, StoreError>>()?;
    let report = place.end(sync, VENDOR, done).await?;
    match unread.pop_first() {
        Some((form, mut error)) => {
            error.message = format!("form {form}: {}", error.message);
            Err(error.into())
        }
        None => Ok(report),
    }
}

async fn last(sync: &Sync, form: &str) -> Result<Option<Timestamp>, StoreError> {
    let item = sync.inbox.store.get(&since_key(form)).await?;
    item.map(|item| Ok(item.read::<Since>()?.since)).transpose()
}

/// A page and the token to go on from; `None` after the last one.
async fn next(
    api: &dyn FormResponses,
    caller: &Caller<'_>,
    form: &str,
    from: Option<Timestamp>,
    before: Option<&str>,
) -> Result<(Vec<Value>, Option<String>), CallError> {
    let page = caller.page(|| api.responses(form, from, before)).await?;
    if page.next.is_some() && page.next.as_deref() == before {
        return Err(CallError::transient("Typeform's list has no end"));
    }
    Ok((page.items, page.next))
}

/// Brings in every response of a page whose token is not known.
async fn take(
    sync: &Sync,
    report: &mut SyncReport,
    form: &str,
    definition: Option<&Value>,
    items: &[Value],
) -> Result<(), SyncError> {
    let seen = items
        .iter()
        .map(|item| ObservedResponse::read(form, definition, item));
    let seen: Vec<Option<ObservedResponse>> = seen.collect();
    let usable: Vec<&ObservedResponse> = seen.iter().flatten().collect();
    report.events_processed += items.len() as u64;
    report.invalid += (items.len() - usable.len()) as u64;
    let bodies: Vec<&Value> = usable.iter().map(|seen| &seen.body).collect();
    let known = bring::known(sync, VENDOR, report, &bodies).await?;
    let mut fresh = Vec::new();
    for (seen, known) in usable.into_iter().zip(known) {
        match known.found {
            Some(found) if report.recall(&seen.token, &found) => count(report),
            _ if known.told => {}
            _ => fresh.push((seen, [missed(seen)])),
        }
    }
    // Together they share the store's commits; the report keeps their order.
    let run = &*report;
    let asks: Vec<_> = fresh
        .iter()
        .map(|(seen, missed)| bring::bring(sync, VENDOR, run, missed, &seen.body).boxed())
        .collect();
    let brought: Vec<BringOutcome> = stream::iter(asks).buffered(TOGETHER).try_collect().await?;
    for ((seen, [missed]), brought) in fresh.into_iter().zip(brought) {
        match brought {
            BringOutcome::News => {
                count(report);
                report.miss(&seen.token, &missed);
            }
            BringOutcome::Known => {}
            BringOutcome::Invalid => report.invalid += 1,
        }
    }
    Ok(())
}

/// One response is news.
const fn count(report: &mut SyncReport) {
    report.changed += 1;
    report.customers_updated += 1;
}

fn missed(seen: &ObservedResponse) -> Missed {
    Missed {
        sort: "created".to_owned(),
        kind: "form_response".to_owned(),
        at: Some(seen.submitted_at),
    }
}
