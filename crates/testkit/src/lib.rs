//! Stand-ins for every port, in memory, for unit tests beside the use cases. Nothing but tests links this crate.
//!
//! The store, the log and the objects hold what `bookpath-conformance` asks of every implementation
//! (tests/conformance.rs). The vendors keep what they were asked and fail when a test says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod carriers;
mod lake;
mod log;
mod objects;
mod payments;
mod process;
mod store;

pub use carriers::{FakeCalendar, FakePost, FakeTexts, FakeWaits};
pub use lake::MemoryLake;
pub use objects::MemoryObjects;
pub use payments::{FakePayments, MadeRefund, MadeSession};
pub use process::{CountedIds, FaultPoints, MemoryWorkLock, RecordedPauses, SetClock};
pub use store::MemoryStore;
