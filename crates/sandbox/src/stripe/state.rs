//! What the account holds.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::failure::Failure;

/// Stripe may forget an idempotency key after a day; the stand-in does.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Metadata with the booking that a session or a refund is of.
const BOOKING: &str = "booking_id";

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
    pub cancel_url: Option<String>,
    pub product: String,
    pub idempotency_key: Option<String>,
}

/// How a customer's payment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    Paid,
    /// The card is declined; the session stays open for another one.
    Declined,
    /// A bank transfer: the session is complete, the money is on its way.
    Begun,
    /// The money of a bank transfer has come, or has not.
    Arrived,
    Bounced,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: String,
    pub payment_intent: String,
    pub amount: i64,
    pub currency: String,
    pub status: &'static str,
    pub created: i64,
    pub metadata: BTreeMap<String, String>,
    pub idempotency_key: Option<String>,
}

/// The answer that a key has.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) fingerprint: String,
    pub(super) at: Timestamp,
    /// Calls that still find the first one under way.
    pub(super) busy: u32,
    pub(super) answer: (u16, Value),
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) refunds: BTreeMap<String, Refund>,
    /// The account's balance transactions, oldest first.
    pub(super) transactions: Vec<Value>,
    /// What happened, oldest first.
    pub(super) events: Vec<Value>,
    /// Where webhooks go.
    pub(super) endpoints: BTreeMap<String, Value>,
    pub(super) keys: BTreeMap<String, Stored>,
    pub(super) failures: Vec<(String, Failure, u32)>,
    /// The refund that is being made takes its time.
    pub(super) slow_refund: bool,
    serial: u64,
}

