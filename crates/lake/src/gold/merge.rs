//! New rows into a gold table: the chunks that hold touched keys are written again, equal rows keep their `as_of`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use arrow::compute::{cast, interleave, take_record_batch};
use arrow::datatypes::{DataType, Date32Type};
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use bytes::Bytes;

use crate::delta::log::{DataFile, TableState};
use crate::error::{LakeError, Result};
use crate::gold::state::month_of;
use crate::parquet_io;
use crate::schema::Table;
use crate::store::Store;

/// Files to add and remove, and how many rows really changed.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub add: Vec<(DataFile, Bytes)>,
    pub remove: Vec<String>,
    pub rows_written: u64,
}

/// Which file of the table holds a row: by month, by year, or one for all.
fn chunks(table: Table, batch: &RecordBatch) -> Result<Vec<i64>> {
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| LakeError::internal(format!("no column {name}")))
    };
    match table {
        Table::BookingsTrend | Table::CostPerBooking | Table::DailyBookingsBySource => {
            let dates = column("booking_date")?
                .as_primitive_opt::<Date32Type>()
                .ok_or_else(|| LakeError::internal("not dates"))?;
            let by_year = table == Table::BookingsTrend;
            Ok(dates
                .values()
                .iter()
                .map(|d| {
                    i64::from(if by_year {
                        month_of(*d).div_euclid(12)
                    } else {
                        month_of(*d)
                    })
                })
                .collect())
        }
        Table::ChannelAttribution => {
            let months = column("month")?
                .as_string_opt::<i32>()
                .ok_or_else(|| LakeError::internal("not strings"))?;
            Ok((0..months.len())
                .map(|i| {
                    months
                        .value(i)
                        .get(..4)
                        .and_then(|y| y.parse().ok())
                        .unwrap_or(0)
                })
                .collect())
        }
        _ => Ok(vec![0; batch.num_rows()]),
    }
}

/// Columns of `batch` by name as comparable rows.
fn rows(converter: &RowConverter, batch: &RecordBatch, names: &[&str]) -> Result<Rows> {
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        columns.push(
            batch
                .column_by_name(name)
                .cloned()
                .ok_or_else(|| LakeError::internal(format!("no column {name}")))?,
        );
    }
    Ok(converter.convert_columns(&columns)?)
}

fn converter(table: Table, names: &[&str]) -> Result<RowConverter> {
    let schema = table.arrow_schema();
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        fields.push(SortField::new(
            schema.field_with_name(name)?.data_type().clone(),
        ));
    }
    Ok(RowConverter::new(fields)?)
}

fn select(batch: &RecordBatch, wanted: impl Iterator<Item = usize>) -> Result<RecordBatch> {
    let rows =
        UInt32Array::from_iter_values(wanted.map(|row| u32::try_from(row).unwrap_or(u32::MAX)));
    Ok(take_record_batch(batch, &rows)?)
}

