//! The silver and gold tables, as the use cases see them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::StoreError;

/// A row of a table, by column.
pub type TableRow = Map<String, Value>;

/// Counts of one table in one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TableRun {
    pub rows_read: u64,
    pub rows_written: u64,
    pub keys_recomputed: u64,
    pub commits: u64,
    pub duration_ms: u64,
}

/// Counts of a step, by table: `silver.invitees`, `gold.bookings_trend`.
pub type TableRuns = BTreeMap<String, TableRun>;

/// A quality check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityCheck {
    pub name: String,
    pub table: String,
    pub passed: bool,
    pub detail: String,
}

/// A condition on a column; an empty `value` of `Equal` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFilter {
    Equal { column: String, value: String },
    From { column: String, value: String },
    To { column: String, value: String },
}

/// Advertising spend of one day, channel and campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendEntry {
    /// A day of the reporting time zone, `YYYY-MM-DD`.
    #[schema(value_type = String, format = Date)]
    pub day: jiff::civil::Date,
    pub channel: String,
    /// Empty or absent: none.
    #[serde(default)]
    pub campaign: Option<String>,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// How many spend entries were new, changed an amount, or were known already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpendOutcome {
    pub accepted: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// A charge or refund on its way to `silver.payments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEntry {
    pub payment_id: String,
    pub contact_id: Option<String>,
    pub booking_id: String,
    /// `charge` or `refund`.
    pub kind: &'static str,
    /// Minor units of `currency`; negative is money given back.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
    pub occurred_at: Timestamp,
}

/// A table as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableState {
    pub table: String,
    pub version: Option<i64>,
    pub rows: u64,
    pub as_of: Option<Timestamp>,
}

/// The lake did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LakeFailure {
    /// Try again later.
    #[error("{0}")]
    Transient(String),
    /// Somebody else wrote; try again.
    #[error("{0}")]
    Conflict(String),
    /// The caller asked for something that can't be.
    #[error("{0}")]
    Refused(String),
    /// A bug, or a damaged lake: the message says what the operator can do.
    #[error("{0}")]
    Broken(String),
}

impl From<StoreError> for LakeFailure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Conflict(_) => Self::Conflict(error.to_string()),
            StoreError::Unavailable(_) => Self::Transient(error.to_string()),
            StoreError::Corrupt(_) | StoreError::Refused(_) => Self::Broken(error.to_string()),
        }
    }
}

impl LakeFailure {
    /// The name that `ErrorEquals` of the state machines matches.
    #[must_use]
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Transient(_) => "TransientError",
            Self::Conflict(_) => "CommitConflict",
            Self::Refused(_) => "RefusedError",
            Self::Broken(_) => "SystemError",
        }
    }
}

/// A set of bronze objects under a number that the lake commits exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedBatch {
    pub number: i64,
    pub keys: Vec<String>,
}

/// The engine of the lake. One run at a time: callers hold the ETL lock.
#[async_trait]
pub trait LakeEngine: Send + Sync {
    /// Applies a batch of bronze objects (or only the passing of time) to silver; exactly once per batch.
    async fn refine(
        &self,
        batch: Option<&AssignedBatch>,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// Applies what silver changed to gold.
    async fn compute(&self, as_of: Timestamp, now: Timestamp) -> Result<TableRuns, LakeFailure>;

    /// Replaces silver by what all of bronze says.
    async fn rebuild_silver(
        &self,
        batch: i64,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// Replaces gold by what silver says.
    async fn rebuild_gold(
        &self,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// Checks silver. `full` reads every key; else only the log is looked at.
    async fn check(
        &self,
        as_of: Timestamp,
        max_age: SignedDuration,
        full: bool,
    ) -> Result<Vec<QualityCheck>, LakeFailure>;

    /// Compacts, writes checkpoints, removes what nothing has named for a while.
    async fn maintain(&self, now: Timestamp) -> Result<Value, LakeFailure>;

    /// Records spend.
    async fn append_ad_spend(
        &self,
        entries: &[SpendEntry],
        now: Timestamp,
    ) -> Result<SpendOutcome, LakeFailure>;

    /// Adds payments to `silver.payments`; one whose id is there already changes nothing. Callers hold the ETL lock.
    async fn append_payments(
        &self,
        entries: &[PaymentEntry],
        now: Timestamp,
    ) -> Result<TableRun, LakeFailure>;

    /// Rows of a table (`bookings_trend`, `silver.ad_spend`) in key order.
    async fn rows(
        &self,
        table: &str,
        filters: &[RowFilter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// The silver rows behind a gold row.
    async fn behind(
        &self,
        table: &str,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// Every silver row of a page of contacts, ordered by its extra column `contact`, then by chain and age;
    /// `limit` and `offset` count contacts.
    async fn contact_chains(
        &self,
        contact: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// Every table and where it stands.
    async fn tables(&self) -> Result<Vec<TableState>, LakeFailure>;
}

/// The right to write to the tables, while it is held.
#[async_trait]
pub trait WriteGuard: Send {
    /// Gives it back. A guard that is only dropped is given back by time at the latest.
    async fn release(self: Box<Self>);
}

/// One writer of the tables at a time, over all processes.
#[async_trait]
pub trait WriteLock: Send + Sync {
    /// Waits for the right to write.
    ///
    /// # Errors
    /// [`LakeFailure::Transient`] when somebody else keeps it.
    async fn take(&self) -> Result<Box<dyn WriteGuard>, LakeFailure>;
}
