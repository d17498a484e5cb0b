//! The bronze -> silver -> gold engine of Bookpath, on delta-rs and DataFusion.
//!
//! In: bronze NDJSON objects below `bronze/`. Out: Delta tables below `silver/` and `gold/`, as `models/` describes them.
//! Bad records: `silver.rejected`. The tables are ordinary Delta tables and hold the whole truth: other engines may
//! write to them between two runs.

mod background;
mod bronze;
mod buckets;
mod changes;
pub mod engine;
mod erase;
mod error;
mod gold;
mod hash;
mod history;
mod input;
mod lake;
mod lineage;
mod lists;
mod maintain;
mod ordered;
mod pages;
mod people;
mod periods;
mod quality;
mod question;
mod reader;
mod report;
mod schema;
mod session;
mod silver;
mod sources;
mod table;
mod time;

pub use bookpath_domain::numbers::causes::{Cause, Telling};
pub use bookpath_models::{Catalog, Model};
pub use buckets::Buckets;
pub use changes::{Change, Changes, ChangesAsked};
pub use erase::Searched;
pub use error::{LakeError, Result};
pub use gold::Computed;
pub use history::Moment;
pub use input::{BronzeObject, GoldInput, LakeRules, RunInput};
pub use lake::Lake;
pub use maintain::MaintainReport;
pub use quality::Check;
pub use question::{ClockOf, Comparison, Filter, Listed, Order, Period, PeriodBy};
pub use reader::TableInfo;
pub use report::{RunReport, TableReport};
pub use silver::payments::PaymentRow;
pub use silver::spend::{SpendReport, SpendRow};
