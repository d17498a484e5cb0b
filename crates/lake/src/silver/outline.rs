//! The few columns of `silver.invitees` by which a row is found in a row group, and woken when its time comes.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::take;
use arrow::datatypes::TimestampMicrosecondType;

use crate::error::{LakeError, Result};
use crate::hash::{HashedMap, hash64};
use crate::silver::decode::{
    ATTENDANCE_COLUMN, CREATED_COLUMN, END_COLUMN, START_COLUMN, URI_COLUMN, micros_of,
};
use crate::silver::hidden::Hidden;

/// Those columns of a row group, sorted by (created, uri). Of the uris, which are most of a file, only hashes are kept.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    hashes: Arc<[u64]>,
    created: TimestampMicrosecondArray,
    start: TimestampMicrosecondArray,
    end: TimestampMicrosecondArray,
    attendance: StringArray,
}

impl Outline {
    /// Their positions in the schema.
    pub(crate) const COLUMNS: [usize; 5] = [
        URI_COLUMN,
        CREATED_COLUMN,
        START_COLUMN,
        END_COLUMN,
        ATTENDANCE_COLUMN,
    ];

    /// Of a batch with all columns.
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self> {
        Self::of_columns(|at| batch.column(Self::COLUMNS[at]))
    }

    /// Of a batch with these columns only.
    pub(crate) fn of_projected(batch: &RecordBatch) -> Result<Self> {
        Self::of_columns(|at| batch.column(at))
    }

    /// The same with some columns, by position in the schema, put in the place of others. Uris never change.
    pub(crate) fn with(&self, columns: &[Option<ArrayRef>]) -> Result<Self> {
        let old = self.times_and_attendance();
        let column = |at: usize| {
            columns
                .get(Self::COLUMNS[at])
                .and_then(Option::as_ref)
                .unwrap_or(&old[at - 1])
        };
        Self::of_parts(self.hashes.clone(), column)
    }

    /// Its columns but the uri at some rows.
    pub(crate) fn rows(&self, rows: &[usize]) -> Result<Vec<ArrayRef>> {
        let rows: UInt64Array = rows.iter().map(|row| *row as u64).collect();
        let columns = self.times_and_attendance();
        Ok(columns
            .iter()
            .map(|column| take(column, &rows, None))
            .collect::<std::result::Result<_, _>>()?)
    }

    fn times_and_attendance(&self) -> [ArrayRef; 4] {
        [
            Arc::new(self.created.clone()),
            Arc::new(self.start.clone()),
            Arc::new(self.end.clone()),
            Arc::new(self.attendance.clone()),
        ]
    }

    fn of_columns<'a>(column: impl Fn(usize) -> &'a ArrayRef) -> Result<Self> {
        let uris = column(0)
            .as_string_opt::<i32>()
            .ok_or_else(|| LakeError::internal("uris are not strings"))?;
        Self::of_parts(
            uris.iter()
                .map(|uri| hash64(uri.unwrap_or_default()))
                .collect(),
            column,
        )
    }

    fn of_parts<'a>(hashes: Arc<[u64]>, column: impl Fn(usize) -> &'a ArrayRef) -> Result<Self> {
        let wrong = || LakeError::internal("a column of the outline has another type");
        let time = |at: usize| {
            column(at)
                .as_primitive_opt::<TimestampMicrosecondType>()
                .cloned()
                .ok_or_else(wrong)
        };
        let attendance = column(4)
            .as_string_opt::<i32>()
            .cloned()
            .ok_or_else(wrong)?;
        Ok(Self {
            hashes,
            created: time(1)?,
            start: time(2)?,
            end: time(3)?,
            attendance,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn created(&self, row: usize) -> i64 {
        micros_of(&self.created, row)
    }

    /// The row whose uri has the hash `hash`, among those created at `created`.
    pub(crate) fn find(&self, hash: u64, created: i64) -> Option<usize> {
        self.rows_at(created).find(|row| self.hashes[*row] == hash)
    }

    fn rows_at(&self, created: i64) -> Range<usize> {
        let (mut lo, mut hi) = (0, self.len());
        while lo < hi {
            let mid = usize::midpoint(lo, hi);
            if self.created(mid) < created {
                lo = mid + 1
            } else {
                hi = mid
            }
        }
        let mut end = lo;
        while end < self.len() && self.created(end) == created {
            end += 1;
        }
        lo..end
    }

    /// Hash of a row's uri.
    pub(crate) fn hash(&self, row: usize) -> u64 {
        self.hashes[row]
    }

    /// (row, when its attendance changes by time alone) of every pending row.
    pub(crate) fn pending<'a>(
        &'a self,
        hidden: &'a HashedMap<Hidden>,
    ) -> impl Iterator<Item = (usize, i64)> + 'a {
        (0..self.len())
            .filter(|row| self.attendance.value(*row) == "pending")
            .map(|row| {
                let marked = !hidden.is_empty()
                    && hidden
                        .get(&self.hashes[row])
                        .is_some_and(|h| h.marked > h.unmarked);
                (
                    row,
                    micros_of(if marked { &self.start } else { &self.end }, row),
                )
            })
    }
}
