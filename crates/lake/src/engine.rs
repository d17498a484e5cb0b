//! The tables behind the port of the use cases: what `serve`, the command line and the Lambdas share.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_app::bronze::register::AssignedBatch;
use bookpath_app::ports::{
    LakeEngine, LakeFailure, PaymentEntry, QualityCheck, RowFilter, SpendEntry, SpendOutcome,
    TableRow, TableRun, TableRuns, TableState, WriteLock,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::BronzeObject;
use crate::Comparison;
use crate::Filter;
use crate::Lake;
use crate::LakeError;
use crate::LakeRules;
use crate::PaymentRow;
use crate::RunInput;
use crate::RunReport;
use crate::SpendRow;
use crate::Table;
use crate::TableReport;

/// Replaced files stay readable for this long.
const RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The tables of one lake under the business rules.
#[derive(Clone)]
pub struct Engine {
    lake: Lake,
    rules: LakeRules,
    lock: Arc<dyn WriteLock>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("lake", self.lake.url())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over a lake. Runs are called under `lock`; spend takes it by itself.
    #[must_use]
    pub fn new(lake: Lake, rules: LakeRules, lock: Arc<dyn WriteLock>) -> Self {
        Self { lake, rules, lock }
    }

    /// The first rows of a query over `silver.*` and `gold.*`.
    ///
    /// # Errors
    /// [`LakeFailure::Refused`] for what is no query of these tables.
    pub async fn ask(&self, query: &str, rows_max: usize) -> Result<Vec<TableRow>, LakeFailure> {
        self.lake.ask(query, rows_max).await.map_err(asked)
    }
}

/// What a failure of the lake means to its callers.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
#[must_use]
pub fn failure(error: LakeError) -> LakeFailure {
    let text = error.to_string();
    match error {
        LakeError::Store(_) => LakeFailure::Transient(text),
        LakeError::AsOfWentBack { .. }
        | LakeError::RulesChanged { .. }
        | LakeError::Unknown { .. } => LakeFailure::Refused(text),
        _ => LakeFailure::Broken(text),
    }
}

/// A value that does not fit its column shows as a failed query: the caller's fault, not ours.
fn asked(error: LakeError) -> LakeFailure {
    match error {
        LakeError::Query(error) => LakeFailure::Refused(error.strip_backtrace()),
        other => failure(other),
    }
}

fn table(name: &str) -> Result<Table, LakeFailure> {
    Table::parse(name).ok_or_else(|| LakeFailure::Refused(format!("no table is called `{name}`")))
}

fn run(report: TableReport) -> TableRun {
    TableRun {
        rows_read: report.rows_read,
        rows_written: report.rows_written,
        keys_recomputed: report.keys_recomputed,
        commits: report.commits,
        duration_ms: report.duration_ms,
    }
}

fn runs(report: RunReport) -> TableRuns {
    report
        .tables
        .into_iter()
        .map(|(name, report)| (name.to_owned(), run(report)))
        .collect()
}

fn filter(filter: &RowFilter) -> Filter {
    let (column, comparison, value) = match filter {
        RowFilter::Equal { column, value } => (column, Comparison::Equal, value),
        RowFilter::From { column, value } => (column, Comparison::From, value),
        RowFilter::To { column, value } => (column, Comparison::To, value),
    };
    Filter {
        column: column.clone(),
        comparison,
        value: value.clone(),
    }
}

#[async_trait]
impl LakeEngine for Engine {
    async fn refine(
        &self,
        batch: Option<&AssignedBatch>,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        let keys = batch.map_or(&[][..], |batch| batch.keys.as_slice());
        let objects: Vec<BronzeObject> = keys
            .iter()
            .map(|key| BronzeObject { key: key.clone() })
            .collect();
        let number = batch.map_or(0, |batch| batch.number);
        let input = RunInput {
            batch: number,
            objects: &objects,
            rules: &self.rules,
            as_of,
            now,
        };
        self.lake.refine(&input).await.map(runs).map_err(failure)
    }

    async fn compute(&self, as_of: Timestamp, now: Timestamp) -> Result<TableRuns, LakeFailure> {
        self.lake
            .compute(&self.rules, as_of, now)
            .await
            .map(runs)
            .map_err(failure)
    }

    async fn rebuild_silver(
        &self,
        batch: i64,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        self.lake
            .rebuild_silver(batch, &self.rules, as_of, now)
            .await
            .map(runs)
            .map_err(failure)
    }

    async fn rebuild_gold(
        &self,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        self.lake
            .rebuild_gold(&self.rules, as_of, now)
            .await
            .map(runs)
            .map_err(failure)
    }

    async fn check(
        &self,
        as_of: Timestamp,
        max_age: SignedDuration,
        full: bool,
    ) -> Result<Vec<QualityCheck>, LakeFailure> {
        let info = self
            .lake
            .table_info(Table::Invitees)
            .await
            .map_err(failure)?;
        if !full || info.rows == 0 {
            let passed = info.version.is_none() || info.rows > 0;
            let detail = format!("{} rows in the log", info.rows);
            return Ok(vec![QualityCheck {
                name: "row_count".to_owned(),
                table: Table::Invitees.name().to_owned(),
                passed,
                detail,
            }]);
        }
        let checks = self
            .lake
            .check_quality(as_of, max_age)
            .await
            .map_err(failure)?;
        let owned = |c: crate::Check| QualityCheck {
            name: c.name.to_owned(),
            table: c.table.to_owned(),
            passed: c.passed,
            detail: c.detail,
        };
        Ok(checks.into_iter().map(owned).collect())
    }

    async fn maintain(&self, now: Timestamp) -> Result<Value, LakeFailure> {
        let report = self.lake.maintain(now, RETENTION).await.map_err(failure)?;
        Ok(json!(report))
    }

    async fn append_ad_spend(
        &self,
        entries: &[SpendEntry],
        now: Timestamp,
    ) -> Result<SpendOutcome, LakeFailure> {
        let rows: Vec<SpendRow> = entries
            .iter()
            .map(|e| SpendRow {
                day: e.day,
                channel: e.channel.clone(),
                campaign: e.campaign.clone(),
                amount_minor: e.amount_minor,
                currency: e.currency.clone(),
            })
            .collect();
        let guard = self.lock.take().await?;
        let report = self
            .lake
            .append_ad_spend(&rows, &self.rules, now)
            .await
            .map_err(failure);
        guard.release().await;
        let report = report?;
        Ok(SpendOutcome {
            accepted: report.accepted,
            changed: report.changed,
            unchanged: report.unchanged,
        })
    }

    async fn append_payments(
        &self,
        entries: &[PaymentEntry],
        now: Timestamp,
    ) -> Result<TableRun, LakeFailure> {
        let rows: Vec<PaymentRow> = entries
            .iter()
            .map(|e| PaymentRow {
                payment_id: e.payment_id.clone(),
                contact_id: e.contact_id.clone(),
                booking_id: e.booking_id.clone(),
                kind: e.kind,
                amount_minor: e.amount_minor,
                currency: e.currency.clone(),
                occurred_at: e.occurred_at,
            })
            .collect();
        self.lake
            .append_payments(&rows, &self.rules, now)
            .await
            .map(run)
            .map_err(failure)
    }

    async fn rows(
        &self,
        name: &str,
        filters: &[RowFilter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        let filters: Vec<Filter> = filters.iter().map(filter).collect();
        self.lake
            .head(table(name)?, &filters, limit, offset)
            .await
            .map_err(asked)
    }

    async fn behind(
        &self,
        name: &str,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        self.lake
            .lineage(table(name)?, key, limit)
            .await
            .map_err(asked)
    }

    async fn contact_chains(
        &self,
        contact: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        self.lake
            .contact_chains(contact, limit, offset)
            .await
            .map_err(failure)
    }

    async fn tables(&self) -> Result<Vec<TableState>, LakeFailure> {
        let mut states = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let info = self.lake.table_info(table).await.map_err(failure)?;
            states.push(TableState {
                table: table.name().to_owned(),
                version: info.version,
                rows: info.rows,
                as_of: info.as_of,
            });
        }
        Ok(states)
    }
}
