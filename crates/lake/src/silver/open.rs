//! A data file of `silver.invitees` in memory, read by row groups, rows and columns: no more is decoded than is asked for.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;

use crate::error::{LakeError, Result};
use crate::silver::decode::{CHAIN_COLUMN, CREATED_COLUMN, URI_COLUMN};
use crate::silver::hidden::FileHidden;
use crate::silver::outline::Outline;

/// A data file in memory.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) bytes: Bytes,
    pub(crate) metadata: Arc<ParquetMetaData>,
    reader: ArrowReaderMetadata,
    /// (first, last) invitee_created_at of each row group.
    pub(crate) groups: Vec<(i64, i64)>,
    pub(crate) hidden: FileHidden,
}

impl OpenFile {
    /// Reads the footer of a whole file.
    pub(crate) fn open(path: &str, bytes: Bytes) -> Result<Self> {
        let reader = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())?;
        let metadata = reader.metadata().clone();
        let hidden = FileHidden::decode(path, metadata.file_metadata().key_value_metadata())?;
        let mut groups = Vec::with_capacity(metadata.num_row_groups());
        for group in metadata.row_groups() {
            let range = match group.column(CREATED_COLUMN).statistics() {
                Some(Statistics::Int64(s)) => s.min_opt().copied().zip(s.max_opt().copied()),
                _ => None,
            };
            groups
                .push(range.ok_or_else(|| {
                    LakeError::state(path, "no statistics of invitee_created_at")
                })?);
        }
        if hidden.late > groups.len() {
            return Err(LakeError::state(
                path,
                "more late row groups than row groups",
            ));
        }
        Ok(Self {
            bytes,
            metadata,
            reader,
            groups,
            hidden,
        })
    }

    /// Row groups that follow one another in time; the others, after them, hold rows that came late.
    pub(crate) fn in_order(&self) -> usize {
        self.groups.len() - self.hidden.late
    }

    /// Rows of a row group.
    pub(crate) fn rows_of(&self, group: usize) -> usize {
        usize::try_from(self.metadata.row_group(group).num_rows()).unwrap_or(0)
    }

    /// Rows of the file.
    pub(crate) fn rows_total(&self) -> usize {
        usize::try_from(self.metadata.file_metadata().num_rows()).unwrap_or(0)
    }

    /// All columns of one row group.
    pub(crate) fn group(&self, group: usize) -> Result<RecordBatch> {
        self.read(group, ProjectionMask::all(), None)
    }

    /// Some columns of one row group, by position and in the order of the schema.
    pub(crate) fn columns(
        &self,
        group: usize,
        columns: impl IntoIterator<Item = usize>,
    ) -> Result<RecordBatch> {
        self.read(
            group,
            ProjectionMask::leaves(self.reader.parquet_schema(), columns),
            None,
        )
    }

    /// What finds and wakes the rows of one row group.
    pub(crate) fn outline(&self, group: usize) -> Result<Outline> {
        Outline::of_projected(&self.columns(group, Outline::COLUMNS)?)
    }

    /// All columns of some rows of one row group, by ascending position. What `outline`, that of the row group, has
    /// is not decoded again; nor are the chains of rows that are `alone`: such a row's chain is named by its own uri.
    pub(crate) fn rows(
        &self,
        group: usize,
        rows: &[usize],
        outline: &Outline,
        alone: bool,
    ) -> Result<RecordBatch> {
        let outlined = |at: usize| {
            Outline::COLUMNS[1..]
                .iter()
                .position(|column| *column == at)
        };
        let fields = self.reader.schema().fields().len();
        let others =
            (0..fields).filter(|at| outlined(*at).is_none() && !(alone && *at == CHAIN_COLUMN));
        let others = self.read(
            group,
            ProjectionMask::leaves(self.reader.parquet_schema(), others),
            Some(rows),
        )?;
        let own = outline.rows(rows)?;
        let mut rest = others.columns().iter();
        let columns = (0..fields).map(|at| match outlined(at) {
            Some(own_at) => Some(own[own_at].clone()),
            None if alone && at == CHAIN_COLUMN => Some(others.column(URI_COLUMN).clone()),
            None => rest.next().cloned(),
        });
        let columns: Option<Vec<ArrayRef>> = columns.collect();
        let columns = columns.ok_or_else(|| LakeError::internal("a column is missing"))?;
        Ok(RecordBatch::try_new(self.reader.schema().clone(), columns)?)
    }

    fn read(
        &self,
        group: usize,
        columns: ProjectionMask,
        rows: Option<&[usize]>,
    ) -> Result<RecordBatch> {
        let wanted = rows.map_or_else(|| self.rows_of(group), <[usize]>::len);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.bytes.clone(),
            self.reader.clone(),
        )
        .with_row_groups(vec![group])
        .with_projection(columns)
        .with_batch_size(wanted.max(1));
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows));
        }
        let batch = builder
            .build()?
            .next()
            .transpose()?
            .ok_or_else(|| LakeError::internal("a row group without rows"))?;
        if batch.num_rows() != wanted {
            return Err(LakeError::internal("a row group came in pieces"));
        }
        Ok(batch)
    }

    /// Row groups that may hold `created`.
    pub(crate) fn groups_of(&self, created: i64) -> impl Iterator<Item = usize> + '_ {
        let ranges = self.groups.iter().enumerate();
        ranges
            .filter(move |(_, (lo, hi))| (*lo..=*hi).contains(&created))
            .map(|(at, _)| at)
    }
}

/// Ascending positions as stretches to skip and to read.
fn selection(rows: &[usize]) -> RowSelection {
    let mut selectors = Vec::with_capacity(rows.len() * 2);
    let mut next = 0;
    for row in rows {
        if *row > next {
            selectors.push(RowSelector::skip(row - next));
        }
        selectors.push(RowSelector::select(1));
        next = row + 1;
    }
    selectors.into()
}
