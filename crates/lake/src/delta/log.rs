//! Commits of one table, written without reading the log: the state remembers version and files.
//!
//! Protocol: reader 1, writer 2; no deletion vectors, no column mapping, no partition columns.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::schema::Table;
use crate::time::{NO_TIME, instant};

/// One active data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataFile {
    /// Relative to the table.
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    /// When it was written, ms.
    pub modified_ms: i64,
    /// Range of what the table is sorted by: `invitee_created_at` in silver, the month (year * 12 + month) in gold.
    pub lo: i64,
    pub hi: i64,
    /// Earliest change by time alone; `i64::MIN` = never.
    pub next: i64,
}

impl DataFile {
    /// A file just written for the commit after `version`, in a table that is not sorted by time.
    pub(crate) fn new(version: i64, bytes: &Bytes, rows: u64, now: i64) -> Self {
        let path = file_name(version, bytes);
        Self {
            path,
            bytes: bytes.len() as u64,
            rows,
            modified_ms: now.div_euclid(1000),
            lo: 0,
            hi: 0,
            next: NO_TIME,
        }
    }
}

/// What we know of a table without reading its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableState {
    /// Last version, -1 before the first commit.
    pub version: i64,
    #[serde(with = "super::files")]
    pub files: Vec<DataFile>,
    /// Last application transaction.
    pub txn: Option<(String, i64)>,
    /// `now` of the first commit, ms.
    pub created_ms: i64,
    /// `as_of` of the last commit, microseconds.
    pub as_of: i64,
}

impl Default for TableState {
    fn default() -> Self {
        Self {
            version: -1,
            files: Vec::new(),
            txn: None,
            created_ms: 0,
            as_of: NO_TIME,
        }
    }
}

/// One commit that is to be written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub table: String,
    pub version: i64,
    pub key: String,
    pub body: String,
    /// (key, content) of a checkpoint that follows the commit is made from the state, not from here.
    pub checkpoint: bool,
}

/// What a run changes in a table.
#[derive(Debug)]
pub(crate) struct Edit {
    pub add: Vec<DataFile>,
    /// Paths.
    pub remove: Vec<String>,
    /// Application and version to record.
    pub txn: Option<(String, i64)>,
    pub operation: &'static str,
}

/// A checkpoint every so many versions, staggered over the tables.
const CHECKPOINT_EVERY: i64 = 16;

impl TableState {
    /// Applies `edit` and returns its commit. `now` and `as_of` are microseconds.
    pub(crate) fn commit(&mut self, table: Table, edit: Edit, as_of: i64, now: i64) -> Commit {
        let now_ms = now.div_euclid(1000);
        let mut lines = vec![json!({"commitInfo": {
            "timestamp": now_ms,
            "operation": edit.operation,
            "operationParameters": {},
            "engineInfo": concat!("bookpath/", env!("CARGO_PKG_VERSION")),
            "asOf": instant(as_of).to_string(),
        }})];
        if self.version < 0 {
            self.created_ms = now_ms;
            lines.push(protocol());
            lines.push(metadata(table, now_ms));
        }
        if let Some((app, version)) = &edit.txn {
            lines.push(json!({"txn": {"appId": app, "version": version, "lastUpdated": now_ms}}));
        }
        for path in &edit.remove {
            lines.push(
                json!({"remove": {"path": path, "deletionTimestamp": now_ms, "dataChange": true}}),
            );
        }
        for file in &edit.add {
            lines.push(add(table, file));
        }
        self.version += 1;
        self.as_of = as_of;
        self.files.retain(|f| !edit.remove.contains(&f.path));
        self.files.extend(edit.add);
        self.files
            .sort_by(|a, b| (a.lo, &a.path).cmp(&(b.lo, &b.path)));
        if edit.txn.is_some() {
            self.txn = edit.txn;
        }
        let stagger = Table::ALL.iter().position(|t| *t == table).unwrap_or(0);
        // 7 and 16 have no common divisor: no two tables are due at the same version.
        let offset = i64::try_from(stagger).unwrap_or(0) * 7 % CHECKPOINT_EVERY;
        Commit {
            table: table.name().to_owned(),
            version: self.version,
            key: commit_key(table, self.version),
            body: lines.iter().map(|line| format!("{line}\n")).collect(),
            checkpoint: self.version > 0 && self.version % CHECKPOINT_EVERY == offset,
        }
    }
}

/// Key of the commit `version`.
pub(crate) fn commit_key(table: Table, version: i64) -> String {
    format!("{}/_delta_log/{version:020}.json", table.path())
}

/// Name of a data file of the commit after `version`: equal content gets an equal name, so a retry overwrites itself.
fn file_name(version: i64, bytes: &Bytes) -> String {
    format!(
        "part-{:08}-{:016x}.parquet",
        version + 1,
        twox_hash::XxHash3_64::oneshot(bytes)
    )
}

pub(crate) fn protocol() -> serde_json::Value {
    json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}})
}

pub(crate) fn metadata(table: Table, created_ms: i64) -> serde_json::Value {
    // The id must not change between retries: it derives from the table's name and its first commit.
    let digest = hex::encode(Sha256::digest(format!("{}@{created_ms}", table.name())));
    let id = format!(
        "{}-{}-4{}-a{}-{}",
        &digest[..8],
        &digest[8..12],
        &digest[13..16],
        &digest[17..20],
        &digest[20..32]
    );
    json!({"metaData": {
        "id": id,
        "name": table.short_name(),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": table.delta_schema(),
        "partitionColumns": [],
        "configuration": {},
        "createdTime": created_ms,
    }})
}

pub(crate) fn add(table: Table, file: &DataFile) -> serde_json::Value {
    let stats = if table == Table::Invitees && file.rows > 0 {
        // Readers of statistics cut to milliseconds, so the upper end is rounded up.
        let ms = |us: i64| instant(us.div_euclid(1000) * 1000).to_string();
        json!({
            "numRecords": file.rows,
            "minValues": {"invitee_created_at": ms(file.lo)},
            "maxValues": {"invitee_created_at": ms(file.hi.saturating_add(999))},
            "nullCount": {"invitee_created_at": 0},
        })
    } else {
        json!({"numRecords": file.rows})
    };
    json!({"add": {
        "path": file.path,
        "partitionValues": {},
        "size": file.bytes,
        "modificationTime": file.modified_ms,
        "dataChange": true,
        "stats": stats.to_string(),
    }})
}
