//! Tests of what a person may ask for.

mod pending;
mod telephone;

use std::sync::Arc;

use bookpath_domain::bookings::attendance::NoShowMarks;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::people::erasure::is_anonymous;
use bookpath_domain::people::person::find;
use bookpath_domain::people::sources::{InviteeRow, Sources};
use bookpath_domain::{DeliveryStatus, Vendor};
use bookpath_testkit::MemoryLake;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::bookings::repository::{AddressOf, Name, by_email, by_name};
use crate::bronze::Publisher;
use crate::bronze::publish::{PublishReport, publish};
use crate::inbox::admit::{admit, reprocess};
use crate::inbox::delivery;
use crate::inbox::receipt::ReceiptStatus;
use crate::lake::etl::Etl;
use crate::people::{Known, known, rows};
use crate::ports::{
    Commit, Expect, LakeEngine as _, ObjectStore as _, RandomIds, RebuildScope, Store as _,
    StoreError, Write,
};
use crate::react::react;
use crate::testing::{World, invitee, seen};

const CREATED: &str = include_str!("../../../vendors/src/calendly/fixtures/invitee_created.json");
const JANE: &str = "jane@example.com";

/// A business that knows Jane from a webhook that went all the way.
struct Town {
    world: World,
    publisher: Publisher,
    lake: Arc<MemoryLake>,
}

impl Town {
    async fn new() -> Self {
        Self::with_phone(None).await
    }

    /// A business that knows Jane by this telephone, too.
    async fn with_phone(phone: Option<&str>) -> Self {
        let world = World::new();
        let publisher = Publisher {
            rules: world.performer.reactor.rules.clone(),
            store: world.store.clone(),
            objects: world.objects.clone(),
            faults: world.faults.clone(),
        };
        let lake = Arc::new(MemoryLake::with_sources(Sources {
            invitees: vec![InviteeRow {
                phone: phone.map(str::to_owned),
                ..row(&world)
            }],
            ..Sources::default()
        }));
        let town = Self {
            world,
            publisher,
            lake,
        };
        town.deliver(0).await;
        town.world.take(None, seen(&invitee("A1"))).await;
        town
    }

    /// A webhook of Jane's booking, as changed at a second; what write-bronze made of it, and its delivery.
    async fn deliver(&self, second: u32) -> (PublishReport, String) {
        let mut body: Value = serde_json::from_str(CREATED).unwrap();
        body["payload"]["uri"] = json!(invitee("A1").uri);
        body["payload"]["email"] = json!(JANE);
        body["payload"]["updated_at"] = json!(format!("2026-03-01T12:00:{second:02}.000000Z"));
        let body = serde_json::to_vec(&body).unwrap();
        let before = self.world.store.records().len();
        let (inbox, now) = (self.world.inbox(), self.world.now());
        let receipt = admit(&inbox, Vendor::Calendly, Origin::Webhook, now, &body).await;
        let records = self.world.store.records();
        let report = publish(&self.publisher, &records[before..]).await;
        assert_eq!(report.error, None);
        (report, receipt.unwrap().delivery_id)
    }

    async fn known(&self) -> Known {
        let rules = &self.world.performer.reactor.rules;
        let (store, now) = (self.world.store.as_ref(), self.world.now());
        known(store, &*self.lake, rules, now).await.unwrap()
    }

    /// A webhook that went as far as bronze.
    async fn land(&self, vendor: Vendor, body: &Value) {
        let before = self.world.store.records().len();
        let (inbox, now) = (self.world.inbox(), self.world.now());
        let body = serde_json::to_vec(body).unwrap();
        let receipt = admit(&inbox, vendor, Origin::Webhook, now, &body).await;
        assert_eq!(receipt.unwrap().status, ReceiptStatus::Accepted);
        let records = self.world.store.records();
        let report = publish(&self.publisher, &records[before..]).await;
        assert_eq!(report.error, None);
    }

    /// A body in the archive that no consumer has seen.
    async fn keep(&self, vendor: Vendor, body: &Value) {
        let inbox = self.world.inbox();
        let body = serde_json::to_vec(body).unwrap();
        let receipt = admit(&inbox, vendor, Origin::Webhook, self.world.now(), &body).await;
        assert_eq!(receipt.unwrap().status, ReceiptStatus::Accepted);
    }

