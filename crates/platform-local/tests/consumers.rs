//! Poison records and caps: what the consumers and the receiver do on the embedded ports.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use bookpath_app::bronze::Publisher;
use bookpath_app::bronze::publish::publish;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::consumers::{REACT, WRITE_BRONZE};
use bookpath_app::inbox::dead_letters::{self, Content};
use bookpath_app::inbox::delivery;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver, receive};
use bookpath_app::ports::{
    Clock, Commit, EventLog as _, LogEntry, LogRecord, NoFaults, ObjectStore as _, RandomIds, Store,
};
use bookpath_app::react::{Reactor, react};
use bookpath_domain::BusinessConfig;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::Vendor;
use bookpath_platform_local::Database;
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::objects::FileObjects;
use bookpath_vendors::signature::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use tempfile::TempDir;

const NOW: &str = "2026-03-01T10:00:00Z";
const KEY: &str = "a key";

struct Parts {
    _dir: TempDir,
    database: Arc<Database>,
    receiver: Receiver,
    objects: Arc<FileObjects>,
    publisher: Publisher,
    reactor: Reactor,
}

fn parts() -> Parts {
    let dir = tempfile::tempdir().unwrap();
    let database = Arc::new(Database::open(dir.path()).unwrap());
    let objects = Arc::new(FileObjects::new(dir.path().join("lake")));
    let rules = Arc::new(
        BusinessConfig::from_toml(
            "[limits]\nwebhooks_per_second = 10000\nwebhooks_burst = 10000\n",
        )
        .unwrap(),
    );
    let clock: Arc<dyn Clock> = Arc::new(ProcessClock::set_at(NOW.parse().unwrap()));
    let receiver = Receiver {
        rules: rules.clone(),
        keys: VendorKeys::default().with(
            Vendor::Calendly,
            vec![SigningKey::new(Vendor::Calendly, KEY).unwrap()],
        ),
        limits: EdgeLimits::new(&rules, &clock),
        clock: clock.clone(),
        inbox: Arc::new(Inbox {
            ids: Arc::new(RandomIds),
            store: database.clone(),
            objects: objects.clone(),
            faults: Arc::new(NoFaults),
        }),
    };
    let publisher = Publisher {
        rules: rules.clone(),
        store: database.clone(),
        objects: objects.clone(),
        faults: Arc::new(NoFaults),
    };
    let reactor = Reactor {
        rules,
        store: database.clone(),
        clock,
        ids: Arc::new(RandomIds),
        faults: Arc::new(NoFaults),
        phone_secret: Arc::from(&b"a secret"[..]),
    };
    Parts {
        _dir: dir,
        database,
        receiver,
        objects,
        publisher,
        reactor,
    }
}

fn body(id: &str) -> String {
    let event = "https://api.calendly.com/scheduled_events/E1";
    format!(
        r#"{{"event":"invitee.created","created_at":"{NOW}","payload":{{"uri":"{event}/invitees/{id}","email":"a@co.test","name":"A","status":"active","timezone":"UTC","created_at":"{NOW}","updated_at":"{NOW}","scheduled_event":{{"uri":"{event}","name":"Call","status":"active","start_time":"2026-03-10T15:00:00Z","end_time":"2026-03-10T15:30:00Z","created_at":"{NOW}","event_type":"https://api.calendly.com/event_types/T"}}}}}}"#
    )
}

/// Posts a body signed with `key`; whether it was taken.
async fn post(parts: &Parts, body: &str, key: &str) -> bool {
    let t = NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{t}.{body}").as_bytes());
    let value = format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()));
    let header = move |name: &str| (name == "calendly-webhook-signature").then(|| value.clone());
    receive(
        &parts.receiver,
        Vendor::Calendly,
        "local",
        &header,
        body.as_bytes(),
    )
    .await
    .is_ok()
}

/// What write-bronze has to read next.
async fn next(parts: &Parts) -> Vec<LogRecord> {
    let batch = parts.database.claim(WRITE_BRONZE, 10).await;
    batch.unwrap().records
}

/// A batch of a good record and two that no consumer can read; and the id of the delivery that one of these came from.
async fn poisoned(parts: &Parts) -> (Vec<LogRecord>, String) {
    assert!(post(parts, &body("I1"), KEY).await);
    let mut batch = next(parts).await;
    // The same record as a release wrote it that we do not know, and one that is no record at all.
    let mut broken: serde_json::Value = serde_json::from_slice(&batch[0].data).unwrap();
    broken["received_at"] = serde_json::json!("yesterday");
    batch[0].data = serde_json::to_vec(&broken).unwrap();
    let nonsense = LogEntry {
        partition_key: "p".to_owned(),
        data: b"no record".to_vec(),
    };
    let commit = Commit {
        writes: Vec::new(),
        records: vec![nonsense],
    };
    parts.database.commit(commit).await.unwrap();
    assert!(post(parts, &body("I2"), KEY).await);
    parts.database.finish(WRITE_BRONZE).await.unwrap();
    batch.extend(next(parts).await);
    let id = broken["delivery_id"].as_str().unwrap().to_owned();
    (batch, id)
}

