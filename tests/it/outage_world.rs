//! A business whose webhooks did not come for a day, and what its vendors know meanwhile.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Answer, Options, Stage};
use crate::vendors::{Vendors, signed};

pub(crate) const NOW: &str = "2026-03-20T12:00:00Z";
/// An instant within the outage.
pub(crate) const MEANWHILE: &str = "2026-03-20T06:00:00Z";
const FORM: &str = "FORM1";
const CONFIG: &str = r#"
[[session_types]]
id = "strategy"
name = "Strategy session"
event_type = "https://api.calendly.com/event_types/PAID1"
duration_minutes = 60
price_minor = 15000
currency = "USD"
refund_policy = "full"
scheduling_url = "https://calendly.com/acme/strategy"

[[call_types]]
call_type = "triage"
event_name = "*triage*"

[typeform]
forms = ["FORM1"]

[close]
attended_outcomes = ["outcome_attended"]
no_show_outcomes = ["outcome_no_show"]
"#;

/// The stage and its vendors.
pub(crate) struct Outage {
    pub(crate) stage: Stage,
    pub(crate) vendors: Vendors,
    /// The webhooks that nobody has delivered, with their vendors.
    pub(crate) lost: Vec<(&'static str, Value)>,
}

impl Outage {
    pub(crate) async fn start() -> Self {
        Self::without(&[]).await
    }

    /// As [`Self::start`], with these variables unset.
    pub(crate) async fn without(unset: &[&str]) -> Self {
        let vendors = Vendors::start(NOW).await;
        let mut env = env(&vendors);
        env.retain(|(name, _)| !unset.contains(name));
        let stage = Stage::start(Options {
            clock: NOW,
            config: CONFIG.to_owned(),
            env,
            ..Options::default()
        })
        .await;
        Self {
            stage,
            vendors,
            lost: Vec::new(),
        }
    }

    /// Somebody who booked a triage call of half an hour.
    pub(crate) fn invitee(&self, id: &str, created: &str, start: &str) -> Invitee {
        let (created, start) = (self.stage.at(created), self.stage.at(start));
        let end = start.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(30);
        let mut invitee = Invitee::new(id, &format!("E{id}"), &created, &start, &end.to_string());
        invitee.email = format!("{}@acme.co", id.to_lowercase());
        invitee
    }

    /// It happens, and the vendor's webhook comes.
    pub(crate) async fn comes(&self, vendor: &str, body: &Value) -> Answer {
        self.happens(vendor, body);
        webhook(&self.stage, vendor, body).await
    }

    /// It happens, and the vendor's webhook is lost.
    pub(crate) fn is_lost(&mut self, vendor: &'static str, body: Value) {
        self.happens(vendor, &body);
        self.lost.push((vendor, body));
    }

    fn happens(&self, vendor: &str, body: &Value) {
        match vendor {
            "calendly" => self.vendors.calendly.tell(body),
            "typeform" => self.vendors.typeform.tell(body),
            "close" => self.vendors.close.tell(body),
            _ => self.vendors.stripe.tell(body),
        }
    }

    /// A form that was submitted at an instant of the test.
    pub(crate) fn response(&self, token: &str, at: &str) -> Value {
        let at = self.stage.at(at);
        let field = json!({ "id": "f1", "ref": "f1", "type": "email" });
        json!({ "event_id": format!("ev-{token}"), "event_type": "form_response", "form_response": {
            "form_id": FORM, "token": token, "landed_at": at, "submitted_at": at,
            "hidden": { "utm_source": "google" },
            "definition": { "id": FORM, "title": "Apply", "fields": [
                { "id": "f1", "ref": "f1", "type": "email", "title": "Your e-mail" },
            ] },
            "answers": [{ "type": "email", "email": format!("{token}@acme.co"), "field": field }],
        } })
    }

    /// What Close says of an object of `lead` at an instant of the test.
    pub(crate) fn object(
        &self,
        what: (&str, &str, &str),
        lead: &str,
        at: &str,
        data: Value,
    ) -> Value {
        let ((kind, action, id), at) = (what, self.stage.at(at));
        let mut data = data;
        data["id"] = json!(id);
        data["lead_id"] = json!(lead);
        data["date_created"] = json!(self.stage.at("2026-03-18T09:00:00Z"));
        data["date_updated"] = json!(at);
        json!({ "subscription_id": "whsub_1", "event": {
            "id": format!("ev_{id}_{action}"), "object_type": kind, "action": action, "object_id": id,
            "lead_id": lead, "date_created": at, "date_updated": at, "data": data,
        } })
    }

