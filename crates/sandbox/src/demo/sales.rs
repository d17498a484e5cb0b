//! What the demo's form and its sales team's CRM say, in Typeform's and Close's own words.

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::campaigns::Campaign;
use super::happening::{Happening, What};
use super::people::{Host, Person};

/// The form of the demo's landing pages; `bookpath.demo.toml` names it.
pub const FORM: &str = "DEMOFORM";
/// Close's ids of what a call came to; `bookpath.demo.toml` names them.
const ATTENDED: &str = "outcome_attended";
const NO_SHOW: &str = "outcome_no_show";
const GOALS: [&str; 4] = [
    "More booked calls",
    "A better close rate",
    "Fewer no-shows",
    "A team that sells without me",
];

/// One lead as form and CRM know it. Its chances are its own, so that nothing here moves the rest of the business.
pub(super) struct Sales<'a> {
    pub(super) number: u64,
    pub(super) person: &'a Person,
    pub(super) campaign: &'a Campaign,
    rng: Rng,
    pub(super) told: Vec<Happening>,
}

/// A deal with a lead.
pub(super) struct Deal {
    pub(super) host: Host,
    pub(super) opened: Timestamp,
    /// Cents.
    pub(super) value: i64,
}

impl<'a> Sales<'a> {
    pub(super) fn new(number: u64, person: &'a Person, campaign: &'a Campaign) -> Self {
        Self {
            number,
            person,
            campaign,
            rng: Rng::with_seed(number.wrapping_mul(0x9E37_79B9) + 1),
            told: Vec::new(),
        }
    }

    fn tell(&mut self, at: Timestamp, what: What) {
        self.told.push(Happening { at, what });
    }

    fn seconds(&mut self, from: i64, to: i64) -> SignedDuration {
        SignedDuration::from_secs(self.rng.i64(from..=to))
    }

    /// Of ten leads six fill in the form first. Every eighth of them gives an address that they do not book with.
    pub(super) fn arrives(&mut self, booked_at: Timestamp) {
        let before = self.seconds(240, 1_500);
        if self.number % 10 < 6 {
            let at = booked_at - before;
            let body = self.form(at);
            self.tell(at, What::Typeform { body });
        }
        let at = booked_at + self.seconds(20, 90);
        let name = &self.person.name;
        let lead = json!({ "id": self.id("lead"), "display_name": name, "name": name,
            "status_id": "stat_new", "status_label": "New", "date_created": at, "date_updated": at });
        self.crm("lead", "created", "lead", at, lead);
        let emails = if self.has_two_addresses() {
            json!([{ "email": self.person.email, "type": "office" }, { "email": self.other_address(), "type": "home" }])
        } else {
            json!([{ "email": self.person.email, "type": "office" }])
        };
        let contact = json!({ "id": self.id("cont"), "lead_id": self.id("lead"), "name": name, "emails": emails,
            "phones": [{ "phone": self.person.phone, "type": "mobile" }], "date_created": at, "date_updated": at });
        self.crm("contact", "created", "cont", at, contact);
    }

    const fn has_two_addresses(&self) -> bool {
        self.number.is_multiple_of(8)
    }

