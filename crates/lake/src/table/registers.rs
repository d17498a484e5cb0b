//! Several tellings of one thing as one row: of columns that are told together the newest telling counts.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array, new_null_array};
use arrow::compute::take;
use arrow::row::{Row, RowConverter, Rows, SortField};

use super::rows::{Comparer, column};
use crate::error::Result;

/// Columns that are told together. Tellings are compared by them in this order, so those that date a telling come
/// first; NULL is the oldest. At equal dates the greater content counts, so that no order of arrival matters.
pub(crate) type Register = &'static [&'static str];

/// One row for each key of `rows`; columns that are neither of the key nor of a register are NULL.
pub(crate) fn fold(
    comparer: &Comparer,
    registers: &[Register],
    rows: &RecordBatch,
) -> Result<RecordBatch> {
    let keys = comparer.keys(rows)?;
    let groups = Groups::new(&keys);
    let mut picked: HashMap<&str, UInt64Array> = HashMap::new();
    for register in registers {
        let columns = register.iter().map(|name| column(rows, name).cloned());
        let newest = groups.greatest(&ranks(&columns.collect::<Result<Vec<_>>>()?)?);
        picked.extend(register.iter().map(|name| (*name, newest.clone())));
    }
    let any = UInt64Array::from_iter_values(groups.first.iter().copied());
    picked.extend(comparer.key_columns().map(|name| (name, any.clone())));
    let schema = rows.schema();
    let columns = schema.fields().iter().map(|field| -> Result<ArrayRef> {
        match picked.get(field.name().as_str()) {
            Some(rows_of) => Ok(take(column(rows, field.name())?, rows_of, None)?),
            None => Ok(new_null_array(field.data_type(), groups.first.len())),
        }
    });
    Ok(RecordBatch::try_new(
        Arc::clone(&schema),
        columns.collect::<Result<Vec<_>>>()?,
    )?)
}

/// What compares rows by columns, the first one counting most; NULL is least.
pub(crate) fn ranks(columns: &[ArrayRef]) -> Result<Rows> {
    let fields = columns
        .iter()
        .map(|c| SortField::new(c.data_type().clone()));
    Ok(RowConverter::new(fields.collect())?.convert_columns(columns)?)
}

/// Rows by key, in the order in which the keys come.
pub(crate) struct Groups {
    /// Group of each row.
    of: Vec<usize>,
    /// First row of each group.
    first: Vec<u64>,
}

impl Groups {
    pub(crate) fn new(keys: &Rows) -> Self {
        let mut numbers: HashMap<Row<'_>, usize> = HashMap::with_capacity(keys.num_rows());
        let mut groups = Self {
            of: Vec::with_capacity(keys.num_rows()),
            first: Vec::new(),
        };
        for (row, key) in keys.iter().enumerate() {
            let next = groups.first.len();
            let group = *numbers.entry(key).or_insert(next);
            if group == next {
                groups.first.push(row as u64);
            }
            groups.of.push(group);
        }
        groups
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.first.len()
    }

    /// The row of each group that ranks highest, of equal ones the first.
    pub(crate) fn greatest(&self, ranks: &Rows) -> UInt64Array {
        let mut best: Vec<Option<usize>> = vec![None; self.first.len()];
        for (row, group) in self.of.iter().enumerate() {
            if best[*group].is_none_or(|held| ranks.row(held) < ranks.row(row)) {
                best[*group] = Some(row);
            }
        }
        best.into_iter()
            .map(|row| row.map(|row| row as u64))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use bookpath_models::Catalog;

    use super::*;
    use crate::table::batch::{BatchBuilder, Cell};

    /// (lead, name, snapshot, deleted), the last two in microseconds.
    type Told = (&'static str, &'static str, Option<i64>, Option<i64>);

    fn rows(tellings: &[Told]) -> RecordBatch {
        let model = Catalog::get().unwrap().find("silver.crm_leads").unwrap();
        let mut rows = BatchBuilder::new(model);
        for (lead, name, snapshot, deleted) in tellings {
            let cells = model.spec.columns.iter().map(|c| match c.name.as_str() {
                "lead_id" => Cell::Text(lead),
                "name" => Cell::Text(name),
                "snapshot_at" => Cell::time(*snapshot),
                "deleted_at" => Cell::time(*deleted),
                _ => Cell::Null,
            });
            rows.push(&cells.collect::<Vec<_>>()).unwrap();
        }
        rows.finish().unwrap()
    }

    #[test]
    fn each_register_keeps_its_newest_telling_in_any_order() {
        let registers: [Register; 2] = [&["snapshot_at", "name"], &["deleted_at"]];
        let comparer =
            Comparer::new(Catalog::get().unwrap().find("silver.crm_leads").unwrap()).unwrap();
        let mut tellings: [Told; 4] = [
            ("a", "old", Some(1), None),
            ("a", "", None, Some(5)),
            ("a", "new", Some(2), None),
            ("a", "same day", Some(2), None),
        ];
        for _ in 0..tellings.len() {
            tellings.rotate_left(1);
            let folded = fold(&comparer, &registers, &rows(&tellings)).unwrap();
            assert_eq!(
                folded,
                rows(&[("a", "same day", Some(2), Some(5))]),
                "{tellings:?}"
            );
        }
        let two = rows(&[("b", "x", None, None), ("a", "y", None, None)]);
        assert_eq!(fold(&comparer, &registers, &two).unwrap().num_rows(), 2);
    }
}