    /// A run of `sync` that must succeed, and what it asks of the business.
    pub(crate) async fn sync(&self, vendor: &str) -> Value {
        let path = format!("/local/sync/{vendor}");
        let answer = self.stage.post(&path, &json!({})).await;
        assert_eq!(answer.status, 200, "{vendor} {}", answer.body);
        assert_eq!(answer.body["complete"], true, "{vendor}");
        answer.body
    }

    /// What `bookpath` prints with `--json` for a command about the vendors.
    pub(crate) async fn command(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let (code, stdout, stderr) = self.stage.cli_with(&args, &env(&self.vendors)).await;
        assert_eq!(code, 0, "{args:?} {stderr}");
        serde_json::from_str(&stdout).unwrap()
    }

    /// The newest booking of an invitee's chain.
    pub(crate) async fn booking(&self, invitee: &Invitee) -> Value {
        let path = format!("/api/bookings?invitee_uri={}", invitee.uri());
        let found = self.stage.get(&path).await.body["items"].clone();
        assert_eq!(found.as_array().unwrap().len(), 1, "{}", invitee.id);
        found[0].clone()
    }

    /// What there is to know of every booking, and the texts about it; without what counts writes.
    pub(crate) async fn business(&self) -> Value {
        let bookings = self.stage.get("/api/bookings?limit=1000").await.body["items"].clone();
        let mut states: Vec<Value> = bookings
            .as_array()
            .unwrap()
            .iter()
            .map(|b| {
                json!([
                    b["invitee_uri"],
                    b["state"],
                    b["payment_status"],
                    b["start_time"]
                ])
            })
            .collect();
        states.sort_by_key(Value::to_string);
        json!({ "bookings": states, "texts": self.texts().await, "letters": self.stage.letters().await })
    }

    /// (booking, intent, state, reason) of every text to the tests' number.
    pub(crate) async fn texts(&self) -> Vec<Value> {
        let view = self.stage.get("/api/conversations/%2B12223334444").await;
        assert_eq!(view.status, 200, "{view:?}");
        let mut texts = Vec::new();
        for thread in view.body["threads"].as_array().unwrap() {
            for text in thread["messages"].as_array().unwrap() {
                texts.push(json!([
                    thread["booking_id"],
                    text["intent"],
                    text["state"],
                    text["reason"]
                ]));
            }
        }
        texts.sort_by_key(Value::to_string);
        texts
    }
}

fn env(vendors: &Vendors) -> Vec<(&'static str, String)> {
    let mut env = vendors.all_env();
    env.push(("BOOKPATH_PUBLIC_URL", "https://book.test".to_owned()));
    env
}

/// Posts a vendor's webhook, signed now with its present key.
pub(crate) async fn webhook(stage: &Stage, vendor: &str, body: &Value) -> Answer {
    webhook_with(stage, vendor, signed::key_of(vendor), body).await
}

/// As [`webhook`], signed with another key.
pub(crate) async fn webhook_with(stage: &Stage, vendor: &str, key: &str, body: &Value) -> Answer {
    let raw = body.to_string().into_bytes();
    let headers = signed::headers(vendor, key, stage.now().await.as_second(), &raw);
    let path = format!("/api/webhooks/{vendor}");
    stage.post_raw(&path, &headers, raw).await.unwrap()
}

/// (kind, id) of every delivery that a report names, in order of their text.
pub(crate) fn named(report: &Value) -> Vec<(String, String)> {
    let missed = report["missed_deliveries"].as_array().unwrap();
    let name = |one: &Value| {
        let uri = one["uri"].as_str().unwrap();
        let id = uri.rsplit('/').next().unwrap();
        (one["kind"].as_str().unwrap().to_owned(), id.to_owned())
    };
    let mut named: Vec<_> = missed.iter().map(name).collect();
    named.sort_unstable();
    named
}

pub(crate) fn pair((kind, id): (&str, &str)) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}
