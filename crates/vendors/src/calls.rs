//! Calls to the vendors: the requests, the answers, and the traits that each client implements.

use std::time::Duration;

use async_trait::async_trait;
use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::{RefundReport, RefundStatus};
use bookpath_domain::money::Money;
use bookpath_domain::money::ledger::StatementLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// `TransientError`: a retry may succeed. Any other class: it won't.
    pub class: ErrorClass,
    /// One line without personal data or keys.
    pub message: String,
    /// When the vendor wants the retry.
    pub retry_after: Option<Duration>,
    /// The vendor knows the idempotency key with other parameters: an earlier call succeeded under it, and this one did
    /// nothing.
    pub reused_key: bool,
    /// The vendor has no such thing, or has it no more (404, 410).
    pub not_found: bool,
}

impl CallError {
    /// An error after which a retry may succeed.
    #[must_use]
    pub fn transient(message: impl Into<String>) -> Self {
        Self {
            class: ErrorClass::TransientError,
            message: message.into(),
            retry_after: None,
            reused_key: false,
            not_found: false,
        }
    }

    /// A final refusal.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            class: ErrorClass::IntegrationError,
            message: message.into(),
            retry_after: None,
            reused_key: false,
            not_found: false,
        }
    }

    /// Whether a retry may succeed.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.class == ErrorClass::TransientError
    }
}

/// The parameters of a call as they go over the wire, in their order. They are kept with the outbox's entry, because the
/// payment service refuses a key that comes again with other parameters (X69).
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }
}

/// Names only: a value may be a customer's address.
impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// What a new hosted checkout needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRequest {
    pub booking_id: String,
    pub attempt: u32,
    /// What the customer reads on the page.
    pub product: String,
    pub amount_minor: i64,
    /// ISO 4217, any case.
    pub currency: String,
    pub expires_at: Timestamp,
    pub email: Option<bookpath_domain::bookings::invitee::Private>,
}

/// A checkout as the payment service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    pub session_id: String,
    pub url: Option<String>,
    pub payment_intent: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub status: CheckoutStatus,
    /// `payment_status` is `paid` or nothing was to pay.
    pub paid: bool,
    /// What it costs, in minor units of `currency`: the price's own money, also where the customer paid in another.
    pub amount_minor: Option<i64>,
    pub currency: Option<String>,
    /// What the customer saw, where the service converted the price for them.
    pub presented: Option<Money>,
    /// `payment`, `subscription` or `setup`.
    pub mode: Option<String>,
    /// The address that the customer gave on the page.
    pub email: Option<bookpath_domain::bookings::invitee::Private>,
}

/// Life of a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutStatus {
    Open,
    Complete,
    Expired,
}

/// A refund to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    pub booking_id: String,
    /// Which of the booking's refund calls this is; `None` for one that an admin or a second payment asked for.
    pub attempt: Option<u32>,
    /// The payment intent; or the checkout session, where no event has named the intent yet.
    pub charge: String,
    pub amount_minor: i64,
    /// ISO 4217, any case.
    pub currency: String,
}

/// A refund as the payment service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundView {
    pub refund_id: String,
    pub payment_intent: Option<String>,
    pub status: RefundStatus,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    pub currency: Option<String>,
    pub created: Option<Timestamp>,
    /// From the metadata that we set, as the two after it.
    pub booking_id: Option<String>,
    pub attempt: Option<u32>,
    /// The key of the effect that made it.
    pub effect_key: Option<String>,
}

impl RefundView {
    /// What it says to the booking of `charge`, learned at `now`.
    #[must_use]
    pub fn report(self, charge: &str, now: Timestamp) -> RefundReport {
        let at = match self.status {
            // When it failed is not told; it was after it was made.
            RefundStatus::Failed => now,
            RefundStatus::Pending | RefundStatus::Succeeded => self.created.unwrap_or(now),
        };
        RefundReport {
            refund_id: Some(self.refund_id),
            payment_intent: self.payment_intent.or_else(|| Some(charge.to_owned())),
            status: self.status,
            amount_minor: Some(self.amount_minor),
            charge_total_minor: None,
            currency: self.currency,
            created: self.created,
            attempt: self.attempt,
            effect_key: self.effect_key,
            at,
        }
    }
}

