//! Months as the unit in which a run narrows its work.

use std::collections::BTreeSet;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{DataType, Date32Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ident, lit};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::error::{LakeError, Result};
use crate::schema::ArrowSchema as _;
use crate::table::rewrite::Rewrite;
use crate::table::rows;
use crate::time::days;
use bookpath_models::{ColumnType, Model};

/// `YYYY-MM` of each row by a column of dates or of months; a NULL has none.
fn months(batch: &RecordBatch, column: &str) -> Result<Vec<Option<String>>> {
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
    Ok(months(rows, column)?.into_iter().flatten().collect())
}

/// The condition that a row lies in one of these months.
pub(super) fn condition(model: &Model, months: &BTreeSet<String>) -> Result<Expr> {
    let scope = model.spec.scope.as_deref().unwrap_or_default();
    let column = ident(scope);
    if model
        .column(scope)
        .is_some_and(|c| c.ty == ColumnType::String)
    {
        return Ok(column.in_list(months.iter().map(|m| lit(m.as_str())).collect(), false));
    }
    let mut any = lit(false);
    for month in months {
        let first: Date = format!("{month}-01").parse().map_err(LakeError::internal)?;
        let last = first.last_of_month();
        let day = |date: Date| lit(ScalarValue::Date32(Some(days(date))));
        any = any.or(column.clone().between(day(first), day(last)));
    }
    Ok(any)
}

/// The stored rows of these months, or all.
pub(super) async fn stored(
    table: &mut Rewrite,
    months_wanted: Option<&BTreeSet<String>>,
) -> Result<RecordBatch> {
    table.load_where(|_| true).await?;
    let model = table.table.model;
    let mut found = Vec::new();
    for batch in table.loaded() {
        match (&model.spec.scope, months_wanted) {
            (Some(scope), Some(wanted)) => {
                let months = months(batch, scope)?;
                let mask: BooleanArray = months
                    .into_iter()
                    .map(|m| Some(m.is_some_and(|m| wanted.contains(&m))))
                    .collect();
                found.push(filter_record_batch(batch, &mask)?);
            }
            _ => found.push(batch.clone()),
        }
    }
    Ok(concat_batches(&model.schema(), &found)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, StringArray};

    use super::*;
    use bookpath_models::Catalog;

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

    #[test]
    fn a_month_of_days_ends_with_its_last_day() {
        let model = Catalog::get()
            .unwrap()
            .find("gold.cost_per_booking")
            .unwrap();
        let condition = condition(model, &BTreeSet::from(["2024-02".to_owned()])).unwrap();
        assert!(condition.to_string().contains("2024-02-29"), "{condition}");
    }
}
