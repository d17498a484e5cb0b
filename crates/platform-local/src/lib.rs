//! The ports on SQLite and the file system: durable, crash-safe, one directory.
//!
//! `DIR/bookpath.db` holds the store and the log, `DIR/lake/` the objects, `DIR/run/` the locks. Several processes may
//! work on one directory. A [`lock::FileLock`] guards what one process may do at a time; the kernel releases it when the
//! process ends in any way.

pub mod carriers;
pub mod clock;
pub mod db;
pub mod faults;
pub mod lock;
mod log;
pub mod objects;
pub mod pauses;
pub mod recovery;
pub mod secrets;
mod store;
mod writer;

pub use db::{Database, OpenError};
