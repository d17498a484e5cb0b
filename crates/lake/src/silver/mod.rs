//! `silver.invitees` as Parquet: rows to columns and back, files of small row groups.

pub(crate) mod columns;
pub(crate) mod decode;
pub(crate) mod file;
pub(crate) mod hidden;
pub(crate) mod open;
pub(crate) mod outline;
