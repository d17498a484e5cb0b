//! The bronze tier: objects of NDJSON, and the register of which of them the ETL has read.

pub mod import;
pub mod publish;
pub mod register;
