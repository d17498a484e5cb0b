//! Rows of several batches of `silver.invitees` as one, and the columns of a row group that a change touches.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::interleave;

use crate::error::Result;
use crate::silver::decode::Columns;
use crate::silver::open::OpenFile;

/// A row: (batch, row in it).
pub(crate) type Pick = (usize, usize);

/// The picked rows of `batches`, which have all columns, sorted by (created_at, uri).
pub(crate) fn sorted(batches: &[RecordBatch], mut picks: Vec<Pick>) -> Result<RecordBatch> {
    let views = batches.iter().map(Columns::of).collect::<Result<Vec<_>>>()?;
    let key = |pick: &Pick| (views[pick.0].created(pick.1), views[pick.0].uri(pick.1));
    picks.sort_by(|a, b| key(a).cmp(&key(b)));
    let schema = batches[0].schema();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for at in 0..schema.fields().len() {
        let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
        columns.push(interleave(&arrays, &picks)?);
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// The whole file's rows, sorted.
pub(crate) fn in_order(file: &OpenFile) -> Result<RecordBatch> {
    let batches = (0..file.groups.len()).map(|group| file.group(group)).collect::<Result<Vec<_>>>()?;
    let picks = batches.iter().enumerate().flat_map(|(at, batch)| (0..batch.num_rows()).map(move |row| (at, row)));
    let picks = picks.collect();
    sorted(&batches, picks)
}

/// The columns of a row group that differ once its rows are replaced by those of `new`, by position in the schema.
///
/// `rows` are, for each row of `new`, its position in the group and the row that it replaces.
pub(crate) fn patched(
    source: &OpenFile,
    group: usize,
    rows: &[(usize, &(Arc<RecordBatch>, usize))],
    new: &RecordBatch,
) -> Result<Vec<Option<ArrayRef>>> {
    let differs = |at: usize| {
        let mut pairs = rows.iter().enumerate();
        pairs.any(|(i, (_, (stored, row)))| stored.column(at).slice(*row, 1) != new.column(at).slice(i, 1))
    };
    let positions: Vec<usize> = (0..new.num_columns()).filter(|at| differs(*at)).collect();
    let mut columns = vec![None; new.num_columns()];
    if positions.is_empty() {
        return Ok(columns);
    }
    let mut picks: Vec<Pick> = (0..source.rows_of(group)).map(|row| (0, row)).collect();
    for (i, (row, _)) in rows.iter().enumerate() {
        picks[*row] = (1, i);
    }
    let old = source.columns(group, positions.iter().copied())?;
    for (at, column) in positions.into_iter().zip(old.columns()) {
        columns[at] = Some(interleave(&[column.as_ref(), new.column(at).as_ref()], &picks)?);
    }
    Ok(columns)
}
