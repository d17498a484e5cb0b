//! A business in memory beside the stand-ins of its vendors.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::admit::admit;
use bookpath_app::inbox::consumers::REACT;
use bookpath_app::ports::{Clock as _, EventLog as _, Faults, Injected, NoFaults};
use bookpath_app::react::{Reactor, react};
use bookpath_app::sync::{Retry, Sync, SyncError, SyncReport, SyncVendors, sync};
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_sandbox::calendly::Calendly;
use bookpath_sandbox::close::Close;
use bookpath_sandbox::stripe::Stripe;
use bookpath_sandbox::typeform::Typeform;
use bookpath_testkit::{CountedIds, MemoryObjects, MemoryStore, RecordedPauses, SetClock};
use bookpath_vendors::{CalendlyLists, CloseClient, Secret, StripeLists, TypeformClient};
use serde_json::{Value, json};

pub(crate) const NOW: &str = "2026-03-20T12:00:00Z";
pub(crate) const FORM: &str = "FORM1";

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) pauses: Arc<RecordedPauses>,
    pub(crate) calendly: Calendly,
    pub(crate) typeform: Typeform,
    pub(crate) close: Close,
    pub(crate) stripe: Stripe,
    /// Where the stand-ins are.
    pub(crate) base: String,
    pub(crate) sync: Sync,
    reactor: Reactor,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_forms(&[FORM]).await
    }

    /// With these forms in the configuration; Typeform has [`FORM`] only.
    pub(crate) async fn with_forms(forms: &[&str]) -> Self {
        let (calendly, close) = (Calendly::default(), Close::default());
        let typeform = Typeform::with_forms(&[FORM.to_owned()]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(SetClock::at(NOW));
        let stripe = account(&base, clock.clone());
        let routes = Router::new()
            .nest("/calendly", calendly.router())
            .nest("/typeform", typeform.router())
            .nest("/close", close.router())
            .nest("/stripe", stripe.router());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let (store, objects) = (
            Arc::new(MemoryStore::default()),
            Arc::new(MemoryObjects::default()),
        );
        let ids = Arc::new(CountedIds::default());
        let pauses = Arc::new(RecordedPauses::default());
        let rules = format!("[typeform]\nforms = {forms:?}\n");
        let rules = Arc::new(BusinessConfig::from_toml(&rules).unwrap());
        let reactor = Reactor {
            rules: rules.clone(),
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            faults: Arc::new(NoFaults),
            phone_secret: Arc::from(&b"secret"[..]),
        };
        let inbox = Inbox {
            ids,
            store: store.clone(),
            objects: objects.clone(),
            faults: Arc::new(NoFaults),
        };
        let sync = Sync {
            inbox: Arc::new(inbox),
            clock: clock.clone(),
            pauses: pauses.clone(),
            vendors: vendors(&base, &rules.typeform.forms),
            rules,
            retry: Retry::default(),
            time_max: Duration::from_secs(3_600),
        };
        Self {
            store,
            objects,
            clock,
            pauses,
            calendly,
            typeform,
            close,
            stripe,
            base,
            sync,
            reactor,
        }
    }

    /// A webhook comes in.
    pub(crate) async fn webhook(&self, vendor: Vendor, body: &Value) {
        let text = body.to_string();
        let inbox = &self.sync.inbox;
        let now = self.clock.now();
        admit(inbox, vendor, Origin::Webhook, now, text.as_bytes())
            .await
            .unwrap();
    }

    /// React catches up with the log.
    pub(crate) async fn react(&self) {
        loop {
            let batch = self.store.claim(REACT, 500).await.unwrap();
            if batch.records.is_empty() {
                return;
            }
            let reacted = react(&self.reactor, self.objects.as_ref(), &batch.records).await;
            assert_eq!(reacted.error, None);
            self.store.finish(REACT).await.unwrap();
        }
    }

    /// A run that stops right after it has accepted so many deliveries, as a process that dies then.
    pub(crate) async fn crash(&self, vendor: Vendor, accepted: usize) {
        let Sync {
            clock,
            pauses,
            rules,
            vendors,
            retry,
            time_max,
            ..
        } = &self.sync;
        let inbox = Inbox {
            ids: self.sync.inbox.ids.clone(),
            store: self.store.clone(),
            objects: self.objects.clone(),
            faults: Arc::new(Dies(AtomicI64::new(i64::try_from(accepted).unwrap()))),
        };
        let dying = Sync {
            inbox: Arc::new(inbox),
            clock: clock.clone(),
            pauses: pauses.clone(),
            rules: rules.clone(),
            vendors: vendors.clone(),
            retry: *retry,
            time_max: *time_max,
        };
        let before = self.store.records().len();
        assert!(sync(&dying, vendor, None).await.is_err());
        assert!(self.store.records().len() >= before + accepted);
    }

    /// A run, and what it asks of the business.
    pub(crate) async fn run(&self, vendor: Vendor) -> Result<SyncReport, SyncError> {
        let report = sync(&self.sync, vendor, None).await;
        self.react().await;
        report
    }

    /// A run that changes nothing: the records on the log stay what they are.
    pub(crate) async fn run_without_news(&self, vendor: Vendor) -> SyncReport {
        let before = self.store.records().len();
        let report = self.run(vendor).await.unwrap();
        assert!(report.complete);
        assert_eq!((report.changed, report.customers_updated), (0, 0));
        assert_eq!(report.missed.values().sum::<u64>(), 0);
        assert_eq!(report.missed_deliveries, []);
        assert_eq!(self.store.records().len(), before);
        report
    }
}

