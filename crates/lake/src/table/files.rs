//! A data file as the log describes it, and its rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{Schema, SchemaRef};
use deltalake::kernel::LogicalFileView;
use deltalake::kernel::{Add, Remove};
use deltalake::logstore::LogStoreRef;
use object_store::ObjectStoreExt as _;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::object_path;
use crate::error::Result;
use crate::time::parse_instant;
use bookpath_models::Model;

/// A data file and which rows may be in it.
#[derive(Debug, Clone)]
pub(crate) struct DataFile {
    pub(crate) add: Add,
    /// Values of the partition columns, in their order.
    pub(crate) partition: Vec<String>,
    /// Least and greatest value of the sort column, microseconds; `None` if the log does not say.
    pub(crate) range: Option<(i64, i64)>,
    pub(crate) rows: Option<usize>,
    statistics: Value,
}

impl DataFile {
    #[expect(
        deprecated,
        reason = "the log's own action is what a later Remove repeats"
    )]
    pub(crate) fn from_view(view: &LogicalFileView, model: &Model) -> Self {
        Self::new(view.add_action(), model)
    }

    pub(crate) fn new(add: Add, model: &Model) -> Self {
        let partition = model
            .spec
            .partitions
            .iter()
            .map(|c| {
                add.partition_values
                    .get(c)
                    .cloned()
                    .flatten()
                    .unwrap_or_default()
            })
            .collect();
        let statistics: Value = add
            .stats
            .as_deref()
            .and_then(|s| serde_json::from_str(s).ok())
            .unwrap_or_default();
        let rows = statistics["numRecords"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok());
        let mut file = Self {
            add,
            partition,
            range: None,
            rows,
            statistics,
        };
        if let Some(sort) = &model.spec.sort {
            // Delta cuts timestamps in statistics to milliseconds, so the last row may lie up to one later.
            file.range = file
                .instants(sort)
                .map(|(least, greatest)| (least, greatest + 999));
        }
        file
    }

    /// Least and greatest instant of a column by the statistics, microseconds.
    pub(crate) fn instants(&self, column: &str) -> Option<(i64, i64)> {
        let bound = |side: &str| {
            self.statistics[side][column]
                .as_str()
                .and_then(parse_instant)
        };
        Some((bound("minValues")?, bound("maxValues")?))
    }

    /// Greatest text of a column by the statistics; it may be cut.
    pub(crate) fn greatest(&self, column: &str) -> Option<&str> {
        self.statistics["maxValues"][column].as_str()
    }

    /// Takes the file out of the table.
    pub(crate) fn remove(&self, now_ms: i64) -> Remove {
        Remove {
            path: self.add.path.clone(),
            data_change: true,
            deletion_timestamp: Some(now_ms),
            extended_file_metadata: Some(true),
            partition_values: Some(self.add.partition_values.clone()),
            size: Some(self.add.size),
            tags: None,
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
        }
    }

    /// The file's rows in the columns of `schema`, which may be some of the table's. Files of other writers may have
    /// other physical types, or lack a column that was added later.
    pub(crate) async fn read(
        &self,
        store: &LogStoreRef,
        model: &Model,
        schema: &SchemaRef,
    ) -> Result<RecordBatch> {
        let path = object_path(&self.add.path);
        let bytes = store.object_store(None).get(&path).await?.bytes().await?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
        let names = schema.fields().iter().map(|f| f.name().as_str());
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(16_384)
            .build()?;
        let batches = reader.collect::<std::result::Result<Vec<RecordBatch>, _>>()?;
        let found = batches
            .first()
            .map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let rows = batches
            .iter()
            .map(RecordBatch::num_rows)
            .sum::<usize>()
            .max(self.rows.unwrap_or(0));
        let batch = concat_batches(&found, &batches)?;
        let columns = schema.fields().iter().map(|field| -> Result<ArrayRef> {
            if let Some(at) = model.spec.partitions.iter().position(|p| p == field.name()) {
                let value = Some(self.partition[at].as_str()).filter(|v| !v.is_empty());
                let text: ArrayRef = Arc::new(StringArray::from(vec![value; rows]));
                return Ok(cast(&text, field.data_type())?);
            }
            match batch.column_by_name(field.name()) {
                Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
                Some(column) => Ok(cast(column, field.data_type())?),
                None => Ok(new_null_array(field.data_type(), rows)),
            }
        });
        Ok(RecordBatch::try_new(
            schema.clone(),
            columns.collect::<Result<Vec<_>>>()?,
        )?)
    }
}
