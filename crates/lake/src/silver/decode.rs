//! Columns of `silver.invitees` back to packed rows.

use arrow::array::{
    Array, AsArray, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};

use crate::error::{LakeError, Result};
use crate::hash::{hash_name, hash64};
use crate::row::{Head, Rows, field};
use crate::silver::hidden::Hidden;
use crate::time::NO_TIME;

// Positions in the schema.
pub(crate) const URI_COLUMN: usize = 0;
pub(crate) const CREATED_COLUMN: usize = 8;
pub(crate) const START_COLUMN: usize = 15;
pub(crate) const END_COLUMN: usize = 16;
pub(crate) const CHAIN_COLUMN: usize = 37;
pub(crate) const ATTENDANCE_COLUMN: usize = 38;
const STATUS: usize = 5;
const UPDATED: usize = 9;
const RESCHEDULED: usize = 11;
const EVENT_CREATED: usize = 17;
const SOURCE: usize = 39;

/// Column of each packed string.
const FIELD_COLUMNS: [(usize, usize); field::COUNT] = [
    (field::URI, URI_COLUMN),
    (field::EMAIL, 1),
    (field::NAME, 2),
    (field::FIRST_NAME, 3),
    (field::LAST_NAME, 4),
    (field::TIMEZONE, 6),
    (field::PHONE, 7),
    (field::EVENT_NAME, 12),
    (field::EVENT_STATUS, 13),
    (field::EVENT_TYPE, 14),
    (field::LOCATION_TYPE, 18),
    (field::JOIN_URL, 19),
    (field::UTM_CAMPAIGN, 20),
    (field::UTM_SOURCE, 21),
    (field::UTM_MEDIUM, 22),
    (field::UTM_CONTENT, 23),
    (field::UTM_TERM, 24),
    (field::CHANNEL, 25),
    (field::EVENT_URI, 32),
    (field::HOST_EMAIL, 33),
    (field::HOST_NAME, 34),
    (field::OLD_INVITEE, 35),
    (field::NEW_INVITEE, 36),
    (field::RAW_SHA256, 42),
];

/// Typed views of a batch with all columns of `silver.invitees`.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    batch: &'a RecordBatch,
    strings: Vec<&'a StringArray>,
    attendance: &'a StringArray,
    rescheduled: &'a BooleanArray,
}

fn string_column(batch: &RecordBatch, at: usize) -> Result<&StringArray> {
    batch
        .column(at)
        .as_string_opt::<i32>()
        .ok_or_else(|| LakeError::internal(format!("column {at} is not a string")))
}

/// Values of a timestamp column.
fn micros(batch: &RecordBatch, at: usize, row: usize) -> i64 {
    batch
        .column(at)
        .as_primitive_opt()
        .map_or(NO_TIME, |times| micros_of(times, row))
}

/// One value of a timestamp column, [`NO_TIME`] if there is none.
pub(crate) fn micros_of(times: &TimestampMicrosecondArray, row: usize) -> i64 {
    if times.is_null(row) {
        NO_TIME
    } else {
        times.value(row)
    }
}

impl<'a> Columns<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self> {
        let mut strings = Vec::with_capacity(field::COUNT);
        for (_, at) in FIELD_COLUMNS {
            strings.push(string_column(batch, at)?);
        }
        let attendance = string_column(batch, ATTENDANCE_COLUMN)?;
        let rescheduled = batch
            .column(RESCHEDULED)
            .as_boolean_opt()
            .ok_or_else(|| LakeError::internal("rescheduled is not a boolean"))?;
        Ok(Self {
            batch,
            strings,
            attendance,
            rescheduled,
        })
    }

    pub(crate) fn uri(&self, row: usize) -> &'a str {
        self.strings[field::URI].value(row)
    }

    pub(crate) fn created(&self, row: usize) -> i64 {
        micros(self.batch, CREATED_COLUMN, row)
    }

    fn string(&self, at: usize, row: usize) -> Result<&'a str> {
        Ok(string_column(self.batch, at)?.value(row))
    }

    /// The columns that time and chains decide: (chain_id, attendance, attendance_source).
    pub(crate) fn decided(&self, row: usize) -> Result<(&'a str, &'a str, &'a str)> {
        Ok((
            self.string(CHAIN_COLUMN, row)?,
            self.attendance.value(row),
            self.string(SOURCE, row)?,
        ))
    }

    /// Appends the row to `rows`.
    pub(crate) fn push_row(
        &self,
        row: usize,
        hidden: Option<&Hidden>,
        rows: &mut Rows,
    ) -> Result<()> {
        let mut texts = [""; field::COUNT];
        for ((at, _), column) in FIELD_COLUMNS.iter().zip(&self.strings) {
            if !column.is_null(row) {
                texts[*at] = column.value(row);
            }
        }
        let mut head = Head::new(hash64(texts[field::URI]));
        head.created = self.created(row);
        head.updated = micros(self.batch, UPDATED, row);
        head.start = micros(self.batch, START_COLUMN, row);
        head.end = micros(self.batch, END_COLUMN, row);
        head.event_created = micros(self.batch, EVENT_CREATED, row);
        head.canceled = self.string(STATUS, row)? == "canceled";
        head.rescheduled = self.rescheduled.value(row);
        if head.canceled {
            // Only early or late matters, and the column says which.
            head.canceled_at = if self.attendance.value(row) == "canceled_late" {
                head.start
            } else {
                head.start - 1
            };
        }
        if let Some(hidden) = hidden {
            head.marked = hidden.marked;
            head.unmarked = hidden.unmarked;
            head.no_show_set = hidden.no_show_set;
        }
        head.names = [
            hash_name(texts[field::OLD_INVITEE]),
            hash_name(texts[field::NEW_INVITEE]),
        ];
        rows.push(head, &texts);
        Ok(())
    }
}
