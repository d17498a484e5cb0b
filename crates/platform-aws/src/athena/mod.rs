//! Queries on Athena: started with a token, awaited with growing pauses, paged, priced, stopped when nobody waits.

pub mod catalog;
pub mod dialect;
mod rows;

use std::time::Duration;

use aws_sdk_athena::Client;
use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultReuseByAgeConfiguration,
    ResultReuseConfiguration, StatementType,
};
use bookpath_app::ports::{LakeFailure, TableRow};
use sha2::{Digest, Sha256};

use crate::Session;
use crate::failure::{code, line, throttled};

/// First pause between two looks; each is half as long again.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Rows per page; the service takes no more.
const PAGE_ROWS: usize = 1000;
/// What a query that scans anything is charged for at least, in bytes.
const BILLED_BYTES_MIN: u64 = 10_000_000;
/// The service counts reuse in minutes, up to a week.
const REUSE_MINUTES_MAX: u64 = 10_080;

/// Where and how queries run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthenaSettings {
    /// The workgroup: it says where results go and how much a query may scan.
    pub workgroup: String,
    /// The Glue database of unqualified names.
    pub database: String,
    /// After this long a query is stopped.
    pub timeout: Duration,
    /// An answer of the same query that is no older may be given again, at no cost.
    pub reuse: Option<Duration>,
    /// Rows of an answer at most; the rest is left and said to be.
    pub rows_max: usize,
    /// Price in millionths of a US dollar per terabyte scanned.
    pub usd_micros_per_terabyte: u64,
}

impl AthenaSettings {
    /// Five minutes, no reuse, 10,000 rows, $5 per terabyte scanned.
    #[must_use]
    pub fn new(workgroup: impl Into<String>, database: impl Into<String>) -> Self {
        Self {
            workgroup: workgroup.into(),
            database: database.into(),
            timeout: Duration::from_secs(300),
            reuse: None,
            rows_max: 10_000,
            usd_micros_per_terabyte: 5_000_000,
        }
    }
}

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The query itself is wrong, or scans more than the workgroup allows.
    #[error("Athena refuses the query: {0}")]
    Refused(String),
    /// Try again later.
    #[error("Athena is unavailable: {0}")]
    Unavailable(String),
    /// It ran longer than its limit, and was stopped.
    #[error("the query took longer than {} s and was stopped", .0.as_secs())]
    TimedOut(Duration),
    /// Somebody stopped it.
    #[error("the query was cancelled")]
    Cancelled,
}

impl From<QueryError> for LakeFailure {
    fn from(error: QueryError) -> Self {
        let text = error.to_string();
        match error {
            QueryError::Refused(_) => Self::Broken(text),
            QueryError::Unavailable(_) | QueryError::TimedOut(_) | QueryError::Cancelled => {
                Self::Transient(text)
            }
        }
    }
}

/// What a query answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub query_id: String,
    /// Names in their order.
    pub columns: Vec<String>,
    /// Cells by column: numbers and truth values as such, decimals, dates and times as text, NULL as null.
    pub rows: Vec<TableRow>,
    /// Rows were left because of the limit.
    pub more: bool,
    pub bytes_scanned: u64,
    /// Millionths of a US dollar, rounded up.
    pub cost_usd_micros: u64,
    /// The answer of an earlier run was given again.
    pub reused: bool,
    pub engine_ms: u64,
}

/// A client of one workgroup and database.
#[derive(Debug, Clone)]
pub struct Athena {
    client: Client,
    settings: AthenaSettings,
}

impl Athena {
    #[must_use]
    pub fn new(session: &Session, settings: AthenaSettings) -> Self {
        Self {
            client: Client::new(session.shared()),
            settings,
        }
    }

