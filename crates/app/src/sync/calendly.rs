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

use super::bring::{self, BringOutcome, Known};
use super::calls::Caller;
use super::diff::{KnownFacts, News, SeenInvitee, news};
use super::place::SyncPlace;
use super::report::SyncReport;
use super::{Sync, SyncError, figures};
use crate::bookings::repository::{self, Name};
use crate::inbox::found::Missed;
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
    let mut place = SyncPlace::find(sync, VENDOR, since, || Window {
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
        let (events, unread) = fill(api, &caller, &page.items, &done).await?;
        place.report.invalid += unread;
        take(sync, &mut place.report, &events).await?;
        events.iter().for_each(|event| place.at.pass(event));
        place.report.charge(before, caller.spent());
        if page.next.is_some() && page.next == after {
            return Err(CallError::transient("Calendly's list has no end").into());
        }
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

/// Asks for everybody in the events of a page, in its order, but for the events that are done. Returns them, and how many could
/// not be read: one event that is deleted meanwhile, or that Calendly refuses to show, keeps no other from being read. The next run
/// asks for it again.
///
/// # Errors
/// A failure that passes, or the refusal of every event of the page.
async fn fill(
    api: &dyn ScheduledEvents,
    caller: &Caller<'_>,
    events: &[Value],
    done: &[String],
) -> Result<(Vec<Filled>, u64), CallError> {
    let asks = events.iter().filter_map(|event| {
        let uri = event.get("uri").and_then(Value::as_str)?;
        let is_done = done.iter().any(|done| done == uri);
        (!is_done).then(|| filled(api, caller, event, uri).boxed())
    });
    let asks: Vec<_> = asks.collect();
    let answers: Vec<Result<Filled, CallError>> =
        stream::iter(asks).buffered(TOGETHER).collect().await;
    let answers_some = answers.iter().any(Result::is_ok);
    let (mut read, mut unread) = (Vec::new(), 0);
    for answer in answers {
        match answer {
            Ok(event) => read.push(event),
            Err(error) if error.not_found || (answers_some && !error.passes()) => {
                tracing::warn!(%error, "an event of Calendly can't be read");
                unread += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((read, unread))
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

/// Compares everybody in the events with what is known, and brings in what is news.
async fn take(sync: &Sync, report: &mut SyncReport, events: &[Filled]) -> Result<(), SyncError> {
    let listed: Vec<_> = events.iter().flat_map(|event| &event.invitees).collect();
    let usable: Vec<&ObservedInvitee> = listed.iter().filter_map(|seen| seen.as_ref()).collect();
    report.events_processed += events.len() as u64;
    report.invitees_processed += listed.len() as u64;
    report.invalid += (listed.len() - usable.len()) as u64;
    for invitees in usable.chunks(ROWS_PER_COMMIT) {
        let keys: Vec<ItemKey> = invitees.iter().map(|seen| key(&seen.uri)).collect();
        let items = sync.inbox.store.get_many(&keys).await?;
        let mut fresh = Vec::new();
        for (seen, item) in invitees.iter().copied().zip(&items) {
            let row: Option<SeenInvitee> = item.as_ref().map(|item| item.read()).transpose()?;
            match row.as_ref().filter(|row| row.is_same(seen)) {
                None => fresh.push((seen, row)),
                // The run was stopped after it had stored the row, and before its report.
                Some(row) if is_of_this_run(report, row) => {
                    let known = known(sync, report, seen).await?;
                    report.changed += u64::from(recall(report, seen, &known));
                }
                Some(_) => {}
            }
        }
        // Together they share the store's commits; the report keeps their order.
        let run = &*report;
        let asks: Vec<_> = fresh
            .iter()
            .map(|(seen, row)| one(sync, run, row.as_ref(), seen).boxed())
            .collect();
        let taken: Vec<Taken> = stream::iter(asks)
            .buffered(ROWS_PER_COMMIT)
            .try_collect()
            .await?;
        let seen = fresh.iter().map(|(seen, _)| *seen).zip(taken);
        let writes = seen.map(|(seen, taken)| taken.write(report, seen));
        let writes = writes.collect::<Result<Vec<Write>, StoreError>>()?;
        if !writes.is_empty() {
            sync.inbox.store.commit(Commit::new(writes)).await?;
        }
    }
    Ok(())
}

/// What became of an invitee of whom something is news.
struct Taken {
    /// What was known of them.
    known: KnownInvitee,
    /// How they stand.
    fresh: SeenInvitee,
    /// A webhook about them is on the stream now.
    is_news: bool,
    /// The webhooks that never came.
    missed: Vec<Missed>,
    /// Webhooks that nobody can use.
    invalid: u64,
}

/// Brings in what is news about one invitee.
async fn one(
    sync: &Sync,
    run: &SyncReport,
    row: Option<&SeenInvitee>,
    seen: &ObservedInvitee,
) -> Result<Taken, SyncError> {
    let known = known(sync, run, seen).await?;
    let told = told(sync, row, seen, &known).await?;
    let mut fresh = SeenInvitee::new(seen, person(seen));
    fresh.changed_by = row.and_then(|row| row.changed_by.clone());
    let mut taken = Taken {
        known,
        fresh,
        is_news: false,
        missed: Vec::new(),
        invalid: 0,
    };
    for News { body, mut missed } in news(row, told, seen, run.started_at) {
        let Some(body) = body else {
            missed.retain(|one| !taken.known.has_found(one));
            taken.missed.append(&mut missed);
            continue;
        };
        match bring::bring(sync, VENDOR, run, &missed, &body).await? {
            BringOutcome::News => {}
            // A webhook that came this moment was not missed.
            BringOutcome::Known => {
                missed.pop();
            }
            BringOutcome::Invalid => {
                taken.invalid += 1;
                continue;
            }
        }
        taken.is_news = true;
        taken.missed.append(&mut missed);
    }
    Ok(taken)
}

impl Taken {
    /// Counts it; the row that remembers how the invitee stands.
    fn write(
        mut self,
        report: &mut SyncReport,
        seen: &ObservedInvitee,
    ) -> Result<Write, StoreError> {
        let recalled = recall(report, seen, &self.known);
        report.invalid += self.invalid;
        for missed in &self.missed {
            report.miss(&seen.uri, missed);
        }
        if recalled || self.is_news {
            report.changed += 1;
            self.fresh.changed_by = Some(report.run_id.clone());
        }
        let index = IndexKey {
            partition: figures::PARTITION.to_owned(),
            sort: figures::sort(seen.start, &seen.uri),
        };
        let expires = seen.start.checked_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
        let row = Write::put(key(&seen.uri), Some(index), &self.fresh, Expect::Any)?;
        Ok(row.expiring(expires))
    }
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

impl KnownInvitee {
    /// This run found it before it was stopped, so it is named already.
    fn has_found(&self, missed: &Missed) -> bool {
        let all = [&self.state, &self.mark].into_iter().chain(&self.others);
        let mut found = all.filter_map(|known| known.found.as_ref());
        found.any(|found| found.missed.contains(missed))
    }
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
) -> Result<KnownFacts, StoreError> {
    let mut told = KnownFacts {
        state: known.state.told,
        mark: known.mark.told,
        ..KnownFacts::default()
    };
    let unmarked = seen.no_show.is_none() && row.is_none_or(|row| row.no_show_at.is_some());
    if row.is_none() || unmarked {
        let store = sync.inbox.store.as_ref();
        let found = repository::by_name(store, Name::InviteeUri(&seen.uri)).await?;
        let member = found.as_ref().and_then(|found| {
            let member = found.row.booking.chain.member(&seen.uri)?;
            member.snapshot.as_ref().map(|_| member)
        });
        told.booking = member.is_some();
        told.created = member.is_some_and(|member| member.booking_told);
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
