//! Rows of several batches of `silver.invitees` as one, and the columns of a row group that a change touches.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::interleave;

use crate::error::{LakeError, Result};
use crate::silver::decode::Columns;
use crate::silver::file::Layout;
use crate::silver::open::OpenFile;

/// A row: (batch, row in it).
pub(crate) type Pick = (usize, usize);

/// Rows of several batches, which have all columns, on their way into one.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    batches: Vec<RecordBatch>,
    picks: Vec<Pick>,
}

impl Pieces {
    /// Adds the rows of a batch but those at the positions `without`.
    pub(crate) fn add(&mut self, batch: RecordBatch, without: &[usize]) {
        let number = self.batches.len();
        let rows = (0..batch.num_rows()).filter(|row| !without.contains(row));
        self.picks.extend(rows.map(|row| (number, row)));
        self.batches.push(batch);
    }

    /// The rows by the row group of `source` that they belong to; a full last group takes no more at its end.
    pub(crate) fn by_group(
        &self,
        source: &OpenFile,
        layout: Layout,
    ) -> Result<BTreeMap<usize, Vec<Pick>>> {
        let views = self.views()?;
        let groups = &source.groups[..source.in_order()];
        let mut found: BTreeMap<usize, Vec<Pick>> = BTreeMap::new();
        for (batch, row) in &self.picks {
            let created = views[*batch].created(*row);
            let group = groups
                .partition_point(|(lo, _)| *lo <= created)
                .saturating_sub(1);
            let behind = group + 1 == groups.len()
                && created > groups[group].1
                && source.rows_of(group) >= layout.group_rows;
            found
                .entry(if behind { group + 1 } else { group })
                .or_default()
                .push((*batch, *row));
        }
        Ok(found)
    }

    /// Some of its rows.
    pub(crate) fn only(&self, picks: Vec<Pick>) -> Self {
        Self {
            batches: self.batches.clone(),
            picks,
        }
    }

    /// All rows as one batch, sorted by (created_at, uri).
    pub(crate) fn sorted(&self) -> Result<RecordBatch> {
        let views = self.views()?;
        let mut picks = self.picks.clone();
        picks.sort_by_key(|(batch, row)| (views[*batch].created(*row), views[*batch].uri(*row)));
        let schema = self
            .batches
            .first()
            .ok_or_else(|| LakeError::internal("no rows to sort"))?
            .schema();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for at in 0..schema.fields().len() {
            let arrays: Vec<&dyn Array> = self
                .batches
                .iter()
                .map(|batch| batch.column(at).as_ref())
                .collect();
            columns.push(interleave(&arrays, &picks)?);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    fn views(&self) -> Result<Vec<Columns<'_>>> {
        self.batches.iter().map(Columns::of).collect()
    }
}

/// The whole file's rows, sorted.
pub(crate) fn in_order(file: &OpenFile) -> Result<RecordBatch> {
    let mut pieces = Pieces::default();
    for group in 0..file.groups.len() {
        pieces.add(file.group(group)?, &[]);
    }
    pieces.sorted()
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
        pairs.any(|(i, (_, (stored, row)))| {
            stored.column(at).slice(*row, 1) != new.column(at).slice(i, 1)
        })
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
        columns[at] = Some(interleave(
            &[column.as_ref(), new.column(at).as_ref()],
            &picks,
        )?);
    }
    Ok(columns)
}