    async fn exported(&self) -> Export {
        let known = self.known().await;
        let whom = subject(&known, JANE).unwrap();
        let rules = &self.world.performer.reactor.rules;
        let (store, objects) = (self.world.store.as_ref(), self.world.objects.as_ref());
        let exported = export(store, objects, rules, &known, &whom, self.world.now()).await;
        exported.unwrap().unwrap()
    }

    async fn forget(&self, dry_run: bool) -> Forgotten {
        let whom = subject(&self.known().await, JANE).unwrap();
        self.forgotten(&whom, dry_run).await.unwrap()
    }

    async fn forgotten(&self, whom: &ErasureSubject, dry_run: bool) -> Option<Forgotten> {
        self.tried(whom, dry_run).await.unwrap()
    }

    async fn tried(
        &self,
        whom: &ErasureSubject,
        dry_run: bool,
    ) -> Result<Option<Forgotten>, StoreError> {
        let with = Forget {
            store: self.world.store.as_ref(),
            objects: self.world.objects.as_ref(),
            lake: self.lake.as_ref(),
            tables: None,
            ids: &RandomIds,
            rules: &self.world.performer.reactor.rules,
            now: self.world.now(),
            actor: "admin",
            dry_run,
        };
        forget(&with, whom).await
    }

    /// What a versioned archive still has of earlier contents.
    fn past_of_raw(&self) -> Vec<(String, Vec<u8>)> {
        let mut past = self.world.objects.past();
        past.retain(|(key, _)| key.starts_with("raw/"));
        past
    }

    /// The upkeep of the nightly run; answers of how many bodies it deleted the past.
    async fn night(&self) -> usize {
        let objects = self.world.objects.as_ref();
        let night = drop_noted(self.world.store.as_ref(), objects).await;
        night.unwrap()
    }

    async fn texts(&self, prefix: &str) -> String {
        let mut text = String::new();
        for key in self.world.objects.list(prefix).await.unwrap() {
            let bytes = self.world.objects.get(&key).await.unwrap();
            text.push_str(&String::from_utf8(bytes).unwrap());
        }
        text
    }
}

fn row(world: &World) -> InviteeRow {
    let snapshot = invitee("A1");
    InviteeRow {
        invitee_uri: snapshot.uri.clone(),
        chain_id: snapshot.uri,
        email: JANE.to_owned(),
        name: Some("Jane Doe".to_owned()),
        phone: None,
        created_at: world.now(),
        booked_local: None,
        updated_at: world.now(),
        canceled: false,
        rescheduled: false,
        canceled_at: None,
        start: snapshot.start,
        end: snapshot.start + SignedDuration::from_mins(60),
        no_show: NoShowMarks::default(),
        host_email: None,
        host_name: None,
        event_name: None,
        call_type: None,
        channel: "google".to_owned(),
        campaign: None,
        utm_source: None,
        raw_sha256: None,
        mark_sha256: None,
    }
}

#[tokio::test]
async fn an_export_has_the_view_and_the_bookings() {
    let town = Town::new().await;
    let (known, exported) = (town.known().await, town.exported().await);
    assert_eq!(exported.contact.emails, [JANE]);
    assert_eq!(exported.bookings.len(), 1);
    assert!(subject(&known, "nobody@example.com").is_none());
}

