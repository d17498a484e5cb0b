//! Calendly: every event that starts from 90 days ago to a year ahead, and everybody who is booked into it (X6, X7).
//!
//! Calendly can't list what changed, so each run reads the whole window and compares every invitee with what is known.
//! The list is sorted by start, and so a run that stopped goes on at the start it had reached.

use bookpath_domain::Vendor;
use bookpath_vendors::calendly::observed::ObservedInvitee;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::bring::{self, Brought, Known};
use super::calls::Caller;
use super::diff::{News, SeenInvitee, Told, news};
use super::place::Place;
use super::report::SyncReport;
use super::{Sync, SyncError, figures};
use crate::bookings::repository::{self, Name};
use crate::ports::{
    CallError, Commit, Expect, IndexKey, ItemKey, ScheduledEvents, StoreError, Write,
};

const VENDOR: Vendor = Vendor::Calendly;
/// How far back a run looks (S1-45).
const BACK: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How far ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 365);
/// Events whose invitees are asked for at the same time.
const TOGETHER: usize = 4;
/// Pages of the invitees of one event: more are a loop.
const INVITEE_PAGES_MAX: usize = 100;
/// Rows per commit.
const ROWS_PER_COMMIT: usize = 25;
/// How long a row is kept after its call.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 120);

/// Where a run stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Window {
    begin: Timestamp,
    to: Timestamp,
    /// What starts before is done.
    reached: Timestamp,
    /// Events that start exactly then and are done.
    done: Vec<String>,
}

/// An event and everybody in it.
struct Filled {
    uri: String,
    start: Option<Timestamp>,
    /// `None` for what nobody can use.
    invitees: Vec<Option<ObservedInvitee>>,
}

pub(super) async fn run(sync: &Sync, since: Option<Timestamp>) -> Result<SyncReport, SyncError> {
    let Some(api) = sync.vendors.calendly.as_deref() else {
        let missing = "CALENDLY_API_TOKEN is not set, so Calendly can't be asked";
        return Err(SyncError::NotConfigured(missing.to_owned()));
    };
    let caller = Caller::new(sync.pauses.as_ref(), sync.inbox.ids.as_ref(), sync.retry);
    let (began, now) = (sync.clock.monotonic(), sync.clock.now());
    let begin = since.unwrap_or(now - BACK);
    let mut place = Place::find(sync, VENDOR, since, || Window {
        begin,
        to: now + AHEAD,
        reached: begin,
        done: Vec::new(),
    })
    .await?;
    let (from, to, done) = (place.at.reached, place.at.to, place.at.done.clone());
    let mut after: Option<String> = None;
    loop {
        let before = caller.spent();
        let page = caller
            .page(|| api.events(from, to, after.as_deref()))
            .await?;
        for event in fill(api, &caller, &page.items, &done).await? {
            place.report.events_processed += 1;
            take(sync, &mut place.report, &event).await?;
            place.at.pass(&event);
        }
        place.report.charge(before, caller.spent());
        after = page.next;
        if after.is_none() {
            break;
        }
        if sync.clock.monotonic().saturating_sub(began) >= sync.time_max {
            return place.stop(sync, VENDOR).await;
        }
        place.keep(sync, VENDOR).await?;
    }
    let (begin, to) = (place.at.begin, place.at.to);
    figures::fill(sync, &mut place.report, begin, to).await?;
    place.end(sync, VENDOR, Vec::new()).await
}

impl Window {
    fn pass(&mut self, event: &Filled) {
        let Some(start) = event.start else { return };
        if start > self.reached {
            self.reached = start;
            self.done.clear();
        }
        if start == self.reached {
            self.done.push(event.uri.clone());
        }
    }
}

/// Asks for everybody in the events of a page, in its order, but for the events that are done.
async fn fill(
    api: &dyn ScheduledEvents,
    caller: &Caller<'_>,
    events: &[Value],
    done: &[String],
) -> Result<Vec<Filled>, CallError> {
    let asks = events.iter().filter_map(|event| {
        let uri = event.get("uri").and_then(Value::as_str)?;
        let is_done = done.iter().any(|done| done == uri);
        (!is_done).then(|| filled(api, caller, event, uri).boxed())
    });
    let asks: Vec<_> = asks.collect();
    stream::iter(asks).buffered(TOGETHER).try_collect().await
}

async fn filled(
    api: &dyn ScheduledEvents,
    caller: &Caller<'_>,
    event: &Value,
    uri: &str,
) -> Result<Filled, CallError> {
    let (mut invitees, mut after) = (Vec::new(), None::<String>);
    for _ in 0..INVITEE_PAGES_MAX {
        let page = caller.page(|| api.invitees(uri, after.as_deref())).await?;
        let seen = page.items.iter();
        invitees.extend(seen.map(|invitee| ObservedInvitee::read(event, invitee)));
        after = page.next;
        if after.is_none() {
            let start = event.get("start_time").and_then(Value::as_str);
            return Ok(Filled {
                uri: uri.to_owned(),
                start: start.and_then(|text| text.parse().ok()),
                invitees,
            });
        }
    }
    Err(CallError::transient("Calendly's list has no end"))
}

