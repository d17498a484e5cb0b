//! The bronze -> silver -> gold engine of Bookpath.
//!
//! In: bronze NDJSON objects below `bronze/`. Out: Delta tables below `silver/` and `gold/`.
//! Bad records: `silver.rejected`. What a run remembers for the next one: `state/`.

mod buckets;
mod chain;
mod changes;
mod delta;
pub mod engine;
mod error;
mod gold;
mod hash;
mod lake;
mod maintain;
mod parquet_io;
mod plan;
mod quality;
mod reader;
mod record;
mod refine;
mod report;
mod row;
mod runs;
mod schema;
mod silver;
mod store;
mod time;

pub use buckets::Buckets;
pub use error::{LakeError, Result};
pub use lake::{BronzeObject, Lake, LakeRules, RunInput};
pub use maintain::MaintainReport;
pub use quality::Check;
pub use reader::{Comparison, Filter, TableInfo};
pub use refine::{PaymentRow, SpendReport, SpendRow};
pub use report::{RunReport, TableReport};
pub use schema::Table;
pub use silver::file::Layout;
