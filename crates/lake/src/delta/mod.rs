//! The Delta log of our tables: commits, checkpoints, and the state that saves us from listing it.

pub(crate) mod checkpoint;
pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod recover;
