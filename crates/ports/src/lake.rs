//! The silver and gold tables, as the use cases see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
pub use bookpath_domain::numbers::causes::{Cause as ChangeCause, Telling};
use bookpath_domain::numbers::month::Month;
use bookpath_domain::people::resolved::Resolved;
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::byte_search::ByteSearch;
use super::store_error::StoreError;

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

/// What [`LakeEngine::compute`] did.
#[derive(Debug, Clone, Default)]
pub struct Computed {
    pub tables: TableRuns,
    /// People as they were resolved for it, and the rows that they are of; `None` where nothing had to be.
    pub people: Option<(Arc<Sources>, Arc<Resolved>)>,
}

impl From<TableRuns> for Computed {
    fn from(tables: TableRuns) -> Self {
        Self {
            tables,
            people: None,
        }
    }
}

/// What the checks of a run look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// That the table of invitees can be read, from its log alone: what a short interval can afford.
    Log,
    /// Every row of silver.
    Silver,
    /// Every row of gold.
    Gold,
}

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

/// By a column, rows without a value last. Rows that are equal in it stay in key order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOrder {
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

/// A page of rows, and how many there are on all pages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TablePage {
    pub rows: Vec<TableRow>,
    pub total: usize,
    /// Names of the columns that a row has.
    pub columns: Vec<String>,
}

/// What the figures of a period are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodBy {
    Channel,
    /// NULL is none.
    Campaign,
    /// `utm_source`; NULL is none.
    Source,
    /// Weekday and hour of the booking.
    Hour(ClockOf),
    /// Weekday of the booking.
    Weekday(ClockOf),
    /// Hour of the booking, on whatever day.
    HourOfDay(ClockOf),
    /// Weekday and hour of the booking by the reporting zone, and channel: what a row of `booking_time_analysis` is of.
    Slot,
    /// Nothing: one row for everything.
    Total,
}

/// Whose clock shows the weekday and hour of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockOf {
    /// That of the reporting zone.
    #[default]
    Business,
    /// The invitee's own; NULL where their zone is unknown.
    Invitee,
}

/// Days, both inclusive and `None` open, and what their figures are divided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    pub from: Option<jiff::civil::Date>,
    pub to: Option<jiff::civil::Date>,
    pub by: PeriodBy,
    /// Only bookings of this channel; of the analysis of times.
    pub channel: Option<String>,
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

/// What became of posted spend, or would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpendOutcome {
    /// Rows of the post.
    pub accepted: u64,
    /// Rows that are new or say another amount.
    pub changed: u64,
    /// Rows that say what was known.
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
    /// The booking's newest invitee, where the calendar told of one.
    pub invitee_uri: Option<String>,
    /// The webhook that told it.
    pub raw_sha256: Option<String>,
}

/// Columns and values that name rows of a table; an empty value is NULL.
pub type RowKey = Vec<(String, String)>;

/// A table as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableState {
    pub table: String,
    pub version: Option<i64>,
    pub rows: u64,
    pub as_of: Option<Timestamp>,
}

/// An instant at which rows changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TableMoment {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The version that each changed table had from then on.
    pub tables: BTreeMap<String, i64>,
}

/// A value of a gold table that a run changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChange {
    /// Clock of the run.
    pub at: Timestamp,
    pub table: String,
    pub key: TableRow,
    pub column: String,
    /// NULL also where the row is new.
    pub from: Value,
    /// NULL also where the row is gone.
    pub to: Value,
    pub cause: ChangeCause,
}

/// Which changes are asked for.
#[derive(Debug, Clone, Copy)]
pub struct ChangesAsked<'a> {
    /// What the app itself knows of people.
    pub directory: &'a Directory,
    pub from: ChangesPlace,
    /// Values that are looked for.
    pub limit: usize,
    /// Months of these users only; `None` is everybody's.
    pub users: Option<&'a [String]>,
    /// Corrections only: of rows about a day or month before this one that were there before.
    pub corrected_before: Option<Month>,
}

/// A place among the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesPlace {
    /// Changes of later runs only.
    pub since: Timestamp,
    /// Values of the first of these runs that come before the place.
    pub skip: usize,
}

/// A part of the changes: as many as were asked for, or what one request may look at.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChanges {
    /// By time, table and key.
    pub found: Vec<TableChange>,
    /// Where it goes on; `None` at the end.
    pub next: Option<ChangesPlace>,
}

