//! What a sync asks of a vendor: lists, a page at a time, and the subscriptions of its webhooks.
//!
//! A call is one HTTP request. Pages, retries and pauses are the caller's, who counts them.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use crate::calls::CallError;
use crate::close::facts::ObjectKind;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListPage {
    /// Objects as the vendor writes them.
    pub items: Vec<Value>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<String>,
    /// What the vendor says about its rate limit; `None` if nothing.
    pub pace: Option<Pace>,
}

/// A rate limit as the vendor states it with an answer (X59).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Calls per window; 0 where it is not stated.
    pub limit: u32,
    /// Calls that are left in this window.
    pub remaining: u32,
    /// Until the next window begins.
    pub reset: Duration,
}

/// The scheduled events of one Calendly organization.
#[async_trait]
pub trait ScheduledEvents: Send + Sync {
    /// Events that start in `[from, to)`, by start.
    async fn events(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&str>,
    ) -> Result<ListPage, CallError>;

    /// Everybody who was or is booked into an event, cancelled ones too.
    async fn invitees(&self, event_uri: &str, after: Option<&str>) -> Result<ListPage, CallError>;
}

/// The responses of Typeform's forms.
#[async_trait]
pub trait FormResponses: Send + Sync {
    /// The form's definition: its questions with their titles.
    async fn form(&self, form_id: &str) -> Result<Value, CallError>;

    /// Submitted responses from `since` on (inclusive), newest first; `before` is a token that is not part of the page.
    async fn responses(
        &self,
        form_id: &str,
        since: Option<Timestamp>,
        before: Option<&str>,
    ) -> Result<ListPage, CallError>;
}

/// Close's objects and its log of events.
#[async_trait]
pub trait CrmObjects: Send + Sync {
    /// Objects of a kind that were created at `from` or later, oldest first, after the first `skip`.
    async fn objects(
        &self,
        kind: ObjectKind,
        from: Option<Timestamp>,
        skip: u32,
    ) -> Result<ListPage, CallError>;

    /// What happened from `since` on, newest first. Close keeps thirty days.
    async fn events(&self, since: Timestamp, after: Option<&str>) -> Result<ListPage, CallError>;
}

/// The events of one Stripe account.
#[async_trait]
pub trait PaymentEvents: Send + Sync {
    /// Events of the kinds that Bookpath works with, from `since` on, newest first. Stripe keeps thirty days.
    async fn events(&self, since: Timestamp, after: Option<&str>) -> Result<ListPage, CallError>;
}

/// A subscription to a vendor's webhooks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Subscription {
    /// How the vendor names it: a uri, an id, or `form/tag`.
    pub id: String,
    /// Where it posts to.
    pub url: String,
    /// Whether the vendor still sends: Calendly's `active`, Typeform's and Stripe's `enabled`.
    pub active: bool,
    /// The state as the vendor calls it.
    pub state: String,
    /// Since when its posts fail, where the vendor says so.
    pub failing_since: Option<Timestamp>,
    /// The events that it asks for.
    pub events: Vec<String>,
}

/// A subscription that was made.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The ids of what was made: one for each form, else one.
    pub ids: Vec<String>,
    /// The key that it signs with: ours, or the one that the vendor shows once.
    #[debug(skip)]
    pub signing_key: String,
}

/// The subscriptions of one vendor.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Every subscription of the account.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError>;

    /// Subscribes `url` to what Bookpath works with. `key` signs, where the vendor lets us choose.
    async fn subscribe(&self, url: &str, key: &str) -> Result<Subscribed, CallError>;

    /// Ends a subscription; one that is not there is no error.
    async fn unsubscribe(&self, id: &str) -> Result<(), CallError>;

    /// Lets a subscription that the vendor has disabled send again; `false` where it has to be made anew.
    async fn enable(&self, _id: &str) -> Result<bool, CallError> {
        Ok(false)
    }
}

/// A note about a booking for the CRM's people (S2-51).
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct CrmNote {
    pub lead_id: String,
    pub contact_id: Option<String>,
    #[debug(skip)]
    pub text: String,
    /// Names the note: the same one is not written twice.
    pub key: String,
}

/// Writing to the CRM.
#[async_trait]
pub trait CrmNotes: Send + Sync {
    /// The (lead, contact) with this e-mail address; `None` if there is none.
    async fn lead_of(&self, email: &str) -> Result<Option<(String, Option<String>)>, CallError>;

    /// Whether the lead has the note with this key.
    async fn has_note(&self, lead_id: &str, key: &str) -> Result<bool, CallError>;

    /// Writes a note to a lead. Close knows no idempotency keys: whoever tries again asks [`CrmNotes::has_note`] first.
    async fn write_note(&self, note: &CrmNote) -> Result<(), CallError>;
}
