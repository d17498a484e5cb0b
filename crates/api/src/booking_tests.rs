//! The routes of bookings and conversations over ports in memory: files, totals, checks, other waits.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use bookpath_app::access::SigningKeys;
use bookpath_app::bookings::ledger;
use bookpath_app::effects::{Circuits, Performer, perform_due};
use bookpath_app::inbox::admit::admit;
use bookpath_app::ports::{Commit, NoFaults, RandomIds};
use bookpath_app::react::{Intake, Reactor, apply};
use bookpath_domain::Vendor;
use bookpath_domain::access::Role;
use bookpath_domain::bookings::Fact;
use bookpath_domain::bookings::invitee::{Contact, InviteeSnapshot};
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use bookpath_domain::people::sources::Sources;
use bookpath_domain::{BusinessConfig, ToldBy};
use bookpath_testkit::{FakeCalendar, FakePayments, FakePost, FakeTexts, FakeWaits};
use bookpath_vendors::Reported;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::testing::{NOW, World};
use crate::{BookingsApi, booking};

const RULES: &str = "reporting_timezone = \"America/New_York\"\n";

/// bookings-api beside the dashboard of a world, on its store and with its users.
struct Bookings {
    world: World,
    performer: Arc<Performer>,
    router: Router,
}

impl Bookings {
    async fn new() -> Self {
        let world = World::new(Sources::default(), RULES).await;
        let post = Arc::new(FakePost::default());
        let reactor = Reactor {
            rules: Arc::new(BusinessConfig::from_toml(RULES).unwrap()),
            store: world.api.store.clone(),
            clock: world.clock.clone(),
            ids: Arc::new(RandomIds),
            faults: Arc::new(NoFaults),
            phone_secret: Arc::from(&b"secret"[..]),
        };
        let performer = Arc::new(Performer {
            reactor: Arc::new(reactor),
            payments: Arc::new(FakePayments::default()),
            calendar: Arc::new(FakeCalendar::default()),
            crm: None,
            records: std::collections::BTreeMap::new(),
            texts: Arc::new(FakeTexts::default()),
            mailer: post.clone(),
            waits: Arc::new(FakeWaits::default()),
            operators: post,
            circuits: Circuits::default(),
            owner: "test".to_owned(),
            public_url: "https://book.test".to_owned(),
            link_keys: Some(SigningKeys::new(vec![vec![7; 32]]).unwrap()),
        });
        let api = BookingsApi {
            store: world.api.store.clone(),
            clock: world.clock.clone(),
            rules: world.api.rules.clone(),
            access: world.api.access.clone(),
            performer: performer.clone(),
        };
        Self {
            router: booking(&api),
            performer,
            world,
        }
    }

    /// A booking of a number of its own comes in, and its confirmation goes out.
    async fn booked(&self, n: u32) {
        let reported = Reported {
            fact: Fact::Invitee(Box::new(invitee(n))),
            stripe_ids: Vec::new(),
            booking_id: None,
        };
        let told_by = ToldBy {
            raw_sha256: format!("sha{n}"),
            delivery_id: format!("d{n}"),
        };
        let intake = Intake {
            told_by: Some(told_by),
            ..Intake::new(&reported)
        };
        apply(&self.performer.reactor, intake).await.unwrap();
        perform_due(&self.performer).await.unwrap();
    }

    /// The status of an admin's GET, and the body: JSON, or the text of a file.
    async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, Body::empty()).await
    }

    /// As [`Bookings::get`], of a POST.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, Body::from(body.to_string())).await
    }

    async fn call(&self, method: &str, path: &str, body: Body) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let token = self.world.token(Role::Admin);
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        (status, body)
    }

    async fn lines(&self, path: &str) -> Vec<String> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        let text = body.as_str().unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn invitee(n: u32) -> InviteeSnapshot {
    let created_at: Timestamp = NOW.parse().unwrap();
    let start = created_at + SignedDuration::from_hours(9 * 24);
    InviteeSnapshot {
        uri: format!("https://api.calendly.com/scheduled_events/E{n}/invitees/A{n}"),
        event_uri: Some(format!("https://api.calendly.com/scheduled_events/E{n}")),
        event_type: None,
        event_name: Some("=Strategy".to_owned()),
        canceled: false,
        rescheduled: false,
        old_invitee: None,
        new_invitee: None,
        created_at,
        updated_at: created_at,
        canceled_at: None,
        start,
        end: start + SignedDuration::from_mins(60),
        timezone: Some("America/New_York".to_owned()),
        language: None,
        host_name: None,
        host_email: None,
        contact: Contact {
            name: Some("Jane Doe".to_owned()),
            first_name: None,
            email: Some(format!("p{n}@acme.co")),
            phone: Some(format!("+1222333{n:04}")),
        },
        no_show_at: None,
        paid_in_calendly: false,
        reschedule_url: None,
        cancel_url: None,
        join_url: None,
        sha256: format!("{n}"),
        tells_of_booking: false,
    }
}

