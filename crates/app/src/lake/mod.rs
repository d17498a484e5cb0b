//! The silver and gold tables: the steps that fill them, what is posted to them, and where a row came from.

pub mod ad_spend;
pub mod changes;
pub mod etl;
mod imported;
mod last_runs;
pub mod lease;
pub mod lineage;
pub mod payments;
pub mod rebuild;
mod runs;
