//! The tables whose rows are what forms and the CRM told last: every telling goes in by key, in any order, any number
//! of times.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::TimestampMicrosecondType;
use bookpath_models::Catalog;
use futures::future::try_join_all;

use crate::error::Result;
use crate::lake::Lake;
use crate::table::Table;
use crate::table::layout::places;
use crate::table::registers::{Register, fold};
use crate::table::rewrite::Rewrite;
use crate::table::rows::{Keys, column};

/// A table and the registers of its rows.
struct Shape {
    table: &'static str,
    registers: &'static [Register],
    /// Columns whose greatest value is the version of a row that is told in parts; none for rows that are told whole.
    versions: &'static [&'static str],
}

/// Of a form a submitted response is newer than a partial one, which has no `submitted_at`. `contact_id` is no telling:
/// it stays what it is.
const SHAPES: [Shape; 5] = [
    Shape {
        table: "silver.form_responses",
        registers: &[
            &[
                "submitted_at",
                "landed_at",
                "raw_sha256",
                "partial",
                "form_id",
                "email",
                "phone",
                "name",
                "utm_source",
                "utm_medium",
                "utm_campaign",
                "utm_content",
                "utm_term",
                "channel",
                "campaign",
                "invitee_uri",
            ],
            &["contact_id"],
        ],
        versions: &[],
    },
    Shape {
        table: "silver.crm_leads",
        registers: &[
            &[
                "snapshot_at",
                "event_id",
                "raw_sha256",
                "name",
                "status",
                "owner_id",
                "source",
                "tags",
                "created_at",
            ],
            &["deleted_at"],
            &["merged_at", "merged_into"],
        ],
        versions: &["snapshot_at", "deleted_at", "merged_at"],
    },
    Shape {
        table: "silver.crm_contacts",
        registers: &[
            &[
                "snapshot_at",
                "event_id",
                "raw_sha256",
                "lead_id",
                "name",
                "emails",
                "phones",
                "created_at",
            ],
            &["deleted_at"],
        ],
        versions: &["snapshot_at", "deleted_at"],
    },
    Shape {
        table: "silver.opportunities",
        registers: &[
            &[
                "event_id",
                "raw_sha256",
                "deleted",
                "user_id",
                "status",
                "value_minor",
                "date_won",
                "date_lost",
                "confidence",
                "lead_id",
                "crm_contact_id",
                "cash_minor",
                "currency",
                "created_at",
            ],
            &["contact_id"],
        ],
        versions: &[],
    },
    Shape {
        table: "silver.calls",
        registers: &[
            &[
                "snapshot_at",
                "event_id",
                "raw_sha256",
                "lead_id",
                "crm_contact_id",
                "user_id",
                "at",
                "outcome",
            ],
            &["kind"],
            &["deleted_at"],
            &["contact_id"],
        ],
        versions: &["snapshot_at", "deleted_at"],
    },
];

/// The tables of a run.
pub(super) struct Told(Vec<(&'static Shape, Rewrite, u64)>);

impl Told {
    /// No tables: the batch has no rows for them.
    pub(super) const fn untouched() -> Self {
        Self(Vec::new())
    }

    /// Begins with the tables as they are, or, without `keep`, with empty ones.
    pub(super) async fn begin(lake: &Lake, keep: bool) -> Result<Self> {
        let catalog = Catalog::get()?;
        let models = SHAPES.iter().map(|shape| catalog.find(shape.table));
        let models = models.collect::<std::result::Result<Vec<_>, _>>()?;
        let tables = models.into_iter().map(|model| Table::open(lake, model));
        let tables = try_join_all(tables).await?;
        let begin = |(shape, table)| Ok((shape, Rewrite::begin(table, None, keep)?, 0));
        let begun = SHAPES.iter().zip(tables).map(begin);
        Ok(Self(begun.collect::<Result<_>>()?))
    }

    /// Puts tellings in.
    pub(super) async fn take_in(&mut self, told: &[(&'static str, RecordBatch)]) -> Result<()> {
        for (shape, table, rows_read) in &mut self.0 {
            let news = told.iter().filter(|(name, _)| *name == shape.table);
            for (_, rows) in news.filter(|(_, rows)| rows.num_rows() > 0) {
                *rows_read += rows.num_rows() as u64;
                table.load(&places(table.table.model, rows)?).await?;
                let stored = table.stored(&table.comparer.key_set(rows)?)?;
                let all = concat_batches(&rows.schema(), [rows, &stored])?;
                let folded = fold(&table.comparer, shape.registers, &all)?;
                let folded = judged(folded, shape.versions)?;
                table.apply(&folded, &Keys::new()).await?;
            }
        }
        Ok(())
    }

    /// The tables with the number of rows that were read for each.
    pub(super) fn tables(&mut self) -> impl Iterator<Item = (&mut Rewrite, u64)> {
        self.0.iter_mut().map(|(_, table, read)| (table, *read))
    }
}

/// The rows with the version and the end of what they tell: a deletion counts from its version on, and withdraws an
/// outcome.
fn judged(rows: RecordBatch, versions: &[&str]) -> Result<RecordBatch> {
    if versions.is_empty() {
        return Ok(rows);
    }
    let schema = rows.schema();
    let times = |name: &str| -> Result<TimestampMicrosecondArray> {
        Ok(column(&rows, name)?
            .as_primitive::<TimestampMicrosecondType>()
            .clone())
    };
    let tellings = versions
        .iter()
        .map(|name| times(name))
        .collect::<Result<Vec<_>>>()?;
    let value = |times: &TimestampMicrosecondArray, row: usize| {
        times.is_valid(row).then(|| times.value(row))
    };
    let (snapshot, deletion) = (times("snapshot_at")?, times("deleted_at")?);
    let all = 0..rows.num_rows();
    let newest = |row: usize| tellings.iter().filter_map(|times| value(times, row)).max();
    let version: TimestampMicrosecondArray = all.clone().map(newest).collect();
    let gone = |row: usize| {
        let end = value(&deletion, row);
        end.is_some() && end >= value(&snapshot, row)
    };
    let deleted: BooleanArray = all.clone().map(|row| Some(gone(row))).collect();
    let mut columns = rows.columns().to_vec();
    columns[schema.index_of("version_at")?] = Arc::new(version.with_timezone("UTC")) as ArrayRef;
    if let Ok(outcome) = schema.index_of("outcome") {
        let told = rows.column(outcome).as_string::<i32>();
        let kept =
            |row: usize| (told.is_valid(row) && !deleted.value(row)).then(|| told.value(row));
        let kept: StringArray = all.map(kept).collect();
        columns[outcome] = Arc::new(kept);
    }
    columns[schema.index_of("deleted")?] = Arc::new(deleted);
    Ok(RecordBatch::try_new(schema, columns)?)
}
