//! Several events of an invitee as one row (X3, X4): its newest snapshot, and the newest of what each event tells besides.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::take;
use arrow::datatypes::TimestampMicrosecondType;

use crate::error::Result;
use crate::table::registers::{Groups, ranks};
use crate::table::rows::{Comparer, column};

/// What compares snapshots, the most important first.
const SNAPSHOT: [&str; 4] = [
    "invitee_updated_at",
    "invitee_canceled",
    "snapshot_no_show",
    "payload_sha256",
];

/// Columns that are told apart from the snapshot: the greatest value holds.
const GREATEST: [&str; 3] = ["no_show_marked_at", "no_show_unmarked_at", "crm_outcome"];

/// The delivery of the newest mark.
const MARK: &str = "mark_sha256";

/// One row for each invitee. Of snapshots that compare as equal the first one holds.
pub(super) fn newest(comparer: &Comparer, rows: RecordBatch) -> Result<RecordBatch> {
    let keys = comparer.keys(&rows)?;
    let groups = Groups::new(&keys);
    if groups.count() == rows.num_rows() {
        return Ok(rows);
    }
    let columns = |names: &[&str]| -> Result<Vec<ArrayRef>> {
        let columns = names.iter().map(|name| column(&rows, name).cloned());
        columns.collect()
    };
    let snapshot = groups.greatest(&ranks(&columns(&SNAPSHOT)?)?);
    let fields = rows.schema_ref().fields().iter();
    let picked = fields.zip(rows.columns()).map(|(field, column)| {
        let name = field.name().as_str();
        let of = if GREATEST.contains(&name) {
            groups.greatest(&ranks(std::slice::from_ref(column))?)
        } else if name == MARK {
            groups.greatest(&ranks(&[marked_at(&rows)?, column.clone()])?)
        } else {
            return Ok(take(column, &snapshot, None)?);
        };
        Ok(take(column, &of, None)?)
    });
    let picked = picked.collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(rows.schema(), picked)?)
}

/// When each row was marked or unmarked last.
fn marked_at(rows: &RecordBatch) -> Result<ArrayRef> {
    let times = |name: &str| -> Result<&TimestampMicrosecondArray> {
        Ok(column(rows, name)?.as_primitive::<TimestampMicrosecondType>())
    };
    let (marked, unmarked) = (times("no_show_marked_at")?, times("no_show_unmarked_at")?);
    let value = |times: &TimestampMicrosecondArray, row: usize| {
        times.is_valid(row).then(|| times.value(row))
    };
    let newest = (0..rows.num_rows()).map(|row| value(marked, row).max(value(unmarked, row)));
    Ok(Arc::new(newest.collect::<TimestampMicrosecondArray>()))
}

#[cfg(test)]
mod tests {
    use bookpath_models::{Catalog, Model};

    use super::*;
    use crate::table::batch::{BatchBuilder, Cell};

    /// (uri, name, updated, marked, unmarked, delivery of the mark).
    type Event<'a> = (&'a str, &'a str, i64, Option<i64>, Option<i64>, &'a str);

    fn model() -> &'static Model {
        Catalog::get().unwrap().find("silver.invitees").unwrap()
    }

    fn rows(events: &[Event<'_>]) -> RecordBatch {
        let mut rows = BatchBuilder::new(model());
        for (uri, name, updated, marked, unmarked, mark) in events {
            let cells = [
                ("invitee_uri", Cell::Text(uri)),
                ("invitee_name", Cell::Text(name)),
                ("invitee_updated_at", Cell::Time(*updated)),
                ("no_show_marked_at", Cell::time(*marked)),
                ("no_show_unmarked_at", Cell::time(*unmarked)),
                ("mark_sha256", Cell::Text(mark)),
            ];
            rows.push_named(&cells).unwrap();
        }
        rows.finish().unwrap()
    }

    #[test]
    fn the_newest_snapshot_and_the_newest_marks_hold_in_any_order() {
        let comparer = Comparer::new(model()).unwrap();
        let mut events: [Event<'_>; 4] = [
            ("a", "old", 1, Some(5), None, "m5"),
            ("a", "new", 3, None, None, ""),
            ("a", "between", 2, None, Some(7), "u7"),
            ("b", "alone", 9, None, None, ""),
        ];
        for _ in 0..events.len() {
            events.rotate_left(1);
            let found = newest(&comparer, rows(&events)).unwrap();
            let mut expected = [
                ("a", "new", 3, Some(5), Some(7), "u7"),
                ("b", "alone", 9, None, None, ""),
            ];
            if events[0].0 == "b" {
                expected.reverse();
            }
            assert_eq!(found, rows(&expected), "{events:?}");
        }
    }

    #[test]
    fn of_equal_snapshots_the_first_one_holds() {
        let comparer = Comparer::new(model()).unwrap();
        let events = [
            ("a", "read again", 1, None, None, ""),
            ("a", "stored", 1, None, None, ""),
        ];
        let found = newest(&comparer, rows(&events)).unwrap();
        assert_eq!(found, rows(&events[..1]));
    }
}
