//! The report of an erasure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::vendor_tasks::VendorTask;

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Erased {
    /// Hashes that keep the person from coming back.
    pub tombstones: usize,
    /// Raw bodies that are empty now.
    pub raw_objects: usize,
    /// Objects of bronze that were written again without the person.
    pub bronze_objects: usize,
    pub bronze_lines: usize,
    /// Rows of the inbox that no longer say what came.
    pub deliveries: usize,
    pub dead_letters: usize,
    /// Bookings that are nobody's now.
    pub bookings: usize,
    /// Payments without a booking that were made anonymous.
    #[serde(default)]
    pub payments: usize,
    /// Decisions of admins about the person that were made anonymous.
    #[serde(default)]
    pub decisions: usize,
    /// Threads of texts that are gone.
    pub conversations: usize,
    /// Records of the event log that are empty now. A stream forgets by itself, after its retention.
    pub log_records: usize,
}

/// What a search through every object found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scan {
    /// Prefixes that were searched; a tier that the process can't reach is absent.
    pub searched: Vec<String>,
    /// Objects that were read.
    pub objects: usize,
    /// Rows of tables that were read.
    pub rows: u64,
    /// Items of the store that were read.
    pub items: usize,
    /// Objects, tables and items that hold an address or telephone of the person: as written, percent-encoded, escaped in
    /// JSON or in base64.
    pub hits: usize,
    /// Those of them that are tables or their files: none once the tables are built again.
    pub in_tables: usize,
    /// Those of them that are items of the store.
    pub in_items: usize,
    /// Kinds of those items: the first word of their keys.
    pub kinds: BTreeSet<String>,
}

/// The report of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Hash of the person: equal for the same person, and the person can't be derived from it.
    pub subject_hash: String,
    pub dry_run: bool,
    pub erased: Erased,
    pub scan: Scan,
    /// What the outbox deletes at the vendors next.
    pub vendor_tasks: Vec<VendorTask>,
    /// The tables still hold the person: the next run builds them again.
    pub rebuild_due: bool,
}