/// Nothing gets past the acceptance of this many deliveries.
struct Dies(AtomicI64);

impl Faults for Dies {
    fn hit(&self, point: &'static str) -> Result<(), Injected> {
        let is_accepted = point == "stream.after_put";
        if is_accepted && self.0.fetch_sub(1, Ordering::SeqCst) <= 1 {
            return Err(Injected(point));
        }
        Ok(())
    }
}

/// A Stripe whose webhooks nobody listens to.
fn account(base: &str, clock: Arc<SetClock>) -> Stripe {
    let (events, _) = tokio::sync::mpsc::unbounded_channel();
    let now = Arc::new(move || clock.now());
    Stripe::new(&format!("{base}/stripe"), now, events)
}

fn vendors(base: &str, forms: &[String]) -> SyncVendors {
    let key = || Secret("key".to_owned());
    let calendly = CalendlyLists::new(&format!("{base}/calendly"), key()).unwrap();
    let typeform = TypeformClient::new(&format!("{base}/typeform"), key(), forms.to_vec()).unwrap();
    let close = CloseClient::new(&format!("{base}/close"), key()).unwrap();
    let stripe = StripeLists::new(&format!("{base}/stripe"), key()).unwrap();
    SyncVendors {
        calendly: Some(Arc::new(calendly)),
        typeform: Some(Arc::new(typeform)),
        close: Some(Arc::new(close)),
        stripe: Some(Arc::new(stripe)),
    }
}

/// `invitee.created` of the person with this number: booked on 1 March, for a day from 2 March on.
pub(crate) fn booked(number: usize) -> Value {
    let event = format!("https://api.calendly.com/scheduled_events/E{number}");
    let day = number % 28 + 2;
    json!({
        "event": "invitee.created", "created_at": "2026-03-01T10:00:01Z", "created_by": "https://api.calendly.com/users/U1",
        "payload": {
            "uri": format!("{event}/invitees/A{number}"), "event": event, "email": format!("p{number}@acme.co"),
            "name": format!("Person {number}"), "status": "active", "timezone": "America/New_York",
            "text_reminder_number": format!("+1212555{:04}", 100 + number % 100),
            "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "rescheduled": false,
            "old_invitee": null, "new_invitee": null, "no_show": null, "questions_and_answers": [], "tracking": {},
            "scheduled_event": {
                "uri": event, "name": "Triage Call", "status": "active",
                "start_time": format!("2026-03-{day:02}T15:00:00Z"), "end_time": format!("2026-03-{day:02}T15:30:00Z"),
                "event_type": "https://api.calendly.com/event_types/T1", "created_at": "2026-03-01T10:00:00Z",
                "updated_at": "2026-03-01T10:00:00Z", "event_memberships": [],
            },
        },
    })
}

/// The invitee cancels on 1 March at noon.
pub(crate) fn canceled(number: usize) -> Value {
    let mut body = booked(number);
    body["event"] = json!("invitee.canceled");
    body["payload"]["status"] = json!("canceled");
    body["payload"]["updated_at"] = json!("2026-03-01T12:00:00Z");
    body["payload"]["cancellation"] =
        json!({ "canceled_by": "x", "created_at": "2026-03-01T12:00:00Z" });
    body["payload"]["scheduled_event"]["status"] = json!("canceled");
    body
}

/// The host marks that nobody came.
pub(crate) fn no_show(number: usize) -> Value {
    let mut body = booked(number);
    body["event"] = json!("invitee_no_show.created");
    body["created_at"] = json!("2026-03-19T16:00:00Z");
    body["payload"]["no_show"] = json!({ "uri": format!("https://api.calendly.com/invitee_no_shows/N{number}"),
        "created_at": "2026-03-19T16:00:00Z" });
    body
}

/// The host takes the mark back.
pub(crate) fn came(number: usize) -> Value {
    let mut body = booked(number);
    body["event"] = json!("invitee_no_show.deleted");
    body["created_at"] = json!("2026-03-19T18:00:00Z");
    body
}
