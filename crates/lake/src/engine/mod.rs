//! The tables behind the port of the use cases: what `serve`, the command line and the Lambdas share.

mod translate;

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_app::bronze::register::AssignedBatch;
use bookpath_app::ports::{
    ByteSearch, ChangesAsked, ChangesPlace, Checked, Computed, LakeEngine, LakeFailure, LakeReader,
    PaymentEntry, Period, QualityCheck, RowFilter, RowKey, RowOrder, SpendEntry, SpendOutcome,
    TableChanges, TableMoment, TablePage, TableRow, TableRun, TableRuns, TableSearch, TableState,
    WriteLock,
};
use bookpath_domain::config::RetentionConfig;
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::translate::{
    change, filter, order, page_of, period, run, runs, spend_outcome, spend_rows,
};
use crate::{BronzeObject, Filter, GoldInput, Lake, LakeError, LakeRules, PaymentRow, RunInput};
use bookpath_models::{Catalog, ModelError};

/// Rows that one request for changes reads to compare runs.
const CHANGES_ROWS_MAX: usize = 200_000;

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
            .field("lake", &self.lake)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over a lake. Runs are called under `lock`; spend takes it by itself.
    #[must_use]
    pub fn new(lake: Lake, rules: LakeRules, lock: Arc<dyn WriteLock>) -> Self {
        Self { lake, rules, lock }
    }

    fn gold<'a>(
        &'a self,
        directory: &'a Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> GoldInput<'a> {
        GoldInput {
            rules: &self.rules,
            directory,
            as_of,
            now,
        }
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
        LakeError::Conflict { .. } => LakeFailure::Conflict(text),
        LakeError::RulesChanged { .. }
        | LakeError::Outdated { .. }
        | LakeError::Model(ModelError::Unknown(_))
        | LakeError::NoValue { .. }
        | LakeError::NoColumn { .. }
        | LakeError::NotOfKey { .. }
        | LakeError::Unknown { .. } => LakeFailure::Refused(text),
        LakeError::VersionGone { .. } => LakeFailure::Gone(text),
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

#[async_trait]
impl LakeReader for Engine {
    async fn rows(
        &self,
        name: &str,
        filters: &[RowFilter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        let filters: Vec<Filter> = filters.iter().map(filter).collect();
        self.lake
            .head(name, &filters, limit, offset)
            .await
            .map_err(asked)
    }

    async fn list(
        &self,
        name: &str,
        filters: &[RowFilter],
        asked_order: Option<&RowOrder>,
        page: (usize, usize),
    ) -> Result<TablePage, LakeFailure> {
        let filters: Vec<Filter> = filters.iter().map(filter).collect();
        let order = asked_order.map(order);
        let listed = self.lake.list(name, &filters, order.as_ref(), page).await;
        listed.map(page_of).map_err(asked)
    }

    async fn period(
        &self,
        name: &str,
        asked_period: &Period,
        asked_order: Option<&RowOrder>,
        page: (usize, usize),
    ) -> Result<TablePage, LakeFailure> {
        let (period, order) = (period(asked_period), asked_order.map(order));
        let listed = self.lake.period(name, &period, order.as_ref(), page).await;
        listed.map(page_of).map_err(asked)
    }

    async fn keyed(
        &self,
        name: &str,
        keys: &[RowKey],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        self.lake.keyed(name, keys, limit).await.map_err(asked)
    }

    async fn sources(&self) -> Result<Arc<Sources>, LakeFailure> {
        self.lake.sources(&self.rules).await.map_err(failure)
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

    async fn compute(
        &self,
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<Computed, LakeFailure> {
        let input = self.gold(directory, as_of, now);
        let computed = self.lake.compute(&input).await.map_err(failure)?;
        Ok(Computed {
            tables: runs(computed.report),
            people: computed.people,
        })
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
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        let input = self.gold(directory, as_of, now);
        self.lake
            .rebuild_gold(&input)
            .await
            .map(runs)
            .map_err(failure)
    }

    async fn rebuild_table(
        &self,
        table: &str,
        directory: &Directory,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<TableRuns, LakeFailure> {
        let input = self.gold(directory, as_of, now);
        self.lake
            .rebuild_table(table, &input)
            .await
            .map(runs)
            .map_err(failure)
    }

    async fn check(
        &self,
        checked: Checked,
        as_of: Timestamp,
        max_age: SignedDuration,
    ) -> Result<Vec<QualityCheck>, LakeFailure> {
        let tier = match checked {
            Checked::Log => None,
            Checked::Silver => Some("silver"),
            Checked::Gold => Some("gold"),
        };
        let info = self.lake.table_info("silver.invitees").await;
        let rows = info.map_err(failure)?.rows;
        let Some(tier) = tier.filter(|_| rows > 0) else {
            return Ok(vec![QualityCheck {
                name: "row_count".to_owned(),
                table: "silver.invitees".to_owned(),
                passed: true,
                detail: format!("{rows} rows in the log"),
            }]);
        };
        let checks = self.lake.check_quality(tier, as_of, max_age).await;
        let owned = |c: crate::Check| QualityCheck {
            name: c.name,
            table: c.table,
            passed: c.passed,
            detail: c.detail,
        };
        Ok(checks.map_err(failure)?.into_iter().map(owned).collect())
    }

    async fn maintain(&self, now: Timestamp) -> Result<Value, LakeFailure> {
        // Replaced files stay readable for this long.
        let kept = RetentionConfig::length(self.rules.business.retention.table_history_days);
        let report = self.lake.maintain(now, kept).await.map_err(failure)?;
        Ok(json!(report))
    }

    async fn drop_history(&self, now: Timestamp) -> Result<(), LakeFailure> {
        let removed = self.lake.drop_history(now).await.map_err(failure)?;
        tracing::info!(removed, "earlier versions of the tables are gone");
        Ok(())
    }

    async fn search(&self, found: &ByteSearch<'_>) -> Result<TableSearch, LakeFailure> {
        let searched = self.lake.search(found).await.map_err(failure)?;
        Ok(TableSearch {
            tables: searched.tables,
            rows: searched.rows,
            hits: searched.hits,
        })
    }

    async fn append_ad_spend(
        &self,
        entries: &[SpendEntry],
        now: Timestamp,
    ) -> Result<SpendOutcome, LakeFailure> {
        let rows = spend_rows(entries);
        let guard = self.lock.take().await?;
        let report = self.lake.append_ad_spend(&rows, &self.rules, now).await;
        guard.release().await;
        report.map(spend_outcome).map_err(failure)
    }

    async fn preview_ad_spend(&self, entries: &[SpendEntry]) -> Result<SpendOutcome, LakeFailure> {
        let rows = spend_rows(entries);
        let report = self.lake.preview_ad_spend(&rows, &self.rules).await;
        report.map(spend_outcome).map_err(failure)
    }

    async fn append_payments(
        &self,
        entries: &[PaymentEntry],
        gone: &[String],
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
                invitee_uri: e.invitee_uri.clone(),
                raw_sha256: e.raw_sha256.clone(),
            })
            .collect();
        self.lake
            .append_payments(&rows, gone, now)
            .await
            .map(run)
            .map_err(failure)
    }

    fn known_at(&self, at: Timestamp) -> Arc<dyn LakeReader> {
        Arc::new(Self {
            lake: self.lake.known_at(at),
            ..self.clone()
        })
    }

    async fn moments(
        &self,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<TableMoment>, LakeFailure> {
        let moments = self.lake.moments(before, limit).await.map_err(failure)?;
        let moment = |moment: crate::Moment| TableMoment {
            at: moment.at,
            tables: moment
                .tables
                .into_iter()
                .map(|(table, version)| (table.to_owned(), version))
                .collect(),
        };
        Ok(moments.into_iter().map(moment).collect())
    }

    async fn changes(&self, asked: &ChangesAsked<'_>) -> Result<TableChanges, LakeFailure> {
        let asked = crate::ChangesAsked {
            rules: &self.rules,
            directory: asked.directory,
            since: asked.from.since,
            skip: asked.from.skip,
            limit: asked.limit,
            rows_max: CHANGES_ROWS_MAX,
            users: asked.users,
            corrected_before: asked.corrected_before,
        };
        let changes = self.lake.changes(&asked).await.map_err(failure)?;
        let place = |(since, skip)| ChangesPlace { since, skip };
        Ok(TableChanges {
            found: changes.found.into_iter().map(change).collect(),
            next: changes.next.map(place),
        })
    }

    async fn behind(
        &self,
        name: &str,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<TableRow>, LakeFailure> {
        self.lake.behind(name, key, limit).await.map_err(asked)
    }

    async fn tables(&self) -> Result<Vec<TableState>, LakeFailure> {
        let mut states = Vec::new();
        let catalog = Catalog::get().map_err(|error| failure(error.into()))?;
        for model in catalog.all() {
            let info = self.lake.table_info(&model.name).await.map_err(failure)?;
            states.push(TableState {
                table: model.name.clone(),
                version: info.version,
                rows: info.rows,
                as_of: info.as_of,
            });
        }
        Ok(states)
    }
}