/// What a search through every row of every table found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableSearch {
    /// Tables that were read.
    pub tables: usize,
    /// Rows that were read.
    pub rows: u64,
    /// Tables with a row in which it was found.
    pub hits: usize,
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
    /// What was asked for existed, and was cleaned up.
    #[error("{0}")]
    Gone(String),
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
            Self::Refused(_) | Self::Gone(_) => "RefusedError",
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

/// What answers are made of: the tables as they stand, or as they stood at an instant ([`LakeEngine::known_at`]).
#[async_trait]
pub trait LakeReader: Send + Sync {
    /// Rows of a table (`bookings_trend`, `silver.ad_spend`) in key order.
    async fn rows(
        &self,
        table: &str,
        filters: &[RowFilter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// A page, `(limit, offset)`, of rows of a table in an order; [`LakeFailure::Refused`] for a column that it does not have.
    async fn list(
        &self,
        table: &str,
        filters: &[RowFilter],
        order: Option<&RowOrder>,
        page: (usize, usize),
    ) -> Result<TablePage, LakeFailure>;

    /// A page of the figures of a period that the rows of a gold table tell of days or months: distinct contacts, means
    /// and costs of the whole period. [`LakeFailure::Refused`] for what they can't be divided by.
    async fn period(
        &self,
        table: &str,
        period: &Period,
        order: Option<&RowOrder>,
        page: (usize, usize),
    ) -> Result<TablePage, LakeFailure>;

    /// The rows of a table that have one of these keys, in key order; at most `limit`.
    async fn keyed(
        &self,
        table: &str,
        keys: &[RowKey],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// The rows of silver that say something of people and money. The same `Arc` as long as nothing changed in them.
    async fn sources(&self) -> Result<Arc<Sources>, LakeFailure>;
}

/// The engine of the lake. One run at a time: callers hold the ETL lock.
#[async_trait]
pub trait LakeEngine: LakeReader {
    /// Applies a batch of bronze objects (or only the passing of time) to silver; exactly once per batch.
    async fn refine(
        &self,
        batch: Option<&AssignedBatch>,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// Resolves people and applies what silver changed to gold. `directory`: what the app itself knows of people.
    async fn compute(
        &self,
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<Computed, LakeFailure>;

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
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// As [`LakeEngine::compute`], and makes one table again in full.
    async fn rebuild_table(
        &self,
        table: &str,
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure>;

    /// Checks tables as their models state it. The newest fact may be `max_age` old.
    async fn check(
        &self,
        checked: Checked,
        as_of: Timestamp,
        max_age: SignedDuration,
    ) -> Result<Vec<QualityCheck>, LakeFailure>;

    /// Compacts, writes checkpoints, removes what nothing has named for a while.
    async fn maintain(&self, now: Timestamp) -> Result<Value, LakeFailure>;

    /// Removes everything but the newest version of every table, so that nothing is left of rows that were deleted.
    async fn drop_history(&self, now: Timestamp) -> Result<(), LakeFailure>;

    /// Looks for something in every row of every table; `found` is given some rows at a time, as JSON.
    async fn search(&self, found: &ByteSearch<'_>) -> Result<TableSearch, LakeFailure>;

    /// Records spend.
    async fn append_ad_spend(
        &self,
        entries: &[SpendEntry],
        now: Timestamp,
    ) -> Result<SpendOutcome, LakeFailure>;

    /// What [`Self::append_ad_spend`] would do with the entries now; nothing is recorded.
    async fn preview_ad_spend(&self, entries: &[SpendEntry]) -> Result<SpendOutcome, LakeFailure>;

    /// Puts payments into `silver.payments` by their ids and takes those with an id of `gone` out. Callers hold the ETL lock.
    async fn append_payments(
        &self,
        entries: &[PaymentEntry],
        gone: &[String],
        now: Timestamp,
    ) -> Result<TableRun, LakeFailure>;

    /// The tables as they stood at an instant. What was cleaned up since is [`LakeFailure::Gone`]; before the first commit
    /// there is nothing in them.
    fn known_at(&self, at: Timestamp) -> Arc<dyn LakeReader>;

    /// The instants before `before` at which rows changed, newest first, at most `limit`.
    async fn moments(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<TableMoment>, LakeFailure>;

    /// What changed in gold after an instant, by time, table and key.
    async fn changes(&self, asked: &ChangesAsked<'_>) -> Result<TableChanges, LakeFailure>;

    /// The silver rows behind a gold row.
    async fn behind(
        &self,
        table: &str,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure>;

    /// Every table and where it stands.
    async fn tables(&self) -> Result<Vec<TableState>, LakeFailure>;
}

/// A right that one process at a time has, while it is held: to write to the tables, or to do other work.
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
