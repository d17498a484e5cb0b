//! The months that rows lie in.

use std::collections::BTreeSet;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Date32Type};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::rows;
use crate::error::{LakeError, Result};

/// `YYYY-MM` of each row by a column of dates or of months; a NULL has none.
pub(crate) fn month_of_each(batch: &RecordBatch, column: &str) -> Result<Vec<Option<String>>> {
    let column = rows::column(batch, column)?;
    if column.data_type() == &DataType::Utf8 {
        return Ok(column
            .as_string::<i32>()
            .iter()
            .map(|month| month.map(str::to_owned))
            .collect());
    }
    let column = column.as_primitive::<Date32Type>();
    let month = |day: i32| {
        let date = Date::constant(1970, 1, 1).checked_add(day.days());
        date.map(|date| date.strftime("%Y-%m").to_string())
            .map_err(LakeError::internal)
    };
    (0..column.len())
        .map(|row| {
            column
                .is_valid(row)
                .then(|| month(column.value(row)))
                .transpose()
        })
        .collect()
}

/// The months that rows lie in.
pub(crate) fn months_of(rows: &RecordBatch, column: &str) -> Result<BTreeSet<String>> {
    Ok(month_of_each(rows, column)?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, StringArray};

    use super::*;

    #[test]
    fn months_come_from_dates_and_from_months() {
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(20_513), None, Some(20_512)]));
        let names: ArrayRef = Arc::new(StringArray::from(vec!["2026-03", "2026-03", "2026-04"]));
        let rows = RecordBatch::try_from_iter([("d", dates), ("m", names)]).unwrap();
        assert_eq!(
            months_of(&rows, "d").unwrap(),
            BTreeSet::from(["2026-02".to_owned(), "2026-03".to_owned()])
        );
        assert_eq!(
            months_of(&rows, "m").unwrap(),
            BTreeSet::from(["2026-03".to_owned(), "2026-04".to_owned()])
        );
        assert!(months_of(&rows, "x").is_err());
    }
}
