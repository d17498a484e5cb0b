//! Months as the unit in which a run narrows its work.

use std::collections::BTreeSet;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ident, lit};
use jiff::civil::Date;

use crate::error::{LakeError, Result};
use crate::table::month_of_each;
use crate::table::rewrite::Rewrite;
use crate::time::days;
use bookpath_models::{ColumnType, Model};

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

/// The rows of the files that were read, of these months or all, file by file.
pub(super) fn stored(
    table: &Rewrite,
    months_wanted: Option<&BTreeSet<String>>,
) -> Result<Vec<RecordBatch>> {
    let mut found = Vec::new();
    for batch in table.loaded() {
        match (&table.table.model.spec.scope, months_wanted) {
            (Some(scope), Some(wanted)) => {
                let months = month_of_each(batch, scope)?;
                let mask: BooleanArray = months
                    .into_iter()
                    .map(|m| Some(m.is_some_and(|m| wanted.contains(&m))))
                    .collect();
                found.push(filter_record_batch(batch, &mask)?);
            }
            _ => found.push(batch.clone()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_models::Catalog;

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
