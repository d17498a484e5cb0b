//! What the account holds.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Failure;

/// Keys are forgotten after this (VENDOR-FACTS 2 of docs/DATA.md).
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A checkout session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub status: &'static str,
    pub payment_status: &'static str,
    pub payment_intent: Option<String>,
    pub amount_total: i64,
    pub currency: String,
    pub expires_at: i64,
    pub created: i64,
    pub client_reference_id: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub intent_metadata: BTreeMap<String, String>,
    pub success_url: Option<String>,
    pub product: String,
    pub idempotency_key: Option<String>,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: String,
    pub payment_intent: String,
    pub amount: i64,
    pub created: i64,
    pub metadata: BTreeMap<String, String>,
    pub idempotency_key: Option<String>,
}

/// The answer that a key has.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) fingerprint: String,
    pub(super) at: Timestamp,
    /// `None` while the first call is under way.
    pub(super) answer: Option<(u16, Value)>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) refunds: BTreeMap<String, Refund>,
    pub(super) keys: BTreeMap<String, Stored>,
    pub(super) failures: Vec<(String, Failure, u32)>,
    serial: u64,
}

impl State {
    pub(super) fn next_id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        format!("{prefix}_sandbox_{:06}", self.serial)
    }

    /// The failure that this call meets.
    pub(super) fn failure(&mut self, path: &str) -> Option<Failure> {
        let place = self.failures.iter().position(|(part, _, count)| path.contains(part.as_str()) && *count > 0)?;
        let (_, failure, count) = &mut self.failures[place];
        *count -= 1;
        let failure = *failure;
        if self.failures[place].2 == 0 {
            self.failures.remove(place);
        }
        Some(failure)
    }

    pub(super) fn forget_keys(&mut self, now: Timestamp) {
        self.keys.retain(|_, stored| now.duration_since(stored.at) < KEY_LIFE);
    }

    /// Ends an open session; the event that tells of it.
    pub(super) fn settle(&mut self, session_id: &str, paid: bool, now: Timestamp) -> Option<Value> {
        let intent = self.next_id("pi");
        let event_id = self.next_id("evt");
        let session = self.sessions.get_mut(session_id).filter(|s| s.status == "open")?;
        session.payment_intent = session.payment_intent.take().or(Some(intent));
        let created = now.as_second();
        if paid {
            (session.status, session.payment_status) = ("complete", "paid");
            return Some(event(&event_id, "checkout.session.completed", created, &session.json("")));
        }
        // The session stays open: the customer may try another card.
        let object = json!({
            "object": "payment_intent", "id": session.payment_intent, "amount": session.amount_total, "currency": session.currency,
            "status": "requires_payment_method", "metadata": session.intent_metadata,
        });
        Some(event(&event_id, "payment_intent.payment_failed", created, &object))
    }

    pub(super) fn expire(&mut self, session_id: &str, now: Timestamp) -> Option<Value> {
        let event_id = self.next_id("evt");
        let session = self.sessions.get_mut(session_id).filter(|s| s.status == "open")?;
        session.status = "expired";
        Some(event(&event_id, "checkout.session.expired", now.as_second(), &session.json("")))
    }

    /// What is left of a payment; `None` for one that was not made here.
    pub(super) fn left(&self, payment_intent: &str) -> Option<i64> {
        let paid = |s: &&Session| s.payment_intent.as_deref() == Some(payment_intent) && s.payment_status == "paid";
        let session = self.sessions.values().find(paid)?;
        let back: i64 = self.refunds.values().filter(|r| r.payment_intent == payment_intent).map(|r| r.amount).sum();
        Some(session.amount_total - back)
    }
}

impl Session {
    pub(super) fn json(&self, base: &str) -> Value {
        let url = (self.status == "open").then(|| format!("{base}/pay/{}", self.id));
        json!({
            "object": "checkout.session", "id": self.id, "status": self.status, "payment_status": self.payment_status, "mode": "payment",
            "payment_intent": self.payment_intent, "amount_total": self.amount_total, "currency": self.currency, "expires_at": self.expires_at,
            "created": self.created, "client_reference_id": self.client_reference_id, "metadata": self.metadata, "url": url, "livemode": false,
        })
    }
}

impl Refund {
    pub(super) fn json(&self) -> Value {
        json!({
            "object": "refund", "id": self.id, "payment_intent": self.payment_intent, "amount": self.amount, "status": "succeeded",
            "created": self.created, "metadata": self.metadata, "currency": "usd",
        })
    }
}

pub(super) fn event(id: &str, kind: &str, created: i64, object: &Value) -> Value {
    json!({ "object": "event", "id": id, "type": kind, "created": created, "livemode": false, "data": { "object": object } })
}
