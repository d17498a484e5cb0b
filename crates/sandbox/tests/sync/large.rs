//! Two hundred pages of events with an invitee each, made up page by page, so that nothing but the sync could hold them. What
//! holds for each page holds for more of them; `make bench-sync` measures a process with 100,000 events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::inbox::Inbox;
use bookpath_app::ports::{
    CallError, Commit, Item, ItemKey, ListPage, NoFaults, Pace, Page, Query, Range,
    ScheduledEvents, Store, StoreError, Write,
};
use bookpath_app::sync::{Retry, Sync, SyncError, SyncVendors, sync};
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_testkit::{CountedIds, MemoryObjects, MemoryStore, RecordedPauses, SetClock};
use bookpath_vendors::calendly::observed::ObservedInvitee;
use bookpath_vendors::{Parsed, parse};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::NOW;

const EVENTS: usize = 20_000;
const PAGE: usize = 100;
/// Calls of a minute.
const LIMIT: u32 = 500;
/// The store stops for good once it holds so many invitees: in the middle of a page.
const CRASH: usize = 8_050;

/// What the test watches from both sides of the sync.
#[derive(Debug, Default)]
struct Watch {
    /// Events of which the vendor has shown the first, the second, up to this one.
    shown: usize,
    /// Pages that the present run has asked for.
    pages: usize,
    /// Places that the present run has stored.
    places: usize,
    /// Invitees that are stored, by the sort key of their index.
    stored: BTreeMap<String, ItemKey>,
    /// Events that were shown and not stored: the most at any moment.
    held_max: usize,
    calls: usize,
    /// Pauses before this window of the rate limit began, and its calls.
    window: (usize, u32),
    crash: bool,
}

type Shared = Arc<Mutex<Watch>>;

fn look(watch: &Shared) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap()
}

fn began() -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(24 * 90)
}

/// One event every half hour: 416 of the 455 days that a sync reads.
fn start(number: usize) -> Timestamp {
    began() + SignedDuration::from_mins(30 * number as i64)
}

/// A Calendly that keeps to its rate limit.
struct Vast {
    watch: Shared,
    pauses: Arc<RecordedPauses>,
}

impl Vast {
    /// Counts a call. Once a window is used up there is no answer until the caller has waited.
    fn pace(&self) -> Result<Option<Pace>, CallError> {
        let (waited, mut watch) = (self.pauses.all().len(), look(&self.watch));
        watch.calls += 1;
        if waited > watch.window.0 {
            watch.window = (waited, 0);
        }
        if watch.window.1 == LIMIT {
            return Err(CallError::refused("a call into a window that is used up"));
        }
        watch.window.1 += 1;
        Ok(Some(Pace {
            limit: LIMIT,
            remaining: LIMIT - watch.window.1,
            reset: Duration::from_secs(60),
        }))
    }
}

fn event(number: usize) -> Value {
    let at = "2025-12-01T10:00:00Z";
    let uri = format!("https://api.calendly.com/scheduled_events/E{number}");
    json!({ "uri": uri, "name": "Triage Call", "status": "active", "event_type": "https://api.calendly.com/event_types/T1",
        "start_time": start(number), "end_time": start(number) + SignedDuration::from_mins(5),
        "created_at": at, "updated_at": at, "event_memberships": [] })
}

fn invitee(number: usize) -> Value {
    let (at, event) = ("2025-12-01T10:00:00Z", event(number)["uri"].clone());
    let uri = format!("{}/invitees/A{number}", event.as_str().unwrap());
    json!({ "uri": uri, "event": event, "status": "active", "email": format!("p{number}@acme.co"), "name": "Jane Doe",
        "timezone": "Europe/Madrid", "created_at": at, "updated_at": at, "no_show": null,
        "questions_and_answers": [], "tracking": {} })
}

/// Of two meanings of a hundred no webhook has told: which they are is said by their hash.
fn is_lost(meaning: &str) -> bool {
    meaning.ends_with("00") || meaning.ends_with("7f")
}

/// Whether the webhook of a booking never came.
fn never_came(number: usize) -> bool {
    let seen = ObservedInvitee::read(&event(number), &invitee(number)).unwrap();
    match parse(Vendor::Calendly, seen.state().to_string().as_bytes()) {
        Parsed::Known { delivery, .. } => is_lost(&delivery.dedupe_key(Vendor::Calendly)),
        other => panic!("{other:?}"),
    }
}

#[async_trait]
impl ScheduledEvents for Vast {
    async fn events(
        &self,
        from: Timestamp,
        _to: Timestamp,
        after: Option<&str>,
    ) -> Result<ListPage, CallError> {
        let pace = self.pace()?;
        let minutes = usize::try_from(from.duration_since(began()).as_mins()).unwrap();
        let first = after.map_or(minutes.div_ceil(30), |token| token.parse().unwrap());
        let mut watch = look(&self.watch);
        if after.is_some() {
            assert_eq!(watch.stored.len(), first, "a page was not stored in whole");
            assert_eq!(watch.places, watch.pages, "the place was not stored");
        }
        let end = (first + PAGE).min(EVENTS);
        watch.pages += 1;
        watch.shown = end;
        watch.held_max = watch.held_max.max(end - watch.stored.len());
        Ok(ListPage {
            items: (first..end).map(event).collect(),
            next: (end < EVENTS).then(|| end.to_string()),
            pace,
        })
    }