#[tokio::test]
async fn a_preview_changes_nothing_and_an_erasure_leaves_no_trace_but_the_numbers() {
    let town = Town::new().await;
    let store = town.world.store.as_ref();
    let preview = town.forget(true).await;
    let scan = &preview.scan;
    // The raw body and the line of bronze; the booking and what points to it.
    assert_eq!((scan.hits - scan.in_items, scan.in_items), (2, 4));
    assert_eq!(preview.erased, Erased::default());
    assert!(town.texts("raw/").await.contains(JANE));

    let report = town.forget(false).await;
    // What was on its way to Jane is left for the minutes until it is done.
    let kinds: Vec<&str> = report.scan.kinds.iter().map(String::as_str).collect();
    assert_eq!((report.scan.hits, kinds), (1, vec!["effect"]));
    let erased = report.erased;
    let counts = (
        erased.raw_objects,
        erased.bronze_lines,
        erased.deliveries,
        erased.bookings,
    );
    assert_eq!(counts, (1, 1, 1, 1), "{report:?}");
    assert_eq!(town.texts("raw/").await, "");
    let line: Value = serde_json::from_str(town.texts("bronze/").await.trim()).unwrap();
    assert!(
        is_anonymous(line["invitee_email"].as_str().unwrap()),
        "{line}"
    );
    assert_eq!(line["invitee_uri"], json!(invitee("A1").uri));
    assert_eq!(line["invitee_name"], Value::Null);
    for prefix in ["booking#", "email#", "claimed-email#", "delivery#", "raw#"] {
        for item in town.world.store.items(prefix) {
            assert!(
                !item.body.contains(JANE) && !item.key.pk.contains(JANE),
                "{item:?}"
            );
        }
    }
    assert!(
        by_email(store, JANE, AddressOf::Proven, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let uri = invitee("A1").uri;
    let booking = by_name(store, Name::InviteeUri(&uri))
        .await
        .unwrap()
        .unwrap();
    let contact = booking.row.booking.contact();
    assert!(is_anonymous(&contact.email.unwrap()));
    assert_eq!((contact.name, contact.phone), (None, None));
    let id = crate::people::contact_id(JANE);
    let known = town.known().await;
    assert!(find(&known.resolved, JANE).is_none() && known.resolved.contact(&id).is_none());
    assert_eq!(known.resolved.contacts.len(), 1);
    assert_eq!(known.resolved.contacts[0].summary.total_calls_booked, 1);
}

#[tokio::test]
async fn nothing_brings_an_erased_person_back() {
    let town = Town::new().await;
    town.forget(false).await;
    let before = town.world.store.records().len();
    let (report, delivery_id) = town.deliver(1).await;
    assert_eq!((report.skipped_erased, report.records), (1, 0));
    assert_eq!(town.texts("raw/").await, "");
    // The erasure left no earlier version; the late delivery left one, for the night to delete.
    assert_eq!(town.past_of_raw().len(), 1);
    assert_eq!((town.night().await, town.past_of_raw().len()), (1, 0));
    let store = town.world.store.as_ref();
    let (row, _) = delivery::find(store, &delivery_id).await.unwrap().unwrap();
    assert_eq!(
        (row.status, row.resource_uri),
        (DeliveryStatus::SkippedErased, None)
    );
    let late = &town.world.store.records()[before..];
    let objects = town.world.objects.as_ref();
    let reacted = react(&town.world.performer.reactor, objects, late).await;
    assert_eq!((reacted.records, reacted.error), (1, None));
    for item in town.world.store.items("booking#") {
        assert!(!item.body.contains(JANE), "{item:?}");
    }
    let day = town
        .world
        .now()
        .strftime("%Y-%m-%d")
        .to_string()
        .parse()
        .unwrap();
    let replay = crate::inbox::replay::replay(&town.publisher, None, day, None)
        .await
        .unwrap();
    assert_eq!((replay.processed, replay.skipped_erased), (0, 2));
}

#[tokio::test]
async fn the_next_run_builds_the_tables_again_once() {
    let town = Town::new().await;
    town.forget(false).await;
    let store = town.world.store.clone();
    let etl = Etl {
        store: store.clone(),
        lake: town.lake.clone(),
        clock: town.world.clock.clone(),
        rules: town.world.performer.reactor.rules.clone(),
        resolutions: None,
    };
    assert!(rebuild_due(store.as_ref()).await.unwrap().is_some());
    let now = town.world.now();
    etl.compute(now, &RebuildScope::Nothing).await.unwrap();
    assert!(rebuild_due(store.as_ref()).await.unwrap().is_some());
    etl.run(now, false).await.unwrap();
    assert_eq!(rebuild_due(store.as_ref()).await.unwrap(), None);
}

#[tokio::test]
async fn tables_from_before_the_erasure_do_not_show_whom_nobody_shall_see() {
    let town = Town::new().await;
    let (store, clock) = (town.world.store.clone(), town.world.clock.clone());
    let etl = Etl {
        store: store.clone(),
        lake: town.lake.clone(),
        clock: clock.clone(),
        rules: town.world.performer.reactor.rules.clone(),
        resolutions: None,
    };
    let sources = town.known().await.sources;
    let seen_at = town.world.now();
    town.lake.run(seen_at, Sources::clone(&sources));
    let addresses = async || {
        let past = town.lake.known_at(seen_at);
        let rows = rows(store.as_ref(), past.as_ref(), Some(seen_at)).await;
        let (sources, _) = rows.unwrap();
        let emails = sources.invitees.iter().map(|row| row.email.clone());
        emails.collect::<Vec<String>>()
    };
    assert_eq!(addresses().await, [JANE]);
    clock.advance_s(60);
    town.forget(false).await;
    assert!(is_anonymous(&addresses().await[0]));
    clock.advance_s(60);
    etl.run(town.world.now(), false).await.unwrap();
    assert_eq!(rebuild_due(store.as_ref()).await.unwrap(), None);
    assert!(is_anonymous(&addresses().await[0]));
}

/// A vendor that never got our answer sends the very same bytes again: they are known, and their archive stays empty.
#[tokio::test]
async fn the_same_bytes_again_are_not_archived_again() {
    let town = Town::new().await;
    town.forget(false).await;
    let (report, delivery_id) = town.deliver(0).await;
    assert_eq!((report.skipped_erased, report.records), (0, 0));
    assert_eq!(town.texts("raw/").await, "");
    let store = town.world.store.as_ref();
    let (row, _) = delivery::find(store, &delivery_id).await.unwrap().unwrap();
    assert_eq!(
        (row.status, row.resource_uri.as_deref(), &*row.raw_key),
        (DeliveryStatus::SkippedErased, None, "")
    );
    let again = reprocess(&town.world.inbox(), row).await.unwrap();
    assert_eq!(again.status, ReceiptStatus::SkippedErased);
}

/// What nobody acts upon, or what can't be used, names people as well.
#[tokio::test]
async fn bodies_that_go_nowhere_are_emptied_too() {
    let town = Town::new().await;
    town.forget(false).await;
    let inbox = town.world.inbox();
    let ignored = json!({ "event": "invitee_no_show.unheard_of", "payload": { "uri": "https://x.test/1", "email": JANE } });
    let failed =
        json!({ "event": "invitee.created", "payload": { "email": "Jane@Example.com", "uri": 7 } });
    let other =
        json!({ "event": "invitee.created", "payload": { "email": "bob@example.com", "uri": 7 } });
    for body in [&ignored, &failed, &other] {
        let body = serde_json::to_vec(body).unwrap();
        let now = town.world.now();
        let receipt = admit(&inbox, Vendor::Calendly, Origin::Webhook, now, &body).await;
        assert_ne!(receipt.unwrap().status, ReceiptStatus::Accepted);
    }
    assert_eq!(town.texts("raw/").await, other.to_string());
    assert_eq!(town.past_of_raw().len(), 2);
    assert_eq!((town.night().await, town.past_of_raw().len()), (2, 0));
}

/// A table restored to before an erasure brings the person's items back. With the tombstones copied into it, the address is
/// enough to erase them again, although no table and no body names the person any more.
#[tokio::test]
async fn who_came_back_with_a_restored_table_is_forgotten_again() {
    let town = Town::new().await;
    let store = town.world.store.as_ref();
    let mut before = Vec::new();
    store.scan(&mut |item| before.push(item)).await.unwrap();
    let first = town.forget(false).await;
    town.lake.run(town.world.now(), Sources::default());
    for item in before {
        let restored = Write::Put {
            key: item.key,
            index: item.index,
            body: item.body,
            expect: Expect::Any,
            expires: None,
        };
        store.commit(Commit::new(vec![restored])).await.unwrap();
    }
    let jane = ErasureSubject::of_address(JANE, &town.known().await).unwrap();
    let preview = town.forgotten(&jane, true).await.unwrap();
    assert!(preview.scan.in_items > first.scan.in_items);
    let again = town.forgotten(&jane, false).await.unwrap();
    assert_eq!(again.erased.bookings, first.erased.bookings);
    // An entry of the outbox stays until it is performed.
    assert_eq!(again.scan.kinds, first.scan.kinds);
    assert_eq!(again.scan.in_items, first.scan.in_items);
}