#[tokio::test]
async fn bookings_texts_and_money_are_files_with_the_zone_of_their_dates() {
    let bookings = Bookings::new().await;
    for n in 1..=3 {
        bookings.booked(n).await;
    }
    let file = bookings.lines("/api/bookings?format=csv&limit=1").await;
    assert_eq!(file.len(), 4);
    assert!(
        file[0].contains(",start_time (America/New_York),"),
        "{}",
        file[0]
    );
    assert!(!file[0].contains("history"), "{}", file[0]);
    // Daylight saving time has begun by then.
    assert!(
        file[1].contains(",2026-03-10T08:00:00-04:00,"),
        "{}",
        file[1]
    );
    assert!(file[1].contains(",'=Strategy,"), "{}", file[1]);
    let one = bookings
        .lines("/api/bookings?format=csv&email=p2@acme.co")
        .await;
    assert_eq!(one.len(), 2);
    let none = "/api/bookings?format=csv&state=CANCELLED";
    assert!(bookings.lines(none).await.is_empty());
    let texts = bookings.lines("/api/conversations?format=csv").await;
    assert_eq!(texts.len(), 1 + 3 * 2, "{texts:?}");
    assert!(
        texts[0].contains(",sent_at (America/New_York),"),
        "{}",
        texts[0]
    );
    assert!(texts[1].contains(",'+12223330"), "{}", texts[1]);
    let entry = LedgerEntry {
        entry_id: "e1".to_owned(),
        booking_id: "b1".to_owned(),
        kind: EntryKind::Charge,
        reference: "pi_1".to_owned(),
        amount_minor: -5,
        currency: "USD".to_owned(),
        occurred_at: NOW.parse().unwrap(),
        told_by: Some(ToldBy {
            raw_sha256: "cafe".to_owned(),
            delivery_id: "d-1".to_owned(),
        }),
    };
    let writes = ledger::writes(&[entry]).unwrap();
    let store = &bookings.world.api.store;
    store.commit(Commit::new(writes)).await.unwrap();
    let money = bookings.lines("/api/ledger?format=csv").await;
    assert!(money[0].ends_with(",occurred_at (America/New_York),delivery_id,raw_sha256"));
    assert_eq!(
        money[1],
        "e1,b1,charge,pi_1,-5,USD,2026-03-01T07:00:00-05:00,d-1,cafe"
    );
    let reports = "/api/ledger/reconciliations?format=csv";
    let header = bookings.lines(reports).await;
    assert_eq!(header.len(), 1, "{header:?}");
    assert!(header[0].contains(" (America/New_York),"), "{header:?}");
}

