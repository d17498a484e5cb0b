//! What can go wrong in the lake, and who must act.

use bookpath_models::ModelError;
use deltalake::DeltaTableError;
use deltalake::kernel::transaction::TransactionError;

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The object store refused or lost a request. Retry; a half-done run is finished by the next one.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// Another writer committed to the same rows in between. Retry on the new snapshot.
    #[error("table {table}: another writer committed in between")]
    Conflict {
        /// The table, as `silver.invitees`.
        table: String,
    },
    /// delta-rs can't read or write a table.
    #[error("table {table}: {}", first_line(error))]
    Delta {
        /// The table, as `silver.invitees`.
        table: String,
        /// What delta-rs says; its kernel adds a trace of its calls.
        error: Box<DeltaTableError>,
    },
    /// A data file can't be read or written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns do not have the expected shape.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A query is wrong or failed.
    #[error("query: {0}")]
    Query(#[from] datafusion::error::DataFusionError),
    /// A file of `models/` is wrong, or there is no such table.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A table has other columns or partitions than this release writes. The operator runs a rebuild.
    #[error(
        "table {table} was made by another release, or another program changed it ({reason}); run `bookpath etl --rebuild`"
    )]
    Outdated {
        /// The table, as `silver.invitees`.
        table: String,
        /// What differs.
        reason: String,
    },
    /// The reporting zone changed since the tables were built. The operator runs a rebuild.
    #[error(
        "the tables were built for time zone {built}, the configuration says {asked}; run `bookpath etl --rebuild`"
    )]
    RulesChanged {
        /// Zone of the tables.
        built: String,
        /// Zone of the configuration.
        asked: String,
    },
    /// The caller asked for a column that does not exist.
    #[error("unknown {what}: {name}")]
    Unknown {
        /// `column` or `key column`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// The caller asked for a column that the table does not have.
    #[error("{table} has no column `{column}`; its key is {key}")]
    NoColumn {
        /// The table, as `gold.bookings_trend`.
        table: String,
        /// The name that was asked for.
        column: String,
        /// The columns of its key.
        key: String,
    },
    /// The caller asked for rows by a column that is not of the table's key.
    #[error("`{column}` is not of the key of {table}, which is {key}")]
    NotOfKey {
        /// The table, as `gold.bookings_trend`.
        table: String,
        /// The name that was asked for.
        column: String,
        /// The columns of its key.
        key: String,
    },
    /// The caller asked for a value that a column can't have.
    #[error("{column}: `{value}` is no {what}")]
    NoValue {
        /// The column.
        column: String,
        /// The text that was given.
        value: String,
        /// What it must be.
        what: &'static str,
    },
    /// The table of that time can't be read any more: its log or its files were cleaned up.
    #[error("{table} as it stood at {at} is gone: replaced files are kept for a limited time")]
    VersionGone {
        /// The table, as `gold.bookings_trend`.
        table: String,
        /// The instant that was asked for.
        at: jiff::Timestamp,
    },
    /// A broken promise inside this crate: report it.
    #[error("internal: {0}")]
    Internal(String),
}

impl LakeError {
    /// Whether the same call may succeed later without anybody acting.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Conflict { .. })
    }

    pub(crate) fn internal(reason: impl ToString) -> Self {
        Self::Internal(reason.to_string())
    }

    /// What an error of delta-rs on `table` means: a lost race, the store, or the table itself.
    pub(crate) fn delta(table: &str, error: DeltaTableError) -> Self {
        let other = |error| Self::Delta {
            table: table.to_owned(),
            error: Box::new(error),
        };
        match error {
            DeltaTableError::ObjectStore { source } => Self::Store(source),
            DeltaTableError::Transaction { source } => match source {
                TransactionError::ObjectStore { source } => Self::Store(source),
                TransactionError::CommitConflict(_)
                | TransactionError::VersionAlreadyExists(_)
                | TransactionError::MaxCommitAttempts(_) => Self::Conflict {
                    table: table.to_owned(),
                },
                source => other(DeltaTableError::Transaction { source }),
            },
            error => other(error),
        }
    }
}

fn first_line(error: &DeltaTableError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Result of the lake's calls.
pub type Result<T> = std::result::Result<T, LakeError>;
