//! What can go wrong in the lake, and who must act.

/// An error of the lake. [`LakeError::retryable`] tells a scheduler whether the same call may succeed later.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The object store refused or lost a request. Retry; a half-done run is finished by the next one.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// A data file cannot be read or written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns do not have the expected shape.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A query is wrong or failed.
    #[error("query: {0}")]
    Query(#[from] datafusion::error::DataFusionError),
    /// An object of `state/` is not what this version writes. The operator runs a rebuild.
    #[error("state object {key} is damaged ({reason}); run `bookpath etl --rebuild`")]
    State {
        /// Key of the object, relative to the lake.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Someone else committed to one of our tables. The operator stops the other writer and runs a rebuild.
    #[error(
        "table {table} was changed by another writer at version {version}; stop it and run `bookpath etl --rebuild`"
    )]
    ForeignCommit {
        /// The table, as `silver.invitees`.
        table: String,
        /// The version that was taken.
        version: i64,
    },
    /// `as_of` lies before the last run's; only a rebuild may go back.
    #[error("as_of {asked} is before the last run's {last}; use --rebuild to go back")]
    AsOfWentBack {
        /// The instant asked for.
        asked: jiff::Timestamp,
        /// The instant of the last run.
        last: jiff::Timestamp,
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
    /// The caller asked for a table or column that does not exist.
    #[error("unknown {what}: {name}")]
    Unknown {
        /// `table` or `column`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// A broken promise inside this crate: report it.
    #[error("internal: {0}")]
    Internal(String),
}

impl LakeError {
    /// Whether the same call may succeed later without anybody acting.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Store(_))
    }

    pub(crate) fn state(key: &str, reason: impl ToString) -> Self {
        Self::State {
            key: key.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn internal(reason: impl ToString) -> Self {
        Self::Internal(reason.to_string())
    }
}

/// Result of the lake's calls.
pub type Result<T> = std::result::Result<T, LakeError>;
