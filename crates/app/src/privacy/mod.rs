//! What a person may ask for: all that is known of them, and to be forgotten (X60, X61).

pub(crate) mod emptied;
mod export;
mod forget;
mod items;
mod names;
mod objects;
mod pending;
mod report;
mod retention;
mod subject;
#[cfg(test)]
mod tests;
mod together;
pub mod tombstones;
pub(crate) mod vendor_tasks;

pub use emptied::drop_noted;
pub use export::{Export, export};
pub use forget::{Forget, RebuildTables, forget};
pub use objects::GIVEN_UP;
pub use report::{Erased, Forgotten, Scan};
pub use retention::{Deleted, delete_old};
pub use subject::{ErasureSubject, subject};
pub use tombstones::{Due, rebuild_due};
pub use vendor_tasks::{
    OpenTasks, Ruling, RulingContext, TaskStatus, VendorTask, list as list_tasks, open_tasks, rule,
};
