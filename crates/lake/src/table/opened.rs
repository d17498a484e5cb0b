//! A table as a process remembers it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use deltalake::DeltaTable;

/// Application transactions that were looked up at a version. delta-rs reads the log for each look-up.
pub(super) type Transactions = Arc<Mutex<HashMap<String, Option<i64>>>>;

/// A table as a process opened it last.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(super) inner: DeltaTable,
    pub(super) transactions: Transactions,
}
