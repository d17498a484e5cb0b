//! Data files of `silver.invitees`, written: rows sorted by (invitee_created_at, invitee_uri) in small row groups.
//!
//! A changed row re-encodes those columns of its row group that changed, and every other column and group is copied as
//! the bytes it is. Rows that come later than those around them stay in a small row group of their own behind the
//! others, until there are a few such groups: to encode one row costs a fraction of encoding it among hundreds.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};

use crate::error::Result;
use crate::hash::HashedMap;
use crate::schema::Table;
use crate::silver::hidden::{FileHidden, Hidden};
use crate::silver::open::OpenFile;
use crate::silver::outline::Outline;
use crate::time::{DAY_US, NO_TIME};

/// How rows of `silver.invitees` are laid out in files.
///
/// A changed row costs its whole file, and rows change while they are young: an invitee cancels, moves, comes or does
/// not. So recent rows lie in small files, which the nightly sweep puts together once they are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Rows of a row group when it is written; a group that grows to more than twice this is split.
    pub group_rows: usize,
    /// Days before the newest row in which a file is recent.
    pub recent_days: u16,
    /// Rows of a recent file; the last file takes no rows that come after all others once it has this many.
    pub recent_rows: usize,
    /// Smaller files that are no longer recent are put together.
    pub file_rows_min: usize,
    /// A file that reached this many rows ends at the next row group.
    pub file_rows_max: usize,
    /// Row groups of rows that came late that a file may have; the next one puts them all in their place.
    pub late_groups_max: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            group_rows: 512,
            recent_days: 14,
            recent_rows: 256,
            file_rows_min: 4_096,
            file_rows_max: 16_384,
            late_groups_max: 4,
        }
    }
}

impl Layout {
    /// Whether a file whose last row was created at `hi` is recent beside the table's `newest` (microseconds).
    pub(crate) fn is_recent(&self, hi: i64, newest: i64) -> bool {
        newest.saturating_sub(hi) < i64::from(self.recent_days) * DAY_US
    }

    /// Rows at which a file is full that ends at `hi` now.
    pub(crate) fn full_at(&self, hi: i64, newest: i64) -> usize {
        if self.is_recent(hi, newest) {
            self.recent_rows * 2
        } else {
            self.file_rows_max
        }
    }
}

/// Strings that hardly repeat: a dictionary would only cost.
const UNIQUE: [&str; 6] = [
    "invitee_uri",
    "invitee_email",
    "invitee_phone",
    "location_join_url",
    "event_uri",
    "chain_id",
];
/// Strings that compress. All others are a few values in a dictionary, or numbers: there a codec for each column of
/// each row group costs more than the bytes it saves (3 % of a file).
const WIDE: [&str; 9] = [
    "invitee_uri",
    "invitee_email",
    "invitee_name",
    "invitee_phone",
    "location_join_url",
    "event_uri",
    "old_invitee_uri",
    "new_invitee_uri",
    "chain_id",
];
const TIMES: [&str; 6] = [
    "invitee_created_at",
    "invitee_updated_at",
    "event_start_time",
    "event_end_time",
    "event_created_at",
    "raw_sha256",
];

/// How files of `silver.invitees` are written.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub(crate) schema: SchemaRef,
    pub(crate) layout: Layout,
    root: TypePtr,
    properties: WriterPropertiesPtr,
    /// Makes the writer of one column, by position: a patch needs few of them.
    columns: Arc<[ArrowRowGroupWriterFactory]>,
}

impl Format {
    pub(crate) fn new(layout: Layout) -> Result<Self> {
        let schema = Table::Invitees.arrow_schema();
        let root = ArrowSchemaConverter::new()
            .convert(&schema)?
            .root_schema_ptr();
        let mut properties = WriterProperties::builder()
            .set_created_by("bookpath".to_owned())
            .set_offset_index_disabled(true)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_column_statistics_enabled(
                ColumnPath::from("invitee_created_at"),
                EnabledStatistics::Chunk,
            )
            .set_column_statistics_enabled(
                ColumnPath::from("booking_date"),
                EnabledStatistics::Chunk,
            );
        for name in UNIQUE.into_iter().chain(TIMES) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        for name in WIDE {
            properties =
                properties.set_column_compression(ColumnPath::from(name), Compression::SNAPPY);
        }
        let properties = Arc::new(properties.build());
        let columns = schema
            .fields()
            .iter()
            .map(|field| column_factory(field, &properties))
            .collect::<Result<_>>()?;
        Ok(Self {
            schema,
            layout,
            root,
            properties,
            columns,
        })
    }
}

/// What makes writers of one column, as it would stand alone in a file.
fn column_factory(
    field: &FieldRef,
    properties: &WriterPropertiesPtr,
) -> Result<ArrowRowGroupWriterFactory> {
    let schema = Arc::new(Schema::new(vec![field.clone()]));
    let root = ArrowSchemaConverter::new()
        .convert(&schema)?
        .root_schema_ptr();
    let file = SerializedFileWriter::new(Vec::new(), root, properties.clone())?;
    Ok(ArrowRowGroupWriterFactory::new(&file, schema))
}

/// What the log and the state say about a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub rows: u64,
    /// Range of invitee_created_at.
    pub lo: i64,
    pub hi: i64,
    /// Earliest change by time alone, [`NO_TIME`] = never.
    pub next: i64,
}

