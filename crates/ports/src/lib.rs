//! What the use cases need from the outside: store, log, objects, clock, carriers, lake.
//!
//! `app` re-exports this crate as `bookpath_app::ports`. It is a crate of its own so that `testkit` can stand in for the
//! ports in the unit tests of `app`.

mod carriers;
mod lake;
mod log;
mod objects;
mod store;

use std::time::Duration;

use jiff::Timestamp;

pub use bookpath_vendors::calls::{
    BookedSlot, Calendar, CallError, Checkout, CheckoutRequest, CheckoutStatus, EventType,
    Headroom, InviteeView, Parameters, Payments, RefundRequest, RefundView, SlotRequest,
    StatementPage,
};
pub use carriers::{Mail, Mailer, Operators, TextSender, Waits};
pub use lake::{
    AssignedBatch, LakeEngine, LakeFailure, PaymentEntry, QualityCheck, RowFilter, SpendEntry,
    SpendOutcome, TableRow, TableRun, TableRuns, TableState, WriteGuard, WriteLock,
};
pub use log::{Batch, EventLog, LogEntry, LogRecord};
pub use objects::{ImportedObject, ObjectError, ObjectStore};
pub use store::{
    Commit, Expect, IndexKey, Item, ItemKey, Page, Query, Range, Rounds, Store, StoreError, Write,
    all, held,
};

/// The present instant. Virtual in tests, in the simulation and under `serve --clock`.
pub trait Clock: Send + Sync {
    /// The instant that every rule compares with.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment. It never runs backwards and ignores a set clock; rate limits measure
    /// with it.
    fn monotonic(&self) -> Duration;
}

/// Fresh identifiers.
pub trait Ids: Send + Sync {
    /// A new identifier, unique for ever, of at most 36 ASCII characters.
    fn fresh(&self) -> String;
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
