//! What the use cases need from the outside: store, log, objects, clock, carriers, lake.
//!
//! `app` re-exports this crate as `bookpath_app::ports`. It is a crate of its own so that `testkit` can stand in for the
//! ports in the unit tests of `app`.

mod again;
mod carriers;
mod lake;
mod log;
mod objects;
mod store;

use std::time::Duration;

use jiff::Timestamp;

pub use again::Again;
pub use bookpath_vendors::calls::{
    BookedSlot, Calendar, CallError, Checkout, CheckoutRequest, CheckoutStatus, EventType,
    Headroom, InviteeView, Parameters, Payments, RefundRequest, RefundView, SlotRequest,
    StatementPage,
};
pub use bookpath_vendors::lists::{
    CrmNote, CrmNotes, CrmObjects, FormResponses, ListPage, Pace, PaymentEvents, ScheduledEvents,
    Subscribed, Subscription, Subscriptions,
};
pub use carriers::{Mail, Mailer, Operators, TextSender, Waits};
pub use lake::{
    AssignedBatch, ChangeCause, ChangesAsked, LakeEngine, LakeFailure, LakeReader, PaymentEntry,
    Period, PeriodBy, QualityCheck, RowFilter, RowOrder, SpendEntry, SpendOutcome, TableChange,
    TableMoment, TablePage, TableRow, TableRun, TableRuns, TableSearch, TableState, Telling,
    WriteGuard, WriteLock,
};
pub use log::{Batch, EventLog, LogEntry, LogRecord};
pub use objects::{ImportedObject, ObjectError, ObjectStore};
pub use store::{
    Commit, Expect, IndexKey, Item, ItemKey, Page, Query, Range, Rounds, Store, StoreError, Write,
    all, held,
};

/// Whether what is looked for is in these bytes.
pub type Finds<'a> = dyn Fn(&[u8]) -> bool + Sync + 'a;

/// The present instant. Virtual in tests, in the simulation and under `serve --clock`.
pub trait Clock: Send + Sync {
    /// The instant that every rule compares with.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment. It never runs backwards and ignores a set clock; rate limits measure
    /// with it.
    fn monotonic(&self) -> Duration;
}

/// Waiting, for as long as a vendor asks or a failed call needs.
#[async_trait::async_trait]
pub trait Pauses: Send + Sync {
    /// Returns after `time`. It ignores a set clock: a vendor's limit is one of real time.
    async fn pause(&self, time: Duration);
}

/// Work that one process at a time does.
#[async_trait::async_trait]
pub trait Turns: Send + Sync {
    /// The right to do the work called so; `None` while another process has it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn take(&self, work: &str) -> Result<Option<Box<dyn WriteGuard>>, StoreError>;
}

/// Where the signing keys of webhooks are kept: a secret, or a file beside the store.
#[async_trait::async_trait]
pub trait KeyBook: Send + Sync {
    /// The newest key of a vendor.
    async fn newest(&self, vendor: bookpath_domain::Vendor) -> Result<Option<String>, CallError>;

    /// Makes `key` the newest one. The one before it stays active, so that what is on its way is still accepted (X54).
    async fn add(&self, vendor: bookpath_domain::Vendor, key: &str) -> Result<(), CallError>;
}

/// Fresh identifiers.
pub trait Ids: Send + Sync {
    /// A new identifier, unique for ever, of at most 36 ASCII characters.
    fn fresh(&self) -> String;
}

/// Random UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn fresh(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}

/// Named places where a test may make the process fail (docs/TESTING.md).
pub trait Faults: Send + Sync {
    /// Does nothing, returns the injected error, or never returns.
    ///
    /// # Errors
    /// [`Injected`] while an `error` fault is armed at this point.
    fn hit(&self, point: &'static str) -> Result<(), Injected>;
}

/// A test asked for this failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("injected fault at {0}")]
pub struct Injected(pub &'static str);

/// No faults: what every process outside `serve --faults` has.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn hit(&self, _point: &'static str) -> Result<(), Injected> {
        Ok(())
    }
}
