//! What a run did, per table.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts of one table in one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Input rows: bronze records for silver, changed bookings and spend for gold.
    pub rows_read: u64,
    /// Rows inserted, updated or deleted.
    pub rows_written: u64,
    /// Keys looked at again.
    pub keys_recomputed: u64,
    /// Delta commits made.
    pub commits: u64,
    /// Wall time of the table's part, filled in by the caller's clock through [`RunReport::timed`].
    pub duration_ms: u64,
}

impl TableReport {
    /// Adds what another step did to the same table.
    fn add(&mut self, other: Self) {
        self.rows_read += other.rows_read;
        self.rows_written += other.rows_written;
        self.keys_recomputed += other.keys_recomputed;
        self.commits += other.commits;
        self.duration_ms = self.duration_ms.max(other.duration_ms);
    }
}

/// Counts of a run, by table name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// By `silver.invitees`, `gold.bookings_trend`, ...
    pub tables: BTreeMap<&'static str, TableReport>,
    /// Bronze records of kinds that silver does not hold.
    pub other_kinds: u64,
    /// Bronze records that were refused.
    pub rejected: u64,
}

impl RunReport {
    /// Whether anything was committed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.values().all(|t| t.commits == 0)
    }

    /// States how long the step took; the tables of a step are written together, so each gets the whole.
    #[must_use]
    pub fn timed(mut self, duration_ms: u64) -> Self {
        for table in self.tables.values_mut() {
            table.duration_ms = duration_ms;
        }
        self
    }

    /// Adds the tables of another step; a table that both wrote to has the sums.
    pub fn merge(&mut self, other: Self) {
        for (name, table) in other.tables {
            self.tables.entry(name).or_default().add(table);
        }
        self.other_kinds += other.other_kinds;
        self.rejected += other.rejected;
    }
}
