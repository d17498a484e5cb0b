//! One account: what its customers and their banks do, and the events that tell of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::failure::Failure;
use super::state::{Payment, Refund, Session, State, event};

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One account.
#[derive(Clone)]
pub struct Stripe {
    state: Arc<Mutex<State>>,
    pub(super) clock: Clock,
    /// Where it is mounted: the pages it links to.
    pub(super) base: String,
    /// Where its events go; the body of a webhook each.
    events: UnboundedSender<Value>,
    /// How many were sent.
    sent: Arc<AtomicU64>,
}

impl std::fmt::Debug for Stripe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stripe")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Stripe {
    /// An empty account that is reachable at `base`.
    #[must_use]
    pub fn new(base: &str, clock: Clock, events: UnboundedSender<Value>) -> Self {
        Self {
            state: Arc::default(),
            clock,
            base: base.trim_end_matches('/').to_owned(),
            events,
            sent: Arc::default(),
        }
    }

    /// How many events were sent so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// The next `count` calls whose path has `part` in it fail so.
    pub fn fail(&self, part: &str, failure: Failure, count: u32) {
        self.lock().failures.push((part.to_owned(), failure, count));
    }

    /// Ends the failures of a path.
    pub fn mend(&self, part: &str) {
        self.lock().failures.retain(|(failing, ..)| failing != part);
    }

    /// Every session, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.lock().sessions.values().cloned().collect()
    }

    /// Every refund, oldest first.
    #[must_use]
    pub fn refunds(&self) -> Vec<Refund> {
        self.lock().refunds.values().cloned().collect()
    }

    /// Pays an open session as its customer would on the hosted page; the events are sent and returned.
    #[must_use]
    pub fn pay(&self, session_id: &str) -> Option<Value> {
        self.settle(session_id, Payment::Paid)
    }

    /// The customer's card is declined; the session stays open.
    #[must_use]
    pub fn decline(&self, session_id: &str) -> Option<Value> {
        self.settle(session_id, Payment::Declined)
    }

    /// The customer pays by bank transfer: the session is complete, and the money comes later.
    #[must_use]
    pub fn begin_transfer(&self, session_id: &str) -> Option<Value> {
        self.settle(session_id, Payment::Begun)
    }

    /// The money of a bank transfer arrives, or never will.
    #[must_use]
    pub fn end_transfer(&self, session_id: &str, arrived: bool) -> Option<Value> {
        self.settle(
            session_id,
            if arrived {
                Payment::Arrived
            } else {
                Payment::Bounced
            },
        )
    }

    /// The time of an open session is over, and Stripe tells so.
    #[must_use]
    pub fn expire(&self, session_id: &str) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let event = state.expire(session_id, now)?;
        self.send(&mut state, &event);
        Some(event)
    }

    /// Gives a part of a payment back, as somebody does in Stripe's own dashboard.
    #[must_use]
    pub fn refund_of_a_part(&self, session_id: &str, amount: i64) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let payment_intent = state.sessions.get(session_id)?.payment_intent.clone()?;
        if !(1..=state.left(&payment_intent)?).contains(&amount) {
            return None;
        }
        let created = now.as_second();
        let refund = state.refund(&payment_intent, amount, BTreeMap::new(), None, created);
        let event_id = state.next_id("evt");
        let event = event(&event_id, "refund.created", created, &refund.json());
        self.send(&mut state, &event);
        Some(event)
    }

    /// A refund that was pending arrives, or never will.
    #[must_use]
    pub fn end_refund(&self, refund_id: &str, arrived: bool) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let event = state.end_refund(refund_id, arrived, now)?;
        self.send(&mut state, &event);
        Some(event)
    }

    /// A refund that had succeeded comes back from the customer's bank.
    #[must_use]
    pub fn fail_refund(&self, refund_id: &str) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let event = state.fail_refund(refund_id, now)?;
        self.send(&mut state, &event);
        Some(event)
    }

    /// The customer's bank takes a payment back.
    #[must_use]
    pub fn dispute(&self, session_id: &str) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let event = state.dispute(session_id, now.as_second())?;
        self.send(&mut state, &event);
        Some(event)
    }

    /// Stripe knows of this event, whether or not anybody sends it.
    pub fn tell(&self, event: &Value) {
        self.lock().events.push(event.clone());
    }

    /// Stripe gives up on every endpoint, as after days of failures.
    pub fn disable_endpoints(&self) {
        for endpoint in self.lock().endpoints.values_mut() {
            endpoint["status"] = Value::from("disabled");
        }
    }

    pub(super) fn settle(&self, session_id: &str, payment: Payment) -> Option<Value> {
        let (mut state, now) = self.lock_now();
        let event = state.settle(session_id, payment, now)?;
        self.send(&mut state, &event);
        Some(event)
    }

    pub(super) fn send_all(&self, state: &mut State, events: &[Value]) {
        events.iter().for_each(|event| self.send(state, event));
    }

    /// The event is in the account's list. Nobody listens to an account in a test that wants no webhooks.
    fn send(&self, state: &mut State, event: &Value) {
        state.events.push(event.clone());
        self.sent.fetch_add(1, Ordering::SeqCst);
        drop(self.events.send(event.clone()));
    }

    /// The account at the present instant. What has run out by now is closed, and nobody is told: a payment that a
    /// test tells of by hand was not made here.
    pub(super) fn lock_now(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let now = (self.clock)();
        let mut state = self.lock();
        state.expire_due(now);
        (state, now)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