/// The answer of a query in the table's own types, with `as_of` on every row.
fn typed(table: Table, answer: &RecordBatch, as_of: i64) -> Result<RecordBatch> {
    let schema = table.arrow_schema();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if field.name() == "as_of" {
            columns.push(Arc::new(
                TimestampMicrosecondArray::from_value(as_of, answer.num_rows())
                    .with_timezone("UTC"),
            ));
            continue;
        }
        let column = answer
            .column_by_name(field.name())
            .ok_or_else(|| LakeError::internal(format!("no column {}", field.name())))?;
        columns.push(if column.data_type() == field.data_type() {
            column.clone()
        } else {
            cast(column, field.data_type())?
        });
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Merges the answer for `keys` into the table.
pub(crate) async fn merge(
    store: &Store,
    table: Table,
    state: &TableState,
    answer: &RecordBatch,
    keys: &RecordBatch,
    (as_of, now): (i64, i64),
) -> Result<Merged> {
    let answer = typed(table, answer, as_of)?;
    let (answer_chunks, key_chunks) = (chunks(table, &answer)?, chunks(table, keys)?);
    let touched: BTreeSet<i64> = key_chunks.iter().copied().collect();
    let mut merged = Merged::default();
    for chunk in touched {
        let mine = |all: &[i64]| {
            all.iter()
                .enumerate()
                .filter(|(_, c)| **c == chunk)
                .map(|(row, _)| row)
                .collect::<Vec<_>>()
        };
        let new = select(&answer, mine(&answer_chunks).into_iter())?;
        let keys = select(keys, mine(&key_chunks).into_iter())?;
        let file = state.files.iter().find(|f| f.lo == chunk);
        let old = match file {
            Some(file) => Some(parquet_io::decode(
                store
                    .read(&format!("{}/{}", table.path(), file.path))
                    .await?,
            )?),
            None => None,
        };
        let Some((batch, written)) = merge_chunk(table, old.as_ref(), &new, &keys)? else {
            continue;
        };
        merged.rows_written += written;
        merged.remove.extend(file.map(|f| f.path.clone()));
        if batch.num_rows() > 0 {
            let bytes = parquet_io::encode(&batch)?;
            let file = DataFile {
                lo: chunk,
                hi: chunk,
                ..DataFile::new(state.version, &bytes, batch.num_rows() as u64, now)
            };
            merged.add.push((file, bytes));
        }
    }
    Ok(merged)
}

/// The rows of a chunk after the run and how many changed; `None` when none did.
fn merge_chunk(
    table: Table,
    old: Option<&RecordBatch>,
    new: &RecordBatch,
    keys: &RecordBatch,
) -> Result<Option<(RecordBatch, u64)>> {
    let key_names = table.key();
    let value_names: Vec<&str> = table
        .columns()
        .map(|c| c.0)
        .filter(|c| *c != "as_of")
        .collect();
    let key_rows = converter(table, key_names)?;
    let value_rows = converter(table, &value_names)?;
    let touched = rows(&key_rows, keys, key_names)?;
    let (new_keys, new_values) = (
        rows(&key_rows, new, key_names)?,
        rows(&value_rows, new, &value_names)?,
    );
    // key -> (batch, row): 0 = old, 1 = new.
    let mut result: BTreeMap<OwnedRow, (usize, usize)> = BTreeMap::new();
    let mut old_values: HashMap<OwnedRow, OwnedRow> = HashMap::new();
    if let Some(old) = old {
        let (keys, values) = (
            rows(&key_rows, old, key_names)?,
            rows(&value_rows, old, &value_names)?,
        );
        for row in 0..old.num_rows() {
            result.insert(keys.row(row).owned(), (0, row));
            old_values.insert(keys.row(row).owned(), values.row(row).owned());
        }
    }
    let mut written = 0;
    let answered: BTreeSet<OwnedRow> = (0..new.num_rows())
        .map(|row| new_keys.row(row).owned())
        .collect();
    for row in &touched {
        let key = row.owned();
        if !answered.contains(&key) && result.remove(&key).is_some() {
            written += 1;
        }
    }
    for row in 0..new.num_rows() {
        let key = new_keys.row(row).owned();
        if old_values
            .get(&key)
            .is_none_or(|value| value.row() != new_values.row(row))
        {
            result.insert(key, (1, row));
            written += 1;
        }
    }
    if written == 0 {
        return Ok(None);
    }
    let picks: Vec<(usize, usize)> = result.into_values().collect();
    let mut columns = Vec::with_capacity(new.num_columns());
    for (at, column) in new.columns().iter().enumerate() {
        let first = old.map_or(column, |old| old.column(at));
        let first = if first.data_type() == column.data_type() {
            first.clone()
        } else {
            cast(first, column.data_type())?
        };
        columns.push(if picks.is_empty() {
            column.slice(0, 0)
        } else {
            interleave(&[first.as_ref(), column.as_ref()], &picks)?
        });
    }
    debug_assert!(
        new.schema()
            .fields()
            .iter()
            .all(|f| *f.data_type() != DataType::Null)
    );
    Ok(Some((
        RecordBatch::try_new(new.schema(), columns)?,
        written,
    )))
}
