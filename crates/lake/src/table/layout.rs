//! How rows lie in a table's files: by partition, and within it by the sort column and the key.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array as _, AsArray as _, RecordBatch, UInt64Array};
use arrow::compute::{SortColumn, cast, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use bookpath_models::Model;

use super::rows::column;
use crate::error::Result;
use crate::schema::ArrowSchema as _;

/// Where a row lies: values of the partition columns, and of the sort column if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowPlace {
    pub(crate) partition: Vec<String>,
    /// Microseconds.
    pub(crate) at: Option<i64>,
}

/// Places of a batch's rows.
pub(crate) fn places(model: &Model, rows: &RecordBatch) -> Result<BTreeSet<RowPlace>> {
    let partitions = partition_texts(model, rows)?;
    let sort = match &model.spec.sort {
        Some(sort) => Some(
            column(rows, sort)?
                .as_primitive::<TimestampMicrosecondType>()
                .clone(),
        ),
        None => None,
    };
    let at = |row: usize| {
        sort.as_ref()
            .filter(|s| s.is_valid(row))
            .map(|s| s.value(row))
    };
    Ok(partitions
        .into_iter()
        .enumerate()
        .map(|(row, partition)| RowPlace {
            partition,
            at: at(row),
        })
        .collect())
}

/// Partition values of each row as the log writes them.
fn partition_texts(model: &Model, rows: &RecordBatch) -> Result<Vec<Vec<String>>> {
    let mut texts = vec![Vec::with_capacity(model.spec.partitions.len()); rows.num_rows()];
    for name in &model.spec.partitions {
        let column = cast(column(rows, name)?, &DataType::Utf8)?;
        for (row, value) in column.as_string::<i32>().iter().enumerate() {
            texts[row].push(value.unwrap_or_default().to_owned());
        }
    }
    Ok(texts)
}

/// Rows by the partition that they lie in.
pub(super) fn by_partition(
    model: &Model,
    rows: RecordBatch,
) -> Result<Vec<(Vec<String>, RecordBatch)>> {
    if model.spec.partitions.is_empty() {
        let any = rows.num_rows() > 0;
        return Ok(any.then(|| (Vec::new(), rows)).into_iter().collect());
    }
    let mut groups: HashMap<Vec<String>, Vec<u64>> = HashMap::new();
    for (row, partition) in partition_texts(model, &rows)?.into_iter().enumerate() {
        groups.entry(partition).or_default().push(row as u64);
    }
    let take = |(partition, rows_of): (Vec<String>, Vec<u64>)| -> Result<_> {
        Ok((
            partition,
            take_record_batch(&rows, &UInt64Array::from(rows_of))?,
        ))
    };
    groups.into_iter().map(take).collect()
}

/// Some rows of a model as one batch; what is one already is not copied.
pub(crate) fn joined(model: &Model, mut part: Vec<RecordBatch>) -> Result<RecordBatch> {
    let schema = model.schema();
    part.retain(|rows| rows.num_rows() > 0);
    Ok(match part.as_slice() {
        [one] => RecordBatch::try_new(schema, one.columns().to_vec())?,
        some => concat_batches(&schema, some)?,
    })
}

/// Rows by the sort column, then by key: the same rows always make the same file.
pub(super) fn sorted(model: &Model, rows: RecordBatch) -> Result<RecordBatch> {
    let names = model.spec.sort.iter().chain(&model.spec.key);
    let columns = names.map(|name| {
        Ok(SortColumn {
            values: column(&rows, name)?.clone(),
            options: None,
        })
    });
    let order = lexsort_to_indices(&columns.collect::<Result<Vec<_>>>()?, None)?;
    if order.values().is_sorted() {
        return Ok(rows);
    }
    Ok(take_record_batch(&rows, &order)?)
}
