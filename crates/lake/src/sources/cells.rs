//! Typed values of a batch's columns.

use arrow::array::{Array as _, AsArray as _, BooleanArray, Date32Array, Int32Array, Int64Array};
use arrow::array::{ListArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Date32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::error::Result;
use crate::table::rows::column;
use crate::time::instant;

/// A batch whose columns have the types of their model.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a>(pub(super) &'a RecordBatch);

impl<'a> Cells<'a> {
    pub(super) fn rows(self) -> std::ops::Range<usize> {
        0..self.0.num_rows()
    }

    pub(super) fn texts(self, name: &str) -> Result<Texts<'a>> {
        Ok(Texts(column(self.0, name)?.as_string::<i32>()))
    }

    pub(super) fn times(self, name: &str) -> Result<Times<'a>> {
        let column = column(self.0, name)?;
        Ok(Times(column.as_primitive::<TimestampMicrosecondType>()))
    }

    pub(super) fn flags(self, name: &str) -> Result<Flags<'a>> {
        Ok(Flags(column(self.0, name)?.as_boolean()))
    }

    pub(super) fn days(self, name: &str) -> Result<Days<'a>> {
        Ok(Days(column(self.0, name)?.as_primitive::<Date32Type>()))
    }

    pub(super) fn ints(self, name: &str) -> Result<Ints<'a>> {
        Ok(Ints(column(self.0, name)?.as_primitive::<Int32Type>()))
    }

    pub(super) fn longs(self, name: &str) -> Result<Longs<'a>> {
        Ok(Longs(column(self.0, name)?.as_primitive::<Int64Type>()))
    }

    pub(super) fn lists(self, name: &str) -> Result<Lists<'a>> {
        Ok(Lists(column(self.0, name)?.as_list::<i32>()))
    }
}

pub(super) struct Texts<'a>(&'a StringArray);

impl<'a> Texts<'a> {
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    pub(super) fn owned(&self, row: usize) -> Option<String> {
        self.get(row).map(str::to_owned)
    }

    /// The text of a column that has one in every row.
    pub(super) fn always(&self, row: usize) -> String {
        self.owned(row).unwrap_or_default()
    }
}

pub(super) struct Ints<'a>(&'a Int32Array);

impl Ints<'_> {
    pub(super) fn get(&self, row: usize) -> Option<i32> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

pub(super) struct Times<'a>(&'a TimestampMicrosecondArray);

impl Times<'_> {
    pub(super) fn get(&self, row: usize) -> Option<Timestamp> {
        self.0.is_valid(row).then(|| instant(self.0.value(row)))
    }

    /// The instant of a column that has one in every row.
    pub(super) fn always(&self, row: usize) -> Timestamp {
        self.get(row).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

pub(super) struct Flags<'a>(&'a BooleanArray);

impl Flags<'_> {
    pub(super) fn is_set(&self, row: usize) -> bool {
        self.0.is_valid(row) && self.0.value(row)
    }
}

pub(super) struct Days<'a>(&'a Date32Array);

impl Days<'_> {
    /// `None` also for a day outside of jiff's calendar, which only another writer can have put there.
    pub(super) fn get(&self, row: usize) -> Option<Date> {
        let days = self.0.is_valid(row).then(|| self.0.value(row))?;
        Date::constant(1970, 1, 1).checked_add(days.days()).ok()
    }
}

pub(super) struct Longs<'a>(&'a Int64Array);

impl Longs<'_> {
    /// 0 where there is none.
    pub(super) fn get(&self, row: usize) -> i64 {
        if self.0.is_valid(row) {
            self.0.value(row)
        } else {
            0
        }
    }
}

pub(super) struct Lists<'a>(&'a ListArray);

impl Lists<'_> {
    /// The texts of a list; none where there is no list.
    pub(super) fn get(&self, row: usize) -> Vec<String> {
        if self.0.is_null(row) {
            return Vec::new();
        }
        let items = self.0.value(row);
        items
            .as_string::<i32>()
            .iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    }
}
