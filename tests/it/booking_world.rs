//! What the tests of bookings share.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::vendors::Vendors;

pub(crate) const NOON: &str = "2026-03-01T12:00:00Z";
pub(crate) const CONFIG: &str = r#"
[[session_types]]
id = "strategy"
name = "Strategy session"
event_type = "https://api.calendly.com/event_types/PAID1"
duration_minutes = 60
price_minor = 15000
currency = "USD"
refund_policy = "full"
scheduling_url = "https://calendly.com/acme/strategy"

[[session_types]]
id = "half"
name = "Half back"
event_type = "https://api.calendly.com/event_types/HALF1"
duration_minutes = 30
price_minor = 9999
currency = "USD"
refund_policy = { percent = 50 }
scheduling_url = "https://calendly.com/acme/half"
"#;

/// A stage, the vendors that it calls, and an invitee of a paid session.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) vendors: Vendors,
    pub(crate) a1: Invitee,
}

impl World {
    pub(crate) async fn start(faults: bool) -> Self {
        Self::with(Options {
            faults,
            ..Options::default()
        })
        .await
    }

    /// Everything that is logged goes to a file.
    pub(crate) async fn logged(log: &std::path::Path) -> Self {
        let env = vec![("RUST_LOG", "debug".to_owned())];
        Self::with(Options {
            env,
            log: Some(log.to_owned()),
            ..Options::default()
        })
        .await
    }

    async fn with(mut options: Options) -> Self {
        let vendors = Vendors::start(NOON).await;
        options.env.extend(vendors.env());
        let options = Options {
            clock: NOON,
            config: CONFIG.to_owned(),
            ..options
        };
        let stage = Stage::start(options).await;
        let [noon, start, end] =
            [NOON, "2026-03-10T15:00:00Z", "2026-03-10T16:00:00Z"].map(|at| stage.at(at));
        let mut a1 = Invitee::new("A1", "E1", &noon, &start, &end);
        a1.event_type = "PAID1".to_owned();
        Self { stage, vendors, a1 }
    }

    /// The post that the page makes when Calendly's widget reports a booking.
    pub(crate) async fn post(&self) -> Value {
        let body = json!({ "session_type_id": "strategy", "invitee_uri": self.a1.uri(), "email": "jane@acme.co", "name": "Jane Doe" });
        let answer = self.stage.post("/api/bookings", &body).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.body
    }

    pub(crate) async fn drain(&self) {
        self.stage.drain().await;
    }

    /// An instant of the test as Stripe writes it.
    pub(crate) fn second(&self, text: &str) -> i64 {
        self.stage
            .at(text)
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second()
    }

    /// Calendly's word that the call was canceled.
    pub(crate) fn canceled(&self, at: &str) -> Value {
        self.a1.canceled(&self.stage.at(at), None)
    }

    pub(crate) async fn view(&self, booking: &Value) -> Value {
        let path = format!("/api/bookings/{}", booking["booking_id"].as_str().unwrap());
        let answer = self
            .stage
            .with_token(
                "GET",
                &path,
                booking["token"].as_str().unwrap(),
                &Value::Null,
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    pub(crate) async fn act(&self, booking: &Value, action: &str) -> (u16, Value) {
        let path = format!(
            "/api/bookings/{}/{action}",
            booking["booking_id"].as_str().unwrap()
        );
        let answer = self
            .stage
            .with_token(
                "POST",
                &path,
                booking["token"].as_str().unwrap(),
                &json!({}),
            )
            .await;
        (answer.status, answer.body)
    }

    /// Delivers what Stripe has sent, each event `times` times.
    pub(crate) async fn deliver(&mut self, times: usize) {
        self.drain().await;
        for event in self.vendors.events() {
            for _ in 0..times {
                assert_eq!(self.stage.stripe(&event).await.status, 200);
            }
        }
        self.drain().await;
    }

    pub(crate) fn open_session(&self) -> String {
        self.vendors
            .stripe
            .sessions()
            .iter()
            .rev()
            .find(|s| s.status == "open")
            .unwrap()
            .id
            .clone()
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        let answer = self
            .stage
            .post("/local/clock", &json!({ "advance_seconds": seconds }))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Moves both clocks.
    pub(crate) async fn set(&self, now: &str) {
        self.vendors.set(now);
        assert_eq!(
            self.stage
                .post("/local/clock", &json!({ "set": now }))
                .await
                .status,
            200
        );
    }

    pub(crate) async fn sweep(&self) -> Value {
        let answer = self.stage.post("/local/sweep", &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The standing alarms: (code, subject).
    pub(crate) async fn alarms(&self) -> Vec<(String, String)> {
        let ops = self.stage.get("/api/ops").await.body;
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        ops["alarms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| (text(&a["code"]), text(&a["subject"])))
            .collect()
    }

    /// Books; the customer is to pay.
    pub(crate) async fn awaiting(&self) -> Value {
        let booking = self.post().await;
        self.stage.calendly(&self.a1.created()).await;
        self.drain().await;
        booking
    }

    /// Books and pays.
    pub(crate) async fn confirmed(&mut self) -> Value {
        let booking = self.post().await;
        self.stage.calendly(&self.a1.created()).await;
        self.drain().await;
        self.vendors.stripe.pay(&self.open_session()).unwrap();
        self.deliver(1).await;
        assert_eq!(self.view(&booking).await["state"], "CONFIRMED");
        booking
    }
}

pub(crate) fn steps(view: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    view["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (text(&e["trigger"]), text(&e["to"])))
        .collect()
}

pub(crate) fn step(trigger: &str, to: &str) -> (String, String) {
    (trigger.to_owned(), to.to_owned())
}
