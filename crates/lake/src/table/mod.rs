//! One Delta table through delta-rs: opening, making, its files, and commits.

pub(crate) mod batch;
pub(crate) mod changes;
pub(crate) mod commits;
mod files;
pub(crate) mod layout;
mod months;
pub(crate) mod opened;
mod past;
pub(crate) mod registers;
pub(crate) mod rewrite;
pub(crate) mod rows;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::TableProvider;
use deltalake::DataType;
use deltalake::DeltaTable;
use deltalake::DeltaTableError;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, ArrayType, StructField, StructType, Transaction};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::protocol::DeltaOperation;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use serde_json::Value;
use url::Url;

use self::opened::{Opened, Transactions};
use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::schema::ArrowSchema as _;
use bookpath_models::{ColumnType, Model};

pub(crate) use files::DataFile;
pub(crate) use months::month_of_each;

/// Root of all tables as delta-rs calls it; keys below it are keys of the lake's store.
pub(crate) const ROOT: &str = "lake://tables/";
/// Application transaction: the instant of the run that made the last commit, microseconds.
pub(crate) const AS_OF: &str = "bookpath.as_of";
/// Application transaction: the version that the last commit of ours was to have. Whatever came after it is another program's, or
/// ours where two commits met.
pub(crate) const OWN: &str = "bookpath.own";
/// Table property: the reporting time zone that the rows were made for.
pub(crate) const ZONE: &str = "bookpath.reportingTimezone";
/// Commit metadata: months whose rows a commit of ours changed, as a list of `YYYY-MM`.
pub(crate) const MONTHS: &str = "bookpath.months";

/// Commit metadata: the clock of the run that made the commit, milliseconds since 1970.
pub(crate) const AT: &str = "bookpath.at";

/// Tables with rows that are not in bronze.
const KEPT: [&str; 2] = ["silver.ad_spend", "silver.payments"];

/// A table, opened at its newest version. It may not exist yet.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) model: &'static Model,
    pub(crate) inner: DeltaTable,
    /// Rows of a full file.
    pub(crate) file_rows: usize,
    transactions: Transactions,
    pub(crate) lake: Lake,
}

/// Metadata of a commit.
#[derive(Debug, Default)]
pub(crate) struct CommitNotes {
    /// Application transactions: what has been taken in.
    pub(crate) transactions: Vec<(String, i64)>,
    /// Months whose rows changed; `None` leaves it to readers to look at the files.
    pub(crate) months: Option<Vec<String>>,
    /// The clock of the run, milliseconds since 1970.
    pub(crate) at_ms: i64,
}

impl Table {
    /// Opens a table at the version that the lake is read at: the newest, or that of an instant.
    pub(crate) async fn open(lake: &Lake, model: &'static Model) -> Result<Self> {
        match lake.known_at {
            Some(at) => Self::open_at(lake, model, at).await,
            None => Self::open_newest(lake, model).await,
        }
    }

    /// Opens a table at its newest version.
    pub(crate) async fn open_newest(lake: &Lake, model: &'static Model) -> Result<Self> {
        let path = model.path();
        let known = lake.remembered(&path);
        let mut inner = match &known {
            Some(opened) => opened.inner.clone(),
            None => DeltaTable::new(log_store(lake, model)?),
        };
        let failed = |e| LakeError::delta(&model.name, e);
        // Checked first, because delta-rs logs an error for a missing table.
        let exists =
            known.is_some() || inner.verify_deltatable_existence().await.map_err(failed)?;
        if exists && let Err(error) = inner.update_state().await {
            lake.remember(&path, None);
            return Err(failed(error));
        }
        let same = known.filter(|opened| opened.inner.version() == inner.version());
        let table = Self {
            model,
            inner,
            file_rows: lake.file_rows.unwrap_or(model.spec.file_rows),
            transactions: same.map_or_else(Transactions::default, |opened| opened.transactions),
            lake: lake.clone(),
        };
        table.remember();
        Ok(table)
    }

