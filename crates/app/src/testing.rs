//! A business in memory for the unit tests of the use cases: react and perform-effects over `bookpath-testkit`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::bookings::invitee::{Contact, InviteeSnapshot};
use bookpath_domain::bookings::{
    Action, ActionKind, Booking, BookingState, ClientPost, Fact, Outcome, Paid,
};
use bookpath_testkit::{
    CountedIds, FakeCalendar, FakePayments, FakePost, FakeTexts, FakeWaits, FaultPoints,
    MemoryObjects, MemoryStore, SetClock,
};
use bookpath_vendors::Reported;
use jiff::{SignedDuration, Timestamp};

use crate::access::SigningKeys;
use crate::bookings::repository::{self, BookingRow};
use crate::effects::{Circuits, Performer, outbox, perform_due};
use crate::inbox::Inbox;
use crate::ports::Clock as _;
use crate::react::{Applied, Intake, Reactor, apply};

pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";
pub(crate) const EVENT_TYPE: &str = "https://api.calendly.com/event_types/PAID1";
const CONFIG: &str = r#"
[[session_types]]
id = "strategy"
name = "Strategy session"
event_type = "https://api.calendly.com/event_types/PAID1"
duration_minutes = 60
price_minor = 15000
currency = "USD"
scheduling_url = "https://calendly.com/acme/strategy"
"#;

/// One process and the vendors around it.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) faults: Arc<FaultPoints>,
    pub(crate) payments: Arc<FakePayments>,
    pub(crate) calendar: Arc<FakeCalendar>,
    pub(crate) post: Arc<FakePost>,
    pub(crate) performer: Performer,
    ids: Arc<CountedIds>,
}

impl World {
    pub(crate) fn new() -> Self {
        let (store, clock) = (
            Arc::new(MemoryStore::default()),
            Arc::new(SetClock::at(NOW)),
        );
        let (faults, post) = (
            Arc::new(FaultPoints::default()),
            Arc::new(FakePost::default()),
        );
        let (payments, calendar) = (
            Arc::new(FakePayments::default()),
            Arc::new(FakeCalendar::default()),
        );
        let ids = Arc::new(CountedIds::default());
        let rules = Arc::new(BusinessConfig::from_toml(CONFIG).unwrap());
        let reactor = Arc::new(Reactor {
            rules,
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            faults: faults.clone(),
            phone_secret: Arc::from(&b"secret"[..]),
        });
        let performer = Performer {
            reactor,
            payments: payments.clone(),
            calendar: calendar.clone(),
            crm: None,
            records: BTreeMap::new(),
            texts: Arc::new(FakeTexts::default()),
            mailer: post.clone(),
            waits: Arc::new(FakeWaits::default()),
            operators: post.clone(),
            circuits: Circuits::default(),
            owner: "test".to_owned(),
            public_url: "https://book.test".to_owned(),
            link_keys: Some(SigningKeys::new(vec![vec![7; 32]]).unwrap()),
        };
        Self {
            store,
            objects: Arc::new(MemoryObjects::default()),
            clock,
            faults,
            payments,
            calendar,
            post,
            performer,
            ids,
        }
    }

    /// From now on under these rules.
    pub(crate) fn with_rules(&mut self, rules: BusinessConfig) {
        let old = &self.performer.reactor;
        self.performer.reactor = Arc::new(Reactor {
            rules: Arc::new(rules),
            store: old.store.clone(),
            clock: old.clock.clone(),
            ids: old.ids.clone(),
            faults: old.faults.clone(),
            phone_secret: old.phone_secret.clone(),
        });
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn inbox(&self) -> Inbox {
        Inbox {
            ids: self.ids.clone(),
            store: self.store.clone(),
            objects: self.objects.clone(),
            faults: self.faults.clone(),
        }
    }

    /// Applies a fact about the booking called `booking_id`, or one that names its booking itself.
    pub(crate) async fn take(&self, booking_id: Option<&str>, fact: Fact) -> Applied {
        let reported = Reported {
            fact,
            stripe_ids: Vec::new(),
            booking_id: booking_id.map(str::to_owned),
        };
        apply(&self.performer.reactor, Intake::new(&reported))
            .await
            .unwrap()
    }

    /// Performs what is due.
    pub(crate) async fn perform(&self) {
        perform_due(&self.performer).await.unwrap();
    }

    /// Moves the clock on and performs what is due then.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.clock.advance_s(seconds);
        self.perform().await;
    }