    fn other_address(&self) -> String {
        format!("private.{}", self.person.email)
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}_demo{:04}", self.number)
    }

    fn form(&mut self, at: Timestamp) -> Value {
        let [source, medium, campaign] = self.campaign.utm.unwrap_or(["", "", ""]);
        let email = if self.has_two_addresses() {
            self.other_address()
        } else {
            self.person.email.clone()
        };
        let goal = GOALS[self.rng.usize(0..GOALS.len())];
        let field = |id: &str, kind: &str| json!({ "id": id, "type": kind, "ref": id });
        json!({ "event_id": format!("demo-form-{:04}", self.number), "event_type": "form_response", "form_response": {
            "form_id": FORM, "token": format!("demoform{:04}", self.number),
            "landed_at": at - SignedDuration::from_secs(95), "submitted_at": at,
            "hidden": { "utm_source": source, "utm_medium": medium, "utm_campaign": campaign },
            "calculated": { "score": 0 },
            "definition": { "id": FORM, "title": "Apply for a call", "fields": [
                { "id": "f1", "ref": "f1", "type": "short_text", "title": "Your full name" },
                { "id": "f2", "ref": "f2", "type": "email", "title": "Your e-mail" },
                { "id": "f3", "ref": "f3", "type": "phone_number", "title": "Your phone" },
                { "id": "f4", "ref": "f4", "type": "multiple_choice", "title": "What do you want?" },
            ] },
            "answers": [
                { "type": "text", "text": self.person.name, "field": field("f1", "short_text") },
                { "type": "email", "email": email, "field": field("f2", "email") },
                { "type": "phone_number", "phone_number": self.person.phone, "field": field("f3", "phone_number") },
                { "type": "choice", "choice": { "label": goal }, "field": field("f4", "multiple_choice") },
            ],
        } })
    }

    /// Whoever took the call writes down what came of it, for nine calls of ten.
    pub(super) fn call(&mut self, name: &str, host: Host, start: Timestamp, attended: bool) {
        if self.rng.u64(0..10) == 0 {
            return;
        }
        let at = start + self.seconds(1_500, 5_400);
        let prefix = format!("acti{name}");
        let outcome = if attended { ATTENDED } else { NO_SHOW };
        let call = json!({ "id": self.id(&prefix), "lead_id": self.id("lead"), "contact_id": self.id("cont"),
            "user_id": format!("user_{}", host.id), "direction": "outbound", "status": "completed",
            "disposition": if attended { "answered" } else { "no-answer" },
            "duration": if attended { 1_500 } else { 0 }, "outcome_id": outcome, "activity_at": start,
            "date_created": at, "date_updated": at });
        self.crm("activity.call", "created", &prefix, at, call);
    }

    /// A strategy session that took place is a deal; of ten deals four are won within days, three are lost.
    pub(super) fn deal(&mut self, host: Host, ended: Timestamp, zone: &TimeZone) {
        let opened = ended + self.seconds(300, 3_600);
        let value = 250_000 + 50_000 * self.rng.i64(0..=15);
        let deal = Deal {
            host,
            opened,
            value,
        };
        self.open(&deal);
        let at = opened + self.seconds(3_600, 4 * 86_400);
        match self.rng.u64(0..10) {
            0..4 => self.win(&deal, at, zone),
            4..7 => {
                let mut lost = self.opportunity(&deal, at, "lost", "Lost");
                lost["date_lost"] = json!(at.to_zoned(zone.clone()).date());
                self.crm("opportunity", "updated", "oppo", at, lost);
            }
            _ => {}
        }
    }

    pub(super) fn open(&mut self, deal: &Deal) {
        let open = self.opportunity(deal, deal.opened, "active", "Proposal");
        self.crm("opportunity", "created", "oppo", deal.opened, open);
    }

    pub(super) fn win(&mut self, deal: &Deal, at: Timestamp, zone: &TimeZone) {
        let mut won = self.opportunity(deal, at, "won", "Won");
        won["date_won"] = json!(at.to_zoned(zone.clone()).date());
        // Half is paid at once, by transfer: the CRM holds it in dollars.
        won["custom.cf_cash"] = json!(deal.value / 200);
        self.crm("opportunity", "updated", "oppo", at, won);
    }

    fn opportunity(&self, deal: &Deal, at: Timestamp, kind: &str, label: &str) -> Value {
        json!({ "id": self.id("oppo"), "lead_id": self.id("lead"), "contact_id": self.id("cont"),
            "user_id": format!("user_{}", deal.host.id), "value": deal.value, "value_currency": "USD",
            "value_period": "one_time", "status_type": kind, "status_label": label, "confidence": 50,
            "date_won": null, "date_lost": null, "date_created": deal.opened, "date_updated": at })
    }

    fn crm(&mut self, kind: &str, action: &str, prefix: &str, at: Timestamp, data: Value) {
        let object = self.id(prefix);
        let body = json!({ "subscription_id": "whsub_demo", "event": {
            "id": format!("ev_{object}_{}", at.as_millisecond()), "object_type": kind, "action": action,
            "object_id": object, "lead_id": self.id("lead"), "date_created": at, "date_updated": at, "data": data,
        } });
        self.tell(at, What::Close { body });
    }
}