/// Writes one data file into memory.
pub(crate) struct FileWriter {
    schema: SchemaRef,
    writer: SerializedFileWriter<Vec<u8>>,
    factory: ArrowRowGroupWriterFactory,
    columns: Arc<[ArrowRowGroupWriterFactory]>,
    groups: usize,
    hidden: FileHidden,
    extent: Extent,
}

impl FileWriter {
    pub(crate) fn new(format: &Format, bytes_expected: usize) -> Result<Self> {
        let writer = SerializedFileWriter::new(
            Vec::with_capacity(bytes_expected),
            format.root.clone(),
            format.properties.clone(),
        )?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, format.schema.clone());
        let extent = Extent {
            rows: 0,
            lo: i64::MAX,
            hi: i64::MIN,
            next: NO_TIME,
        };
        let (schema, columns) = (format.schema.clone(), format.columns.clone());
        Ok(Self {
            schema,
            writer,
            factory,
            columns,
            groups: 0,
            hidden: FileHidden::default(),
            extent,
        })
    }

    /// Encodes `batch` (sorted, not empty) as the next row group.
    pub(crate) fn encode(&mut self, batch: &RecordBatch, hidden: &HashedMap<Hidden>) -> Result<()> {
        let mut columns = self.factory.create_column_writers(self.groups)?;
        for ((column, array), field) in columns
            .iter_mut()
            .zip(batch.columns())
            .zip(self.schema.fields())
        {
            for leaf in compute_leaves(field, array)? {
                column.write(&leaf)?;
            }
        }
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            column.close()?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.note_outline(&Outline::of(batch)?, hidden);
        Ok(())
    }

    /// Copies a row group of another file as it is.
    pub(crate) fn copy(&mut self, source: &OpenFile, group: usize) -> Result<()> {
        let metadata = source.metadata.row_group(group);
        let mut target = self.writer.next_row_group()?;
        for column in metadata.columns() {
            target.append_column(&source.bytes, as_it_is(metadata, column))?;
        }
        target.close()?;
        let (lo, hi) = source.groups[group];
        let rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
        self.note(
            rows,
            lo,
            hi,
            source.hidden.next.get(group).copied().unwrap_or(NO_TIME),
        );
        Ok(())
    }

    /// Copies a row group of another file with some columns, by position in the schema, encoded anew. `outline` is that
    /// of the group as it is now.
    pub(crate) fn patch(
        &mut self,
        source: &OpenFile,
        group: usize,
        columns: &[Option<ArrayRef>],
        outline: &Outline,
        hidden: &HashedMap<Hidden>,
    ) -> Result<()> {
        let metadata = source.metadata.row_group(group);
        let mut target = self.writer.next_row_group()?;
        for (at, factory) in self.columns.iter().enumerate() {
            let Some(column) = columns.get(at).and_then(Option::as_ref) else {
                target.append_column(&source.bytes, as_it_is(metadata, metadata.column(at)))?;
                continue;
            };
            let leaves = compute_leaves(self.schema.field(at), column)?;
            for (mut writer, leaf) in factory
                .create_column_writers(self.groups)?
                .into_iter()
                .zip(&leaves)
            {
                writer.write(leaf)?;
                writer.close()?.append_to_row_group(&mut target)?;
            }
        }
        target.close()?;
        self.note_outline(outline, hidden);
        Ok(())
    }

    fn note_outline(&mut self, outline: &Outline, hidden: &HashedMap<Hidden>) {
        let next = outline
            .pending(hidden)
            .fold(NO_TIME, |next, (_, at)| earlier(next, at));
        self.note(
            outline.len() as u64,
            outline.created(0),
            outline.created(outline.len() - 1),
            next,
        );
    }

    fn note(&mut self, rows: u64, lo: i64, hi: i64, next: i64) {
        self.groups += 1;
        self.hidden.next.push(next);
        self.extent.rows += rows;
        self.extent.lo = self.extent.lo.min(lo);
        self.extent.hi = self.extent.hi.max(hi);
        self.extent.next = earlier(self.extent.next, next);
    }

    /// Rows written so far.
    pub(crate) fn rows(&self) -> usize {
        usize::try_from(self.extent.rows).unwrap_or(usize::MAX)
    }

    /// invitee_created_at of the last row so far.
    pub(crate) fn ends_at(&self) -> i64 {
        self.extent.hi
    }

    /// The whole file. `rows` are the hidden facts of its rows, the last `late` row groups are not in their place.
    pub(crate) fn finish(
        mut self,
        rows: HashedMap<Hidden>,
        late: usize,
    ) -> Result<(Bytes, Extent)> {
        self.hidden.rows = rows;
        self.hidden.late = late;
        for pair in self.hidden.encode() {
            self.writer.append_key_value_metadata(pair);
        }
        Ok((Bytes::from(self.writer.into_inner()?), self.extent))
    }
}

/// What a row group writer wants to know of a column chunk that is copied.
fn as_it_is(group: &RowGroupMetaData, column: &ColumnChunkMetaData) -> ColumnCloseResult {
    ColumnCloseResult {
        bytes_written: u64::try_from(column.compressed_size()).unwrap_or(0),
        rows_written: u64::try_from(group.num_rows()).unwrap_or(0),
        metadata: column.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    }
}

/// The earlier of two instants of which each may be [`NO_TIME`] (never).
pub(crate) fn earlier(a: i64, b: i64) -> i64 {
    match (a, b) {
        (NO_TIME, x) | (x, NO_TIME) => x,
        (a, b) => a.min(b),
    }
}
