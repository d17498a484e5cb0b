//! DataFusion sessions: the tables by name, and models run over given rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemorySchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::schema::ArrowSchema as _;
use bookpath_models::Model;

/// Threads of a query.
const PARTITIONS: usize = 2;

/// A session in which `bronze.x`, `silver.x` and `gold.x` can be registered.
pub(crate) fn context() -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(PARTITIONS)
        .with_information_schema(false);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    let context = SessionContext::new_with_config(config);
    let catalog = context
        .catalog("datafusion")
        .ok_or_else(|| LakeError::internal("no default catalog"))?;
    for tier in ["bronze", "silver", "gold"] {
        catalog.register_schema(tier, Arc::new(MemorySchemaProvider::new()))?;
    }
    Ok(context)
}

/// Registers the one row that models know of their run: the instant to answer for, and the clock.
pub(crate) fn register_run(
    context: &SessionContext,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let instant = |at: Timestamp| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(vec![at.as_microsecond()]).with_timezone("UTC"))
    };
    let row = RecordBatch::try_from_iter([("as_of", instant(as_of)), ("now", instant(now))])?;
    context.register_batch("run", row)?;
    Ok(())
}

/// Runs models over rows in memory.
pub(crate) struct ModelRunner {
    context: SessionContext,
}

impl ModelRunner {
    pub(crate) fn new(as_of: Timestamp, now: Timestamp) -> Result<Self> {
        let context = context()?;
        register_run(&context, as_of, now)?;
        Ok(Self { context })
    }

    /// The rows that a model's query makes of `relations`.
    pub(crate) async fn run(
        &self,
        model: &Model,
        relations: &[(&str, RecordBatch)],
    ) -> Result<RecordBatch> {
        for (name, batch) in relations {
            let table = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]])?;
            self.context.register_table(*name, Arc::new(table))?;
        }
        let rows = self.context.sql(query(model)?).await;
        let rows = match rows {
            Ok(frame) => collect(frame, model).await,
            Err(error) => Err(error.into()),
        };
        for (name, _) in relations {
            self.context.deregister_table(*name)?;
        }
        rows
    }
}

/// The query of a model that has one.
pub(crate) fn query(model: &Model) -> Result<&str> {
    let none = || LakeError::internal(format!("{} has no query", model.name));
    model.sql.as_deref().ok_or_else(none)
}

/// All rows of a query in the model's columns. Columns that the query does not make are NULL. A plan may give text in
/// another physical type than it said.
pub(crate) async fn collect(frame: DataFrame, model: &Model) -> Result<RecordBatch> {
    let wanted = model.schema();
    let batches = frame.collect().await?;
    let batches = batches.iter().map(|batch| in_columns(batch, &wanted));
    Ok(concat_batches(
        &wanted,
        &batches.collect::<Result<Vec<_>>>()?,
    )?)
}

fn in_columns(batch: &RecordBatch, wanted: &SchemaRef) -> Result<RecordBatch> {
    let columns = wanted.fields().iter().map(|field| -> Result<ArrayRef> {
        match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => Ok(cast(column, field.data_type())?),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        }
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(wanted.clone(), columns)?)
}

/// Registers a table under its name.
pub(crate) fn register(
    context: &SessionContext,
    model: &Model,
    provider: Arc<dyn TableProvider>,
) -> Result<()> {
    context.register_table(model.name.as_str(), provider)?;
    Ok(())
}