    pub(crate) async fn row(&self, booking_id: &str) -> BookingRow {
        let found = repository::by_id(self.store.as_ref(), booking_id).await;
        found.unwrap().unwrap().row
    }

    pub(crate) async fn booking(&self, booking_id: &str) -> Booking {
        self.row(booking_id).await.booking
    }

    pub(crate) async fn state(&self, booking_id: &str) -> BookingState {
        self.booking(booking_id).await.state
    }

    /// The keys of the entries that wait, of one kind.
    pub(crate) async fn open(&self, prefix: &str) -> Vec<String> {
        let rows = outbox::all_open(self.store.as_ref()).await.unwrap();
        let keys = rows.into_iter().map(|row| row.key);
        keys.filter(|key| key.starts_with(prefix)).collect()
    }

    /// What the operators were told, by its code.
    pub(crate) fn codes(&self) -> Vec<String> {
        let code = |message: &serde_json::Value| message["code"].as_str().map(str::to_owned);
        let told = self.post.told();
        told.iter()
            .filter_map(|(_, _, message)| code(message))
            .collect()
    }

    /// A booking whose checkout is open.
    pub(crate) async fn awaiting(&self) -> String {
        let applied = self.take(None, seen(&invitee("A1"))).await;
        assert_eq!(applied.outcome, Outcome::Created);
        self.perform().await;
        applied.row.unwrap().booking.booking_id
    }

    /// A booking that is paid.
    pub(crate) async fn confirmed(&self) -> String {
        let id = self.awaiting().await;
        self.take(Some(&id), paid("cs_1", self.now())).await;
        self.perform().await;
        assert_eq!(self.state(&id).await, BookingState::Confirmed);
        id
    }

    /// An admin gives money back.
    pub(crate) async fn give_back(&self, booking_id: &str, amount_minor: i64) -> Outcome {
        self.clock.advance_s(1);
        let fact = act(ActionKind::Refund { amount_minor });
        self.take(Some(booking_id), fact).await.outcome
    }
}

/// An active invitee of a paid event type, nine days ahead.
pub(crate) fn invitee(name: &str) -> InviteeSnapshot {
    let created_at: Timestamp = NOW.parse().unwrap();
    let start = created_at + SignedDuration::from_hours(9 * 24);
    let event_uri = format!("https://api.calendly.com/scheduled_events/E-{name}");
    InviteeSnapshot {
        uri: format!("{event_uri}/invitees/{name}"),
        event_uri: Some(event_uri),
        event_type: Some(EVENT_TYPE.to_owned()),
        event_name: Some("Strategy session".to_owned()),
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
            email: Some("jane@example.com".to_owned()),
            phone: None,
        },
        no_show_at: None,
        reschedule_url: None,
        cancel_url: None,
        join_url: None,
        paid_in_calendly: false,
        sha256: format!("{name}-created"),
        tells_of_booking: false,
    }
}

pub(crate) fn seen(snapshot: &InviteeSnapshot) -> Fact {
    Fact::Invitee(Box::new(snapshot.clone()))
}

/// The cancellation of an invitee at `at`.
pub(crate) fn canceled(snapshot: &InviteeSnapshot, at: Timestamp) -> Fact {
    seen(&InviteeSnapshot {
        canceled: true,
        updated_at: at,
        canceled_at: Some(at),
        sha256: format!("{}-canceled", snapshot.uri),
        ..snapshot.clone()
    })
}

pub(crate) fn paid(session: &str, at: Timestamp) -> Fact {
    Fact::Paid(Paid {
        session_id: Some(session.to_owned()),
        payment_intent: Some(session.replace("cs", "pi")),
        amount_minor: Some(15_000),
        currency: Some("usd".to_owned()),
        presented: None,
        mode: Some("payment".to_owned()),
        email: None,
        at,
    })
}

pub(crate) fn act(kind: ActionKind) -> Fact {
    Fact::Action(Action {
        kind,
        actor: "admin".to_owned(),
        reason: None,
    })
}

/// A customer chooses an open slot on our own page.
pub(crate) fn choose(start: Timestamp) -> Fact {
    Fact::Client(ClientPost {
        session_type_id: Some("strategy".to_owned()),
        start: Some(start),
        contact: invitee("A1").contact,
        ..ClientPost::default()
    })
}