/// A poison record never fails its batch and never vanishes; the delivery that it came from may come again.
#[tokio::test]
async fn a_poison_record_is_a_dead_letter_of_both_consumers() {
    let parts = parts();
    let (batch, id) = poisoned(&parts).await;
    let published = publish(&parts.publisher, &batch).await;
    assert_eq!(
        (published.records, published.dead, published.failed.len()),
        (1, 2, 0),
        "{published:?}"
    );
    let reacted = react(&parts.reactor, parts.objects.as_ref(), &batch).await;
    assert_eq!(
        (reacted.records, reacted.dead, reacted.failed.len()),
        (1, 2, 0),
        "{reacted:?}"
    );
    for consumer in [WRITE_BRONZE, REACT] {
        let letters = dead_letters::letters(parts.database.as_ref(), consumer)
            .await
            .unwrap();
        let whole = |l: &dead_letters::DeadLetter| {
            batch.iter().any(|r| {
                l.content == Content::Record(String::from_utf8_lossy(&r.data).into_owned())
            })
        };
        let told = |l: &dead_letters::DeadLetter| !l.reason.is_empty() && whole(l);
        assert_eq!(
            (letters.len(), letters.iter().all(told)),
            (2, true),
            "{consumer}: {letters:?}"
        );
    }
    // The poisoned delivery is failed, and the same webhook is no duplicate of it (X49).
    let store: &dyn Store = parts.database.as_ref();
    let (row, _) = delivery::find(store, &id).await.unwrap().unwrap();
    assert_eq!((row.status, row.attempts), (DeliveryStatus::Failed, 1));
    let counters = parts.database.counters().await.unwrap();
    assert!(
        counters.contains(&("dead_letters".to_owned(), 4)),
        "{counters:?}"
    );
    assert!(post(&parts, &body("I1"), KEY).await);
    let counters = parts.database.counters().await.unwrap();
    assert!(counters.iter().all(|(name, _)| name != "webhook_duplicate"));
}

/// A record that no row of the table would take lies beside it, whole, and the row says where.
#[tokio::test]
async fn a_dead_letter_may_be_of_any_size() {
    let parts = parts();
    let record = LogRecord {
        sequence: "1".to_owned(),
        data: "\"\u{1}".repeat(100_000).into_bytes(),
    };
    for _ in 0..2 {
        let published = publish(&parts.publisher, std::slice::from_ref(&record)).await;
        assert_eq!((published.dead, published.error), (1, None));
    }
    let letters = dead_letters::letters(parts.database.as_ref(), WRITE_BRONZE)
        .await
        .unwrap();
    let [
        dead_letters::DeadLetter {
            content: Content::RecordKey(key),
            reason,
            ..
        },
    ] = letters.as_slice()
    else {
        panic!("{} letters", letters.len())
    };
    assert!(reason.starts_with("not a stream record"), "{reason}");
    assert_eq!(parts.objects.get(key).await.unwrap(), record.data);
    assert_eq!(
        parts.objects.list("dead-letters/").await.unwrap(),
        [key.as_str()]
    );
}

/// Callers at the same moment: every refusal is counted, and every body that is kept has its row and its place.
#[tokio::test]
async fn bodies_that_come_together_are_counted_one_by_one() {
    let parts = parts();
    let bodies: Vec<String> = (0..50).map(|n| body(&format!("P{n}"))).collect();
    let posts = bodies.iter().map(|body| post(&parts, body, "another key"));
    let taken = futures::future::join_all(posts).await;
    assert!(taken.iter().all(|taken| !taken));
    let folder = parts
        ._dir
        .path()
        .join("lake/quarantine/calendly/2026-03-01");
    let stored = std::fs::read_dir(folder).unwrap().count();
    let rows = delivery::inbox(
        parts.database.as_ref(),
        Some(DeliveryStatus::Quarantined),
        100,
        None,
    )
    .await
    .unwrap();
    let key = bookpath_app::ports::ItemKey::new("quarantine#calendly", "2026-03-01");
    let kept: serde_json::Value =
        serde_json::from_str(&parts.database.get(&key).await.unwrap().unwrap().body).unwrap();
    assert_eq!(
        (rows.rows.len(), kept["count"].as_u64()),
        (stored, Some(stored as u64))
    );
    let counters = parts.database.counters().await.unwrap();
    assert!(
        counters.contains(&("webhook_rejected".to_owned(), 50)),
        "{counters:?}"
    );
}

/// Anybody can post here: the day's quarantine is capped, and every refusal is counted.
#[tokio::test]
async fn the_quarantine_is_capped() {
    let parts = parts();
    for n in 0..510 {
        assert!(!post(&parts, &body(&format!("Q{n}")), "another key").await);
    }
    let folder = parts
        ._dir
        .path()
        .join("lake/quarantine/calendly/2026-03-01");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 500);
    let counters = parts.database.counters().await.unwrap();
    assert!(
        counters.contains(&("webhook_rejected".to_owned(), 510)),
        "{counters:?}"
    );
}
