//! What the use cases need from the outside: store, log, objects, clock, carriers, lake.
//!
//! `app` re-exports this crate as `bookpath_app::ports`. It is a crate of its own so that `testkit` can stand in for the
//! ports in the unit tests of `app`.

mod byte_search;
mod carriers;
mod clock;
mod faults;
mod ids;
mod lake;
mod log;
mod meters;
mod newest;
mod objects;
mod rebuild_scope;
mod store;
mod store_error;
mod webhook_keys;
mod work_lock;

pub use bookpath_vendors::calls::{
    BookedSlot, Calendar, CallError, Checkout, CheckoutRequest, CheckoutStatus, EventType,
    Headroom, InviteeView, Parameters, Payments, RefundRequest, RefundView, SlotRequest,
    StatementPage,
};
pub use bookpath_vendors::erasing::{Deletion, PersonRecords};
pub use bookpath_vendors::lists::{
    CrmNote, CrmNotes, CrmObjects, FormResponses, ListPage, Pace, PaymentEvents, ScheduledEvents,
    Subscribed, Subscription, Subscriptions,
};
pub use byte_search::ByteSearch;
pub use carriers::{Mail, Mailer, Operators, TextSender, Waits};
pub use clock::{Clock, Pauses};
pub use faults::{Faults, Injected, NoFaults};
pub use ids::{Ids, RandomIds};
pub use lake::{
    AssignedBatch, ChangeCause, ChangesAsked, ChangesPlace, Checked, ClockOf, Computed, LakeEngine,
    LakeFailure, LakeReader, PaymentEntry, Period, PeriodBy, QualityCheck, RowFilter, RowKey,
    RowOrder, SpendEntry, SpendOutcome, TableChange, TableChanges, TableMoment, TablePage,
    TableRow, TableRun, TableRuns, TableSearch, TableState, Telling, WriteGuard, WriteLock,
};
pub use log::{Batch, EventLog, LogEntry, LogRecord};
pub use meters::{Meters, MetersFailure};
pub use newest::{LOOK_AT_MAX, Newest};
pub use objects::{ImportedObject, ObjectError, ObjectStore};
pub use rebuild_scope::RebuildScope;
pub use store::{
    Commit, Expect, IndexKey, Item, ItemKey, Page, Query, Range, Rounds, Store, Write, all, held,
};
pub use store_error::StoreError;
pub use webhook_keys::WebhookKeys;
pub use work_lock::WorkLock;
