//! Carriers, waits and the calendar: they keep what they were asked and fail when a test says so.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bookpath_domain::texts::{Message, SendResult};
use bookpath_ports::{
    BookedSlot, Calendar, CallError, EventType, InviteeView, Mail, Mailer, Operators, SlotRequest,
    TextSender, Waits,
};
use serde_json::Value;

fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts down the calls that a test wants to fail.
#[derive(Debug, Default)]
pub(crate) struct Failures(AtomicU32);

impl Failures {
    pub(crate) fn set(&self, count: u32) {
        self.0.store(count, Ordering::SeqCst);
    }

    /// Whether this call fails.
    pub(crate) fn next(&self) -> bool {
        let left = |n: u32| n.checked_sub(1);
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
            .is_ok()
    }

    fn check(&self) -> Result<(), CallError> {
        if self.next() {
            Err(CallError::transient("503, because a test says so"))
        } else {
            Ok(())
        }
    }
}

/// Takes every text.
#[derive(Debug, Default)]
pub struct FakeTexts {
    sent: Mutex<Vec<Message>>,
}

impl FakeTexts {
    /// The texts that were sent, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Message> {
        lock(&self.sent).clone()
    }
}

#[async_trait]
impl TextSender for FakeTexts {
    async fn send(&self, message: &Message) -> SendResult {
        lock(&self.sent).push(message.clone());
        SendResult::Accepted {
            provider_id: Some(format!("sent-{}", message.intent_id)),
        }
    }
}

/// E-mails and notifications.
#[derive(Debug, Default)]
pub struct FakePost {
    letters: Mutex<Vec<Mail>>,
    told: Mutex<Vec<(String, String, Value)>>,
    letters_fail: Failures,
    operators_fail: Failures,
}

impl FakePost {
    /// The e-mails that were sent, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Mail> {
        lock(&self.letters).clone()
    }

    /// What the operators were told: (id, subject, message), each id once.
    #[must_use]
    pub fn told(&self) -> Vec<(String, String, Value)> {
        lock(&self.told).clone()
    }

    /// The next `count` e-mails meet a 503.
    pub fn fail_letters(&self, count: u32) {
        self.letters_fail.set(count);
    }

    /// The next `count` notifications meet a 503.
    pub fn fail_operators(&self, count: u32) {
        self.operators_fail.set(count);
    }
}

#[async_trait]
impl Mailer for FakePost {
    async fn send(&self, mail: &Mail) -> Result<(), CallError> {
        self.letters_fail.check()?;
        lock(&self.letters).push(mail.clone());
        Ok(())
    }
}

#[async_trait]
impl Operators for FakePost {
    async fn tell(&self, id: &str, subject: &str, message: Value) -> Result<(), CallError> {
        self.operators_fail.check()?;
        let mut told = lock(&self.told);
        if told.iter().all(|(known, _, _)| known != id) {
            told.push((id.to_owned(), subject.to_owned(), message));
        }
        Ok(())
    }
}

/// Starts each wait once.
#[derive(Debug, Default)]
pub struct FakeWaits {
    started: Mutex<Vec<(String, Value)>>,
    failing: Failures,
}

impl FakeWaits {
    /// Lets the next `times` starts fail.
    pub fn fail(&self, times: u32) {
        self.failing.set(times);
    }

    /// Every wait that was started, oldest first.
    #[must_use]
    pub fn started(&self) -> Vec<(String, Value)> {
        lock(&self.started).clone()
    }
}

#[async_trait]
impl Waits for FakeWaits {
    async fn start(&self, id: &str, input: Value) -> Result<(), CallError> {
        self.failing.check()?;
        let mut started = lock(&self.started);
        if started.iter().all(|(known, _)| known != id) {
            started.push((id.to_owned(), input));
        }
        Ok(())
    }
}

/// A calendar with every slot open.
#[derive(Debug, Default)]
pub struct FakeCalendar {
    canceled: Mutex<Vec<(String, String)>>,
    booked: Mutex<Vec<(SlotRequest, BookedSlot)>>,
    fail: Failures,
    lose: Failures,
    refuse: Failures,
}

impl FakeCalendar {
    /// The events that were cancelled and why, oldest first.
    #[must_use]
    pub fn canceled(&self) -> Vec<(String, String)> {
        lock(&self.canceled).clone()
    }

    /// The slots that were booked, oldest first.
    #[must_use]
    pub fn booked(&self) -> Vec<SlotRequest> {
        let slots = lock(&self.booked);
        slots.iter().map(|(request, _)| request.clone()).collect()
    }

    /// The next `count` calls meet a 503 and do nothing.
    pub fn fail(&self, count: u32) {
        self.fail.set(count);
    }

    /// The next `count` slots and cancellations are refused for good.
    pub fn refuse(&self, count: u32) {
        self.refuse.set(count);
    }

    /// The next `count` bookings are made, and their answers are lost.
    pub fn lose(&self, count: u32) {
        self.lose.set(count);
    }
}

impl FakeCalendar {
    fn refused(&self) -> Result<(), CallError> {
        if self.refuse.next() {
            Err(CallError::refused("403, because a test says so"))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Calendar for FakeCalendar {
    async fn cancel_event(&self, event_uri: &str, reason: &str) -> Result<(), CallError> {
        self.fail.check()?;
        self.refused()?;
        lock(&self.canceled).push((event_uri.to_owned(), reason.to_owned()));
        Ok(())
    }

    async fn single_use_link(&self, event_type: &str) -> Result<String, CallError> {
        self.fail.check()?;
        Ok(format!("{event_type}/once"))
    }

    async fn invitee(&self, _invitee_uri: &str) -> Result<Option<InviteeView>, CallError> {
        self.fail.check()?;
        Ok(None)
    }

    async fn event_types(&self) -> Result<Vec<EventType>, CallError> {
        self.fail.check()?;
        Ok(Vec::new())
    }

    async fn book(&self, request: &SlotRequest) -> Result<BookedSlot, CallError> {
        self.fail.check()?;
        self.refused()?;
        let mut slots = lock(&self.booked);
        let event_uri = format!("https://api.calendly.com/scheduled_events/S{}", slots.len());
        let made = BookedSlot {
            invitee_uri: format!("{event_uri}/invitees/I"),
            event_uri,
        };
        slots.push((request.clone(), made.clone()));
        self.lose.check()?;
        Ok(made)
    }

    async fn booked(&self, request: &SlotRequest) -> Result<Option<BookedSlot>, CallError> {
        self.fail.check()?;
        let slots = lock(&self.booked);
        let made = slots
            .iter()
            .find(|(known, _)| known.booking_id == request.booking_id);
        Ok(made.map(|(_, made)| made.clone()))
    }
}