    fn remember(&self) {
        let opened = self.version().map(|_| Opened {
            inner: self.inner.clone(),
            transactions: self.transactions.clone(),
        });
        self.lake.remember(&self.model.path(), opened);
    }

    pub(crate) fn failed(&self, error: DeltaTableError) -> LakeError {
        LakeError::delta(&self.model.name, error)
    }

    /// `None` if the table does not exist.
    pub(crate) fn version(&self) -> Option<i64> {
        self.inner
            .version()
            .map(|v| i64::try_from(v).unwrap_or(i64::MAX))
    }

    /// Id and version of its state; `None` if the table does not exist.
    pub(crate) fn identity(&self) -> Option<(String, i64)> {
        let id = self.inner.snapshot().ok()?.metadata().id().to_owned();
        Some((id, self.version()?))
    }

    /// Value of a table property.
    pub(crate) fn property(&self, name: &str) -> Option<String> {
        let state = self.inner.snapshot().ok()?;
        state.metadata().configuration().get(name).cloned()
    }

    /// Last value of an application transaction.
    pub(crate) async fn transaction(&self, app_id: &str) -> Result<Option<i64>> {
        let Ok(state) = self.inner.snapshot() else {
            return Ok(None);
        };
        let known = self
            .transactions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(app_id)
            .copied();
        if let Some(value) = known {
            return Ok(value);
        }
        let log = self.inner.log_store();
        let found = state.transaction_version(log.as_ref(), app_id).await;
        let found = found.map_err(|e| self.failed(e))?;
        let mut transactions = self
            .transactions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transactions.insert(app_id.to_owned(), found);
        Ok(found)
    }

    /// All data files.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>> {
        let Ok(state) = self.inner.snapshot() else {
            return Ok(Vec::new());
        };
        Ok(state
            .log_data()
            .iter()
            .map(|view| DataFile::from_view(&view, self.model))
            .collect())
    }

    /// The table for queries.
    pub(crate) async fn provider(&self) -> Result<Arc<dyn TableProvider>> {
        Ok(self.inner.table_provider().await?)
    }

    /// How the table differs from this release's model, if it does.
    pub(crate) fn outdated(&self) -> Option<String> {
        let state = self.inner.snapshot().ok()?;
        let known = state.snapshot().arrow_schema();
        let schema = self.model.schema();
        if let Some(field) = schema
            .fields()
            .iter()
            .find(|f| known.field_with_name(f.name()).is_err())
        {
            return Some(format!("it has no column {}", field.name()));
        }
        // A column that another program added is missing in every row that we write. A table with rows that are not in bronze is
        // kept, because it can't be made anew.
        let mut others = known.fields().iter();
        if !KEPT.contains(&self.model.name.as_str())
            && let Some(field) = others.find(|f| schema.field_with_name(f.name()).is_err())
        {
            return Some(format!("it has a column {} more", field.name()));
        }
        let partitions = state.metadata().partition_columns();
        (*partitions != self.model.spec.partitions)
            .then(|| format!("it is partitioned by {}", partitions.join(", ")))
    }

    /// Makes the table if it does not exist; checks that it has this release's columns if it does.
    pub(crate) async fn create(&mut self, zone: Option<&str>) -> Result<()> {
        if self.version().is_some() {
            return self.outdated().map_or(Ok(()), |reason| {
                Err(LakeError::Outdated {
                    table: self.model.name.clone(),
                    reason,
                })
            });
        }
        let schema: StructType = columns(self.model)?;
        let builder = self
            .inner
            .create()
            .with_columns(schema.fields().cloned())
            .with_partition_columns(self.model.spec.partitions.iter())
            .with_configuration(properties(self.model, zone))
            .with_raise_if_key_not_exists(false);
        self.inner = builder.await.map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// Commits actions, or finds that another writer's commit stands against them.
    pub(crate) async fn commit(&mut self, actions: Vec<Action>, notes: CommitNotes) -> Result<()> {
        let before = self.inner.version();
        let next = before.map_or(0, |version| version + 1);
        let own = (OWN.to_owned(), i64::try_from(next).unwrap_or(i64::MAX));
        let noted: Vec<(String, i64)> = notes.transactions.into_iter().chain([own]).collect();
        let transactions = noted
            .iter()
            .map(|(app, version)| Transaction::new(app, *version))
            .collect();
        let months = notes
            .months
            .map(|months| (MONTHS.to_owned(), Value::from(months)));
        let metadata = months
            .into_iter()
            .chain([(AT.to_owned(), Value::from(notes.at_ms))]);
        let properties = CommitProperties::default()
            .with_application_transactions(transactions)
            // The nightly upkeep does that: not every writer may delete.
            .with_cleanup_expired_logs(Some(false))
            .with_metadata(metadata);
        // Read as a MERGE over the whole table: whatever another writer adds in between is a conflict.
        let operation = DeltaOperation::Merge {
            predicate: None,
            merge_predicate: None,
            matched_predicates: Vec::new(),
            not_matched_predicates: Vec::new(),
            not_matched_by_source_predicates: Vec::new(),
        };
        let state = self.inner.snapshot().map_err(|e| self.failed(e))?;
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), self.inner.log_store(), operation)
            .await;
        committed.map_err(|e| self.failed(e))?;
        let updated = self.inner.update_state().await;
        updated.map_err(|e| self.failed(e))?;
        let alone = self.inner.version() == Some(next);
        let mut known = HashMap::new();
        if alone {
            known.clone_from(
                &self
                    .transactions
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            known.extend(noted.into_iter().map(|(app, version)| (app, Some(version))));
        }
        self.transactions = Arc::new(Mutex::new(known));
        self.remember();
        Ok(())
    }
}