    /// Runs a query and waits for its answer. Dropping the future stops the query.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query(&self, sql: &str) -> Result<Answer, QueryError> {
        self.start(sql, None).await?.answer().await
    }

    /// Starts a query. Under the same `key` the same query is started once, also by another process.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn start(&self, sql: &str, key: Option<&str>) -> Result<Running, QueryError> {
        let reuse = self.settings.reuse.map(|age| {
            let minutes = (age.as_secs() / 60).clamp(1, REUSE_MINUTES_MAX);
            let by_age = ResultReuseByAgeConfiguration::builder().enabled(true);
            let by_age = by_age
                .max_age_in_minutes(i32::try_from(minutes).unwrap_or(i32::MAX))
                .build();
            ResultReuseConfiguration::builder()
                .result_reuse_by_age_configuration(by_age)
                .build()
        });
        let request = self
            .client
            .start_query_execution()
            .query_string(sql)
            .work_group(&self.settings.workgroup)
            .query_execution_context(
                QueryExecutionContext::builder()
                    .database(&self.settings.database)
                    .build(),
            )
            .set_client_request_token(
                key.map(|key| hex::encode(Sha256::digest(format!("{key}\n{sql}")))),
            )
            .set_result_reuse_configuration(reuse);
        let answer = request.send().await.map_err(|error| match code(&error) {
            Some("InvalidRequestException") => QueryError::Refused(line(&error)),
            _ => QueryError::Unavailable(line(&error)),
        })?;
        let id = answer
            .query_execution_id
            .ok_or_else(|| QueryError::Unavailable("a query without an id".to_owned()))?;
        Ok(Running {
            athena: self.clone(),
            id,
            stop_on_drop: true,
        })
    }

    /// Stops a query; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`QueryError::Unavailable`].
    pub async fn cancel(&self, query_id: &str) -> Result<(), QueryError> {
        let answer = self
            .client
            .stop_query_execution()
            .query_execution_id(query_id)
            .send()
            .await;
        answer
            .map(drop)
            .map_err(|error| QueryError::Unavailable(line(&error)))
    }
}

/// A query at work. Dropping it stops the query.
#[derive(Debug)]
pub struct Running {
    athena: Athena,
    id: String,
    stop_on_drop: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.stop_on_drop {
            return;
        }
        let (athena, id) = (self.athena.clone(), self.id.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = athena.cancel(&id).await {
                    tracing::warn!(query = id, %error, "a query that nobody waits for could not be stopped");
                }
            });
        }
    }
}

impl Running {
    /// Names the query to [`Athena::cancel`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the end and reads the answer.
    ///
    /// # Errors
    /// [`QueryError`]; the query is stopped then.
    pub async fn answer(mut self) -> Result<Answer, QueryError> {
        let limit = self.athena.settings.timeout;
        let execution = tokio::time::timeout(limit, self.ended())
            .await
            .map_err(|_| QueryError::TimedOut(limit))??;
        self.stop_on_drop = false;
        self.read(&execution).await
    }