    async fn invitees(&self, event_uri: &str, _: Option<&str>) -> Result<ListPage, CallError> {
        let pace = self.pace()?;
        let (_, number) = event_uri.rsplit_once('E').unwrap();
        Ok(ListPage {
            items: vec![invitee(number.parse().unwrap())],
            next: None,
            pace,
        })
    }
}

/// A store to which the webhooks have told of almost everything.
struct Told {
    inner: MemoryStore,
    watch: Shared,
}

impl Told {
    fn unknown(key: &ItemKey) -> bool {
        !key.pk.starts_with("dedupe#") || is_lost(&key.pk)
    }
}

#[async_trait]
impl Store for Told {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        let found = self.inner.get(key).await?;
        if found.is_some() || Self::unknown(key) {
            return Ok(found);
        }
        Ok(Some(Item {
            key: key.clone(),
            version: 1,
            index: None,
            body: json!({ "delivery_id": "told", "contents": [] }).to_string(),
        }))
    }

    /// Of the index only: the store in memory would look at every item for each page.
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let Range::Index { .. } = &query.range else {
            return self.inner.query(query).await;
        };
        let after = query.after.clone().unwrap_or_default();
        let keys: Vec<(String, ItemKey)> = {
            let watch = look(&self.watch);
            let rest = watch.stored.iter().filter(|(sort, _)| **sort > after);
            let rest = rest.take(query.limit);
            rest.map(|(sort, key)| (sort.clone(), key.clone()))
                .collect()
        };
        let mut items = Vec::new();
        for (_, key) in &keys {
            items.extend(self.inner.get(key).await?);
        }
        let full = keys.len() == query.limit;
        Ok(Page {
            items,
            next: keys.last().map(|(sort, _)| sort.clone()).filter(|_| full),
        })
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        for write in &commit.writes {
            let Write::Put { key, index, .. } = write else {
                continue;
            };
            let mut watch = look(&self.watch);
            if watch.crash && watch.stored.len() >= CRASH {
                return Err(StoreError::Unavailable("the process dies here".to_owned()));
            }
            if key.pk == "sync#calendly" && key.sk == "place" && watch.pages > 0 {
                watch.places += 1;
            }
            if let Some(index) = index
                .as_ref()
                .filter(|_| key.pk.starts_with("sync-invitee#"))
            {
                watch.stored.insert(index.sort.clone(), key.clone());
            }
        }
        self.inner.commit(commit).await
    }

    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.inner.counters().await
    }

    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
        self.inner.scan(each).await
    }
}

fn sync_of(store: &Arc<Told>, pauses: &Arc<RecordedPauses>) -> Sync {
    let vast = Vast {
        watch: store.watch.clone(),
        pauses: pauses.clone(),
    };
    let inbox = Inbox {
        ids: Arc::new(CountedIds::default()),
        store: store.clone(),
        objects: Arc::new(MemoryObjects::default()),
        faults: Arc::new(NoFaults),
    };
    Sync {
        inbox: Arc::new(inbox),
        clock: Arc::new(SetClock::at(NOW)),
        pauses: pauses.clone(),
        rules: Arc::new(BusinessConfig::default()),
        vendors: SyncVendors {
            calendly: Some(Arc::new(vast)),
            ..SyncVendors::default()
        },
        retry: Retry::default(),
        time_max: Duration::from_secs(3_600),
    }
}

#[tokio::test]
async fn a_long_list_is_held_a_page_at_a_time_and_a_crash_goes_on_where_it_was() {
    let watch = Shared::default();
    let store = Arc::new(Told {
        inner: MemoryStore::default(),
        watch: watch.clone(),
    });
    let pauses = Arc::new(RecordedPauses::default());
    let sync_with = sync_of(&store, &pauses);
    look(&watch).crash = true;
    let crashed = sync(&sync_with, Vendor::Calendly, None).await.unwrap_err();
    assert!(matches!(crashed, SyncError::Store(_)), "{crashed}");
    let stored = look(&watch).stored.len();
    assert!((CRASH..CRASH + PAGE).contains(&stored), "{stored}");
    {
        let mut watch = look(&watch);
        (watch.crash, watch.pages, watch.places) = (false, 0, 0);
    }
    // A process of its own: only the store is the same.
    let report = sync(&sync_of(&store, &pauses), Vendor::Calendly, None).await;
    let report = report.unwrap();
    assert!(report.complete && report.resumed);
    assert_eq!(report.events_processed, EVENTS as u64);
    assert_eq!(report.invitees_processed, EVENTS as u64);
    let watch = look(&watch);
    assert_eq!(watch.stored.len(), EVENTS);
    // Half a page may be stored when the next one is shown again after the crash.
    assert!(watch.held_max <= PAGE, "{}", watch.held_max);
    // What was asked twice is the page of the crash.
    let needed = EVENTS + EVENTS / PAGE;
    assert!(
        (needed..=needed + PAGE + 2).contains(&watch.calls),
        "{}",
        watch.calls
    );
    // The vendor refused no call, and every window was waited out.
    assert_eq!(report.retries, 0);
    assert_eq!(pauses.all().len(), watch.calls / LIMIT as usize);
    // Every webhook that was lost is brought in once and named once, those of the page of the crash, too.
    let brought = store.inner.records().len();
    assert_eq!(brought, (0..EVENTS).filter(|n| never_came(*n)).count());
    assert!(brought > EVENTS / 200, "{brought}");
    let named: BTreeSet<&str> = report.missed_deliveries.iter().map(|m| &*m.uri).collect();
    assert_eq!(
        (named.len(), report.missed_deliveries.len()),
        (brought, brought)
    );
}