/// A key as a path of the store; characters that a path can't have are encoded.
pub(crate) fn object_path(key: &str) -> Path {
    Path::parse(key).unwrap_or_else(|_| Path::from(key))
}

fn log_store(lake: &Lake, model: &Model) -> Result<LogStoreRef> {
    let url = Url::parse(ROOT)
        .and_then(|root| root.join(&format!("{}/", model.path())))
        .map_err(LakeError::internal)?;
    let prefixed = Arc::new(PrefixStore::new(lake.store.clone(), model.path()));
    Ok(default_logstore(
        prefixed,
        lake.store.clone(),
        &url,
        &StorageConfig::default(),
    ))
}

fn columns(model: &Model) -> Result<StructType> {
    let fields = model
        .spec
        .columns
        .iter()
        .map(|column| Ok(StructField::new(&column.name, delta_type(column.ty)?, true)));
    let fields = fields.collect::<Result<Vec<StructField>>>()?;
    StructType::try_new(fields).map_err(LakeError::internal)
}

/// The type of a column in Delta's schema.
fn delta_type(ty: ColumnType) -> Result<DataType> {
    let list = |item: DataType| DataType::from(ArrayType::new(item, true));
    Ok(match ty {
        ColumnType::Texts => list(DataType::STRING),
        ColumnType::Factors => {
            let fields = [
                StructField::new("code", DataType::STRING, true),
                StructField::new("points", DataType::INTEGER, true),
            ];
            list(DataType::from(
                StructType::try_new(fields).map_err(LakeError::internal)?,
            ))
        }
        simple => {
            serde_json::from_value(Value::from(simple.delta())).map_err(LakeError::internal)?
        }
    })
}

/// Protocol versions 1 and 2, without features: what every engine can read and write.
fn properties(model: &Model, zone: Option<&str>) -> HashMap<String, Option<String>> {
    let mut properties = HashMap::from([
        (
            "delta.isolationLevel".to_owned(),
            Some("Serializable".to_owned()),
        ),
        ("delta.checkpointInterval".to_owned(), Some("10".to_owned())),
    ]);
    if !model.spec.statistics.is_empty() {
        properties.insert(
            "delta.dataSkippingStatsColumns".to_owned(),
            Some(model.spec.statistics.join(",")),
        );
    }
    if let Some(zone) = zone {
        properties.insert(ZONE.to_owned(), Some(zone.to_owned()));
    }
    properties
}