/// Compares everybody in an event with what is known, and brings in what is news.
async fn take(sync: &Sync, report: &mut SyncReport, event: &Filled) -> Result<(), SyncError> {
    let usable: Vec<&ObservedInvitee> = event.invitees.iter().flatten().collect();
    report.invitees_processed += event.invitees.len() as u64;
    report.invalid += (event.invitees.len() - usable.len()) as u64;
    for invitees in usable.chunks(ROWS_PER_COMMIT) {
        let keys: Vec<ItemKey> = invitees.iter().map(|seen| key(&seen.uri)).collect();
        let items = sync.inbox.store.get_many(&keys).await?;
        let mut writes = Vec::new();
        for (seen, item) in invitees.iter().zip(&items) {
            let row: Option<SeenInvitee> = item.as_ref().map(|item| item.read()).transpose()?;
            match row.as_ref().filter(|row| row.is_same(seen)) {
                None => writes.push(one(sync, report, row.as_ref(), seen).await?),
                // The run was stopped after it had stored the row, and before its report.
                Some(row) if is_of_this_run(report, row) => {
                    let known = known(sync, report, seen).await?;
                    report.changed += u64::from(recall(report, seen, &known));
                }
                Some(_) => {}
            }
        }
        if !writes.is_empty() {
            sync.inbox.store.commit(Commit::new(writes)).await?;
        }
    }
    Ok(())
}

/// Brings in what is news about one invitee; the row that remembers how it stands.
async fn one(
    sync: &Sync,
    report: &mut SyncReport,
    row: Option<&SeenInvitee>,
    seen: &ObservedInvitee,
) -> Result<Write, SyncError> {
    let known = known(sync, report, seen).await?;
    let mut changed = recall(report, seen, &known);
    let told = told(sync, row, seen, &known).await?;
    let mut fresh = SeenInvitee::new(seen, person(seen));
    fresh.changed_by = row.and_then(|row| row.changed_by.clone());
    for News { body, missed } in news(row, told, seen, report.started_at) {
        let missed = match bring::bring(sync, VENDOR, report, &missed, &body).await? {
            Brought::News => &missed[..],
            // A webhook that came this moment was not missed.
            Brought::Known => missed.split_last().map_or(&[][..], |(_, before)| before),
            Brought::Invalid => {
                report.invalid += 1;
                continue;
            }
        };
        changed = true;
        missed.iter().for_each(|one| report.miss(&seen.uri, one));
    }
    if changed {
        report.changed += 1;
        fresh.changed_by = Some(report.run_id.clone());
    }
    let index = IndexKey {
        partition: figures::PARTITION.to_owned(),
        sort: figures::sort(seen.start, &seen.uri),
    };
    let expires = seen.start.checked_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
    Ok(Write::put(key(&seen.uri), Some(index), &fresh, Expect::Any)?.expiring(expires))
}

/// To this run the invitee was news, before the run was stopped.
fn is_of_this_run(report: &SyncReport, row: &SeenInvitee) -> bool {
    report.resumed && row.changed_by.as_deref() == Some(&report.run_id)
}

/// What is known of the webhooks about an invitee: how it stands, its mark, and what only a sync says.
struct KnownInvitee {
    state: Known,
    mark: Known,
    others: Vec<Known>,
}

async fn known(
    sync: &Sync,
    report: &SyncReport,
    seen: &ObservedInvitee,
) -> Result<KnownInvitee, StoreError> {
    let mut bodies = vec![seen.state()];
    bodies.extend(seen.marked());
    let webhooks = bodies.len();
    if report.resumed {
        bodies.extend([seen.state_of_event(), seen.unmarked(report.started_at)]);
    }
    let asked: Vec<&Value> = bodies.iter().collect();
    let mut known = bring::known(sync, VENDOR, report, &asked).await?;
    let others = known.split_off(webhooks.min(known.len()));
    let mut known = known.into_iter();
    Ok(KnownInvitee {
        state: known.next().unwrap_or_default(),
        mark: known.next().unwrap_or_default(),
        others,
    })
}

/// Counts what the run had brought in of an invitee when it was stopped.
fn recall(report: &mut SyncReport, seen: &ObservedInvitee, known: &KnownInvitee) -> bool {
    let all = [&known.state, &known.mark].into_iter().chain(&known.others);
    let found: Vec<_> = all.filter_map(|known| known.found.as_ref()).collect();
    let mut recalled = false;
    for one in found {
        recalled |= report.recall(&seen.uri, one);
    }
    recalled
}

/// What the webhooks told of an invitee. The booking is only read where it may say more than the last sync.
async fn told(
    sync: &Sync,
    row: Option<&SeenInvitee>,
    seen: &ObservedInvitee,
    known: &KnownInvitee,
) -> Result<Told, StoreError> {
    let mut told = Told {
        state: known.state.told,
        mark: known.mark.told,
        ..Told::default()
    };
    let unmarked = seen.no_show.is_none() && row.is_none_or(|row| row.no_show_at.is_some());
    if (row.is_none() && !told.state) || unmarked {
        let store = sync.inbox.store.as_ref();
        let found = repository::by_name(store, Name::InviteeUri(&seen.uri)).await?;
        let member = found.as_ref().and_then(|found| {
            let member = found.row.booking.chain.member(&seen.uri)?;
            member.snapshot.as_ref().map(|_| member)
        });
        told.booking = member.is_some();
        told.marked = member.map(|member| member.marks.in_force());
    }
    Ok(told)
}

/// The write that forgets an invitee which a sync saw, within another transaction.
#[must_use]
pub(crate) fn forgotten(uri: &str) -> Write {
    Write::Delete {
        key: key(uri),
        expect: Expect::Any,
    }
}

fn key(uri: &str) -> ItemKey {
    let hash = hex::encode(Sha256::digest(uri));
    ItemKey::new(format!("sync-invitee#{hash}"), "row")
}

/// Tells people apart in counts: 64 bits of the match key's hash, of the uri where there is no address.
fn person(seen: &ObservedInvitee) -> u64 {
    let hash = Sha256::digest(seen.email.as_deref().unwrap_or(&seen.uri));
    hash.iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