#[tokio::test]
async fn every_write_of_an_admin_has_a_line_in_the_audit_trail() {
    let bookings = Bookings::new().await;
    bookings.booked(1).await;
    let (_, list) = bookings.get("/api/bookings").await;
    let id = list["items"][0]["booking_id"].as_str().unwrap().to_owned();
    let path = |action: &str| format!("/api/bookings/{id}/{action}");
    let reason = |mut body: Value| {
        body["reason"] = "asked by phone".into();
        body
    };
    let override_ = reason(json!({ "state": "COMPLETED" }));
    let period = json!({ "from": "2026-02-27T00:00:00Z", "to": "2026-02-28T00:00:00Z" });
    for (path, body, status) in [
        (path("resend"), json!({}), 200),
        (path("override"), override_, 200),
        // Nothing was paid; the attempt is in the trail.
        (path("refund"), reason(json!({ "amount_minor": 5 })), 409),
        (path("cancel"), json!({}), 409),
        ("/api/ledger/reconcile".to_owned(), period, 200),
    ] {
        let (got, answer) = bookings.post(&path, &body).await;
        assert_eq!(got, status, "{path}: {answer}");
    }
    let world = &bookings.world;
    let (inbox, now) = (&world.api.inbox, NOW.parse().unwrap());
    let receipt = admit(inbox, Vendor::Calendly, Origin::Webhook, now, b"{}").await;
    let delivery = receipt.unwrap().delivery_id;
    let replay = format!("/api/inbox/{delivery}/replay");
    assert_eq!(world.post(&replay, json!({})).await.0, 200);
    let spend = |day: &str| json!({ "day": day, "channel": "google", "campaign": "Jane Doe", "amount_minor": 1, "currency": "USD" });
    let rows = json!([spend("2026-02-03"), spend("2026-02-01")]);
    assert_eq!(world.post("/api/ad-spend", rows).await.0, 200);
    let trail = world.get("/api/audit").await;
    let lines: Vec<(&str, &str)> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["actor"] != "cli")
        .map(|line| {
            (
                line["action"].as_str().unwrap(),
                line["subject"].as_str().unwrap(),
            )
        })
        .collect();
    for line in [
        ("booking_resent", id.as_str()),
        ("booking_overridden", &id),
        ("booking_refunded", &id),
        ("booking_cancelled", &id),
        (
            "ledger_reconciled",
            "2026-02-27T00:00:00Z..2026-02-28T00:00:00Z",
        ),
        ("delivery_replayed", &delivery),
        ("spend_recorded", "2 rows of 2026-02-01..2026-02-03"),
    ] {
        assert!(lines.contains(&line), "{line:?} is not in {lines:?}");
    }
}

#[tokio::test]
async fn a_page_that_is_the_whole_list_says_its_total() {
    let bookings = Bookings::new().await;
    for n in 1..=3 {
        bookings.booked(n).await;
    }
    for (path, total) in [
        ("/api/bookings", Value::from(3)),
        ("/api/bookings?limit=2", Value::Null),
        ("/api/bookings?email=p1@acme.co", Value::from(1)),
        ("/api/conversations", Value::from(3)),
        ("/api/conversations?limit=2", Value::Null),
        ("/api/ledger", Value::from(0)),
        ("/api/ledger/reconciliations", Value::from(0)),
    ] {
        let (status, body) = bookings.get(path).await;
        assert_eq!((status, &body["total"]), (200, &total), "{path}");
        let wrong = format!(
            "{path}{}format=xls",
            if path.contains('?') { "&" } else { "?" }
        );
        assert_eq!(bookings.get(&wrong).await.0, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_text_tells_its_checks_and_what_another_wait_would_have_changed() {
    let bookings = Bookings::new().await;
    bookings.booked(1).await;
    let (_, view) = bookings.get("/api/conversations/%2B12223330001").await;
    let messages = view["threads"][0]["messages"].as_array().unwrap();
    let planned = messages
        .iter()
        .find(|m| m["intent"] == "follow_up")
        .unwrap();
    assert_eq!(planned["judged_at"], NOW);
    assert_eq!(planned["next_check_at"], "2026-03-01T12:30:00Z");
    let checks = planned["checks"].as_array().unwrap();
    assert_eq!(checks[0]["code"], "number_given");
    assert_eq!(checks[0]["delivery_id"], "d1");
    assert_eq!(checks[0]["fact"], "the booking has a number");
    let last = checks.last().unwrap();
    assert_eq!(
        (&last["passed"], &last["fact"]),
        (&Value::Null, &Value::Null)
    );
    let (_, list) = bookings.get("/api/conversations").await;
    assert_eq!(list["items"][0]["messages"][0].get("checks"), None);
    let (_, answer) = bookings.get("/api/messages/what-if?wait=15m,12h").await;
    assert_eq!(answer["confirmations"], 1);
    let waits = answer["waits"].as_array().unwrap();
    let seconds: Vec<&Value> = waits.iter().map(|w| &w["wait_seconds"]).collect();
    assert_eq!(seconds, [900, 43_200]);
    let later = "/api/messages/what-if?wait=15m&from=2026-03-02T00:00:00Z";
    assert_eq!(bookings.get(later).await.1["confirmations"], 0);
    assert_eq!(bookings.get("/api/messages/what-if").await.0, 422);
}