/// The vendor's rate limit in the current window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    pub limit: u32,
    pub remaining: u32,
}

impl Headroom {
    /// Less than a tenth is left (S4-48).
    #[must_use]
    pub const fn is_low(self) -> bool {
        self.remaining.saturating_mul(10) < self.limit
    }
}

/// The payment service. `key` is the idempotency key: the same call with the same key happens once.
#[async_trait]
pub trait Payments: Send + Sync {
    /// The parameters of the call that opens this checkout.
    async fn checkout_parameters(&self, request: &CheckoutRequest)
    -> Result<Parameters, CallError>;

    /// Opens a hosted checkout.
    async fn create_checkout(
        &self,
        key: &str,
        parameters: &Parameters,
    ) -> Result<Checkout, CallError>;

    /// The checkout that an earlier call for this booking and attempt opened, of those made since an instant.
    async fn checkout_of(
        &self,
        booking_id: &str,
        attempt: u32,
        since: Timestamp,
    ) -> Result<Option<Checkout>, CallError>;

    /// Closes an open checkout; one that is closed already is no error.
    async fn expire_checkout(&self, session_id: &str) -> Result<(), CallError>;

    /// A checkout as it is now.
    async fn checkout(&self, session_id: &str) -> Result<Checkout, CallError>;

    /// The parameters of the call that makes this refund; its metadata names the key.
    async fn refund_parameters(
        &self,
        key: &str,
        request: &RefundRequest,
    ) -> Result<Parameters, CallError>;

    /// Gives money back.
    async fn refund(&self, key: &str, parameters: &Parameters) -> Result<RefundView, CallError>;

    /// Every refund of a payment intent, newest first.
    async fn refunds_of(&self, charge: &str) -> Result<Vec<RefundView>, CallError>;

    /// A page of the service's own statement from `from` to `to` (exclusive); `after` is `next` of the page before.
    async fn statement(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&str>,
    ) -> Result<StatementPage, CallError>;
}

/// Lines of a statement and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementPage {
    pub lines: Vec<StatementLine>,
    pub next: Option<String>,
}

/// How the calendar service sees an invitee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteeView {
    pub canceled: bool,
    /// Another invitee took its place.
    pub rescheduled: bool,
    pub updated_at: Option<Timestamp>,
    pub canceled_at: Option<Timestamp>,
}

/// A kind of event that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct EventType {
    pub uri: String,
    pub name: String,
    pub active: bool,
    pub duration_minutes: u32,
    pub scheduling_url: String,
}

/// A slot to be booked for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRequest {
    pub booking_id: String,
    pub event_type: String,
    /// The start of an open slot.
    pub start: Timestamp,
    pub contact: bookpath_domain::bookings::invitee::Contact,
    pub timezone: String,
}

/// An invitee that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedSlot {
    pub invitee_uri: String,
    pub event_uri: String,
}

/// The calendar service.
#[async_trait]
pub trait Calendar: Send + Sync {
    /// Cancels the scheduled event, which frees the slot; one that is cancelled already is no error.
    async fn cancel_event(&self, event_uri: &str, reason: &str) -> Result<(), CallError>;

    /// A link that takes one booking of the event type.
    async fn single_use_link(&self, event_type: &str) -> Result<String, CallError>;

    /// An invitee as it is now; `None` where there is none of this uri.
    async fn invitee(&self, invitee_uri: &str) -> Result<Option<InviteeView>, CallError>;

    /// Everything that can be booked.
    async fn event_types(&self) -> Result<Vec<EventType>, CallError>;

    /// Books a slot. It knows no idempotency keys: whoever tries again looks with [`Calendar::booked`] first.
    async fn book(&self, request: &SlotRequest) -> Result<BookedSlot, CallError>;

    /// The slot that an earlier [`Calendar::book`] of this booking made.
    async fn booked(&self, request: &SlotRequest) -> Result<Option<BookedSlot>, CallError>;

    /// The rate limit in the service's last answer; `None` if it names none.
    fn headroom(&self) -> Option<Headroom> {
        None
    }
}