impl State {
    pub(super) fn next_id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        format!("{prefix}_sandbox_{:06}", self.serial)
    }

    /// The failure that this call meets.
    pub(super) fn failure(&mut self, path: &str) -> Option<Failure> {
        let place = self
            .failures
            .iter()
            .position(|(part, _, count)| path.contains(part.as_str()) && *count > 0)?;
        let (_, failure, count) = &mut self.failures[place];
        *count -= 1;
        let failure = *failure;
        if self.failures[place].2 == 0 {
            self.failures.remove(place);
        }
        Some(failure)
    }

    pub(super) fn forget_keys(&mut self, now: Timestamp) {
        self.keys
            .retain(|_, stored| now.duration_since(stored.at) < KEY_LIFE);
    }

    /// What the customer does on the page, or their bank later; the event that tells of it.
    pub(super) fn settle(
        &mut self,
        session_id: &str,
        payment: Payment,
        now: Timestamp,
    ) -> Option<Value> {
        let intent = self.next_id("pi");
        let event_id = self.next_id("evt");
        let from = if matches!(payment, Payment::Arrived | Payment::Bounced) {
            ("complete", "unpaid")
        } else {
            ("open", "unpaid")
        };
        let session = self
            .sessions
            .get_mut(session_id)
            .filter(|s| (s.status, s.payment_status) == from)?;
        session.payment_intent = session.payment_intent.take().or(Some(intent));
        let created = now.as_second();
        (session.status, session.payment_status) = match payment {
            Payment::Paid | Payment::Arrived => ("complete", "paid"),
            Payment::Begun | Payment::Bounced => ("complete", "unpaid"),
            Payment::Declined => ("open", "unpaid"),
        };
        let session = session.clone();
        let kind = match payment {
            Payment::Paid | Payment::Begun => "checkout.session.completed",
            Payment::Arrived => "checkout.session.async_payment_succeeded",
            Payment::Bounced => "checkout.session.async_payment_failed",
            Payment::Declined => {
                let object = json!({
                    "object": "payment_intent", "id": session.payment_intent, "amount": session.amount_total, "currency": session.currency,
                    "status": "requires_payment_method", "metadata": session.intent_metadata,
                });
                return Some(event(
                    &event_id,
                    "payment_intent.payment_failed",
                    created,
                    &object,
                ));
            }
        };
        if session.payment_status == "paid" {
            self.book_charge(&session, created);
        }
        Some(event(&event_id, kind, created, &session.json("")))
    }

    pub(super) fn expire(&mut self, session_id: &str, now: Timestamp) -> Option<Value> {
        let event_id = self.next_id("evt");
        let session = self
            .sessions
            .get_mut(session_id)
            .filter(|s| s.status == "open")?;
        session.status = "expired";
        Some(event(
            &event_id,
            "checkout.session.expired",
            now.as_second(),
            &session.json(""),
        ))
    }

    /// Closes the sessions whose time is over.
    pub(super) fn expire_due(&mut self, now: Timestamp) {
        let over = |s: &&mut Session| s.status == "open" && s.expires_at <= now.as_second();
        self.sessions
            .values_mut()
            .filter(over)
            .for_each(|s| s.status = "expired");
    }

    /// A refund is made; nobody is told of it yet.
    pub(super) fn refund(
        &mut self,
        payment_intent: &str,
        amount: i64,
        metadata: BTreeMap<String, String>,
        key: Option<&str>,
        created: i64,
    ) -> Refund {
        let refund = Refund {
            id: self.next_id("re"),
            currency: self.currency_of(payment_intent, &metadata),
            payment_intent: payment_intent.to_owned(),
            amount,
            status: if self.slow_refund {
                "pending"
            } else {
                "succeeded"
            },
            created,
            metadata,
            idempotency_key: key.map(str::to_owned),
        };
        self.book_refund(&refund, "refund", created);
        self.refunds.insert(refund.id.clone(), refund.clone());
        refund
    }

    pub(super) fn end_refund(
        &mut self,
        refund_id: &str,
        arrived: bool,
        now: Timestamp,
    ) -> Option<Value> {
        let event_id = self.next_id("evt");
        let refund = self
            .refunds
            .get_mut(refund_id)
            .filter(|r| r.status == "pending")?;
        refund.status = if arrived { "succeeded" } else { "failed" };
        let kind = if arrived {
            "refund.updated"
        } else {
            "refund.failed"
        };
        Some(event(&event_id, kind, now.as_second(), &refund.json()))
    }

    /// A refund comes back from the customer's bank: the event that tells of it.
    pub(super) fn fail_refund(&mut self, refund_id: &str, now: Timestamp) -> Option<Value> {
        let event_id = self.next_id("evt");
        let refund = self
            .refunds
            .get_mut(refund_id)
            .filter(|r| r.status == "succeeded")?;
        refund.status = "failed";
        let refund = refund.clone();
        self.book_refund(&refund, "refund_failure", now.as_second());
        Some(event(
            &event_id,
            "refund.failed",
            now.as_second(),
            &refund.json(),
        ))
    }

    /// The currency of a payment. One that was not made here, but told to Bookpath by hand, has the one that a refund of it
    /// names, else that of the session that was opened for the same booking.
    pub(super) fn currency_of(
        &self,
        payment_intent: &str,
        metadata: &BTreeMap<String, String>,
    ) -> String {
        let paid = |s: &&Session| s.payment_intent.as_deref() == Some(payment_intent);
        let booking = metadata.get(BOOKING);
        let opened = |s: &&Session| booking.is_some() && s.metadata.get(BOOKING) == booking;
        let sessions = || self.sessions.values();
        let named = || metadata.get("currency").map(|name| name.to_lowercase());
        let of_booking = || sessions().find(opened).map(|s| s.currency.clone());
        let paid = sessions().find(paid).map(|s| s.currency.clone());
        paid.or_else(named)
            .or_else(of_booking)
            .unwrap_or_else(|| "usd".to_owned())
    }

    /// What is left of a payment; `None` for one that was not made here.
    pub(super) fn left(&self, payment_intent: &str) -> Option<i64> {
        let paid = |s: &&Session| {
            s.payment_intent.as_deref() == Some(payment_intent) && s.payment_status == "paid"
        };
        let session = self.sessions.values().find(paid)?;
        let back: i64 = self
            .refunds
            .values()
            .filter(|r| r.payment_intent == payment_intent && r.status != "failed")
            .map(|r| r.amount)
            .sum();
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
            "object": "refund", "id": self.id, "payment_intent": self.payment_intent, "amount": self.amount, "status": self.status,
            "created": self.created, "metadata": self.metadata, "currency": self.currency,
        })
    }
}

pub(super) fn event(id: &str, kind: &str, created: i64, object: &Value) -> Value {
    json!({ "object": "event", "id": id, "type": kind, "created": created, "livemode": false, "data": { "object": object } })
}
