//! Syncs: what the webhooks missed is read from the vendors' own lists (X7).
//!
//! A sync compares what a vendor shows with what is known, and brings the difference in as the webhooks that would have
//! told of it: through the same archive, the same dedupe, onto the same stream. So a run that finds nothing changes
//! nothing, and a run that stops is continued by the next from the place that it has stored.
//!
//! Nothing is sent late: what a sync found is marked as such, and react suppresses texts about old news.

mod bring;
pub(crate) mod calendly;
mod calls;
pub mod caretaker;
mod close;
mod diff;
mod figures;
mod listed;
mod missed;
mod month_counts;
mod place;
mod report;
mod stripe;
pub mod subscriptions;
mod typeform;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use bookpath_domain::{BusinessConfig, Vendor};
use jiff::Timestamp;

use crate::inbox::Inbox;
use crate::inbox::receipt::ReceiveError;
use crate::operators::alarms::{self, Alarm};
use crate::ports::{
    CallError, Clock, Commit, CrmObjects, FormResponses, Pauses, PaymentEvents, ScheduledEvents,
    StoreError,
};

pub use calls::Retry;
pub use missed::MissedDelivery;
pub use month_counts::MonthCount;
pub use report::{SyncReport, run, runs};

/// The code of the alarm of a sync that its vendor stopped.
pub const FAILED: &str = "sync_failed";

/// What a sync works with.
pub struct Sync {
    pub inbox: Arc<Inbox>,
    pub clock: Arc<dyn Clock>,
    pub pauses: Arc<dyn Pauses>,
    pub rules: Arc<BusinessConfig>,
    pub vendors: SyncVendors,
    pub retry: Retry,
    /// How long a run may take; it stores its place and ends then, and the next one goes on.
    pub time_max: Duration,
}

/// The vendors that can be asked. One without a key is `None`.
#[derive(Clone, Default)]
pub struct SyncVendors {
    pub calendly: Option<Arc<dyn ScheduledEvents>>,
    pub typeform: Option<Arc<dyn FormResponses>>,
    pub close: Option<Arc<dyn CrmObjects>>,
    pub stripe: Option<Arc<dyn PaymentEvents>>,
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SyncVendors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncVendors").finish_non_exhaustive()
    }
}

/// The sync stopped. What it has brought in stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Nobody can ask this vendor.
    #[error("{0}")]
    NotConfigured(String),
    /// The vendor refused, or did not answer after every try.
    #[error(transparent)]
    Vendor(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Inbox(#[from] ReceiveError),
}

/// The vendors that can be synced.
pub const VENDORS: [Vendor; 4] = [
    Vendor::Calendly,
    Vendor::Close,
    Vendor::Typeform,
    Vendor::Stripe,
];

/// Runs one sync, or goes on with the one that was stopped. `since` replaces the beginning of what is read: for Calendly
/// the earliest start, for Typeform the earliest submission, for Close the earliest change, for Stripe the earliest event.
///
/// # Errors
/// [`SyncError`].
pub async fn sync(
    sync: &Sync,
    vendor: Vendor,
    since: Option<Timestamp>,
) -> Result<SyncReport, SyncError> {
    let run = match vendor {
        Vendor::Calendly => calendly::run(sync, since).await,
        Vendor::Close => close::run(sync, since).await,
        Vendor::Typeform => typeform::run(sync, since).await,
        Vendor::Stripe => stripe::run(sync, since).await,
        Vendor::Sms => Err(SyncError::NotConfigured(format!(
            "{vendor} has no sync: calendly, close, typeform and stripe have one"
        ))),
    };
    let report = match run {
        Ok(report) => report,
        Err(error) => {
            tell(sync, vendor, &error).await?;
            return Err(error);
        }
    };
    if report.complete {
        let end = alarms::end(FAILED, vendor.as_str());
        sync.inbox.store.commit(Commit::new(vec![end])).await?;
    }
    tracing::info!(
        vendor = %vendor,
        complete = report.complete,
        events = report.events_processed,
        changed = report.changed,
        missed = report.missed.values().sum::<u64>(),
        "synced"
    );
    Ok(report)
}

/// Raises the alarm of a vendor that did not answer as it should (S3-128). The store's own failures are its caller's.
async fn tell(sync: &Sync, vendor: Vendor, error: &SyncError) -> Result<(), StoreError> {
    let SyncError::Vendor(failure) = error else {
        return Ok(());
    };
    let alarm = Alarm::new(
        FAILED,
        vendor.as_str(),
        sync.clock.now(),
        failure.to_string(),
    );
    let store = sync.inbox.store.as_ref();
    let standing = alarms::standing(store).await?;
    let stands = |known: &Alarm| known.code == FAILED && known.subject == vendor.as_str();
    if !standing.iter().any(stands) {
        store.commit(Commit::new(vec![alarm.raise()?])).await?;
    }
    Ok(())
}

/// A run that was stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Unfinished {
    /// The beginning that was asked for. The run goes on if the next one asks for the same.
    pub since: Option<Timestamp>,
}

/// The run of this vendor that was stopped before its end, if there is one.
///
/// # Errors
/// [`StoreError`].
pub async fn unfinished(sync: &Sync, vendor: Vendor) -> Result<Option<Unfinished>, StoreError> {
    let stored = sync.inbox.store.get(&place::key(vendor)).await?;
    stored.map(|item| item.read()).transpose()
}
