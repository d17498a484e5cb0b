//! All rows of a table against the rows that it shall hold, file by file.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{BooleanArray, DynComparator, RecordBatch, make_comparator};
use arrow::compute::{SortOptions, filter_record_batch};

use super::Rewrite;
use crate::error::Result;
use crate::table::layout::sorted;
use crate::table::rows::column;

impl Rewrite {
    /// Reads the files whose rows do not lie among `rows` just as they are, one after the other, and gives the rows that
    /// none of the other files has. `rows` are all that the table shall hold, one per key.
    pub(crate) async fn load_differing(&mut self, rows: RecordBatch) -> Result<RecordBatch> {
        if self.slots.is_empty() {
            return Ok(rows);
        }
        let rows = sorted(self.table.model, rows)?;
        let mut held: Vec<Range<usize>> = Vec::new();
        for at in 0..self.slots.len() {
            self.load_slot(at).await?;
            let Some(stored) = &self.slots[at].loaded else {
                continue;
            };
            let same = self.lies_in(&rows, stored)?;
            let is_new = |range: &Range<usize>| {
                let apart =
                    |other: &Range<usize>| range.end <= other.start || other.end <= range.start;
                held.iter().all(apart)
            };
            if let Some(range) = same.filter(is_new) {
                held.push(range);
                self.slots[at].loaded = None;
            }
        }
        if held.is_empty() {
            return Ok(rows);
        }
        let mut left = vec![true; rows.num_rows()];
        for range in held {
            left[range].fill(false);
        }
        Ok(filter_record_batch(&rows, &BooleanArray::from(left))?)
    }

    /// Where `stored` lies in `rows`, both in the order of the table's files, with equal content.
    fn lies_in(&self, rows: &RecordBatch, stored: &RecordBatch) -> Result<Option<Range<usize>>> {
        let count = stored.num_rows();
        if count == 0 {
            return Ok(None);
        }
        let start = self.first_from(rows, stored)?;
        if start + count > rows.num_rows() {
            return Ok(None);
        }
        for name in self.comparer.content_columns() {
            let among = column(rows, name)?.slice(start, count);
            if &among != column(stored, name)? {
                return Ok(None);
            }
        }
        Ok(Some(start..start + count))
    }

    /// The first of `rows` that does not come before the first row of `stored`.
    fn first_from(&self, rows: &RecordBatch, stored: &RecordBatch) -> Result<usize> {
        let spec = &self.table.model.spec;
        let compared = spec.sort.iter().chain(&spec.key).map(|name| {
            let (left, right) = (column(rows, name)?, column(stored, name)?);
            Ok(make_comparator(left, right, SortOptions::default())?)
        });
        let compared = compared.collect::<Result<Vec<DynComparator>>>()?;
        let comes_before = |row: usize| {
            let mut orders = compared.iter().map(|compare| compare(row, 0));
            orders.find(|order| order.is_ne()) == Some(Ordering::Less)
        };
        let (mut from, mut until) = (0, rows.num_rows());
        while from < until {
            let middle = from.midpoint(until);
            if comes_before(middle) {
                from = middle + 1;
            } else {
                until = middle;
            }
        }
        Ok(from)
    }
}