    /// Looks until the query has ended.
    async fn ended(&mut self) -> Result<QueryExecution, QueryError> {
        let mut pause = PAUSE_FIRST;
        loop {
            let answer = self
                .athena
                .client
                .get_query_execution()
                .query_execution_id(&self.id)
                .send()
                .await;
            let execution = match answer {
                Ok(answer) => answer.query_execution,
                // A failed poll does not stop the query.
                Err(error) if code(&error).is_some_and(throttled) => None,
                Err(error) => return Err(QueryError::Unavailable(line(&error))),
            };
            let state = execution
                .as_ref()
                .and_then(|e| e.status.as_ref()?.state.clone());
            match (execution, state) {
                (Some(execution), Some(QueryExecutionState::Succeeded)) => return Ok(execution),
                (Some(execution), Some(QueryExecutionState::Failed)) => {
                    self.stop_on_drop = false;
                    return Err(failure(&execution));
                }
                (_, Some(QueryExecutionState::Cancelled)) => {
                    self.stop_on_drop = false;
                    return Err(QueryError::Cancelled);
                }
                _ => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(PAUSE_MAX);
        }
    }

    async fn read(&self, execution: &QueryExecution) -> Result<Answer, QueryError> {
        let settings = &self.athena.settings;
        let statistics = execution.statistics.as_ref();
        let reused = statistics
            .and_then(|s| s.result_reuse_information.as_ref())
            .is_some_and(|reuse| reuse.reused_previous_result);
        let bytes_scanned = statistics
            .and_then(|s| s.data_scanned_in_bytes)
            .map_or(0, |bytes| u64::try_from(bytes).unwrap_or(0));
        let mut answer = Answer {
            query_id: self.id.clone(),
            columns: Vec::new(),
            rows: Vec::new(),
            more: false,
            bytes_scanned,
            cost_usd_micros: if reused {
                0
            } else {
                cost(bytes_scanned, settings.usd_micros_per_terabyte)
            },
            reused,
            engine_ms: statistics
                .and_then(|s| s.engine_execution_time_in_millis)
                .map_or(0, |ms| u64::try_from(ms).unwrap_or(0)),
        };
        // Only the first page of a SELECT begins with the columns' names.
        let mut header = execution.statement_type == Some(StatementType::Dml);
        let mut token = None;
        loop {
            let wanted = settings
                .rows_max
                .saturating_sub(answer.rows.len())
                .saturating_add(1 + usize::from(header))
                .min(PAGE_ROWS);
            let page = self.page(token, wanted).await?;
            token = page.next_token.clone();
            rows::append(&mut answer, page, std::mem::take(&mut header))?;
            if answer.rows.len() > settings.rows_max {
                answer.rows.truncate(settings.rows_max);
                answer.more = true;
            }
            if answer.more || token.is_none() {
                return Ok(answer);
            }
        }
    }

    async fn page(
        &self,
        token: Option<String>,
        rows: usize,
    ) -> Result<GetQueryResultsOutput, QueryError> {
        let request = self
            .athena
            .client
            .get_query_results()
            .query_execution_id(&self.id)
            .set_next_token(token);
        let answer = request
            .max_results(i32::try_from(rows).unwrap_or(i32::MAX))
            .send()
            .await;
        answer.map_err(|error| QueryError::Unavailable(line(&error)))
    }
}

fn failure(execution: &QueryExecution) -> QueryError {
    let status = execution.status.as_ref();
    let error = status.and_then(|status| status.athena_error.as_ref());
    let said = error
        .and_then(|e| e.error_message.clone())
        .or_else(|| status?.state_change_reason.clone());
    let said = said.unwrap_or_else(|| "no reason given".to_owned());
    // Category 1 is Athena's own fault; `retryable` says what may pass.
    if error.is_some_and(|e| e.retryable || e.error_category == Some(1)) {
        QueryError::Unavailable(said)
    } else {
        QueryError::Refused(said)
    }
}

/// Nothing scanned costs nothing; else bytes are rounded up to megabytes, 10 at least.
fn cost(bytes: u64, usd_micros_per_terabyte: u64) -> u64 {
    if bytes == 0 {
        return 0;
    }
    let billed = u128::from(bytes.max(BILLED_BYTES_MIN)).div_ceil(1_000_000) * 1_000_000;
    u64::try_from((billed * u128::from(usd_micros_per_terabyte)).div_ceil(1_000_000_000_000))
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_athena::types::{AthenaError, QueryExecutionStatus};

    #[test]
    fn a_scan_is_priced_by_the_megabyte_from_ten_on() {
        let costs =
            [0, 1, 10_000_000, 10_000_001, 1_000_000_000_000].map(|bytes| cost(bytes, 5_000_000));
        assert_eq!(costs, [0, 50, 50, 55, 5_000_000]);
    }

    #[test]
    fn a_failure_says_whether_it_may_pass() {
        let failed = |category: i32, retryable: bool| {
            let error = AthenaError::builder()
                .error_category(category)
                .retryable(retryable)
                .error_message("why")
                .build();
            failure(
                &QueryExecution::builder()
                    .status(QueryExecutionStatus::builder().athena_error(error).build())
                    .build(),
            )
        };
        assert_eq!(failed(2, false), QueryError::Refused("why".to_owned()));
        assert_eq!(failed(2, true), QueryError::Unavailable("why".to_owned()));
        assert_eq!(failed(1, false), QueryError::Unavailable("why".to_owned()));
        assert_eq!(
            failure(&QueryExecution::builder().build()),
            QueryError::Refused("no reason given".to_owned())
        );
    }
}
