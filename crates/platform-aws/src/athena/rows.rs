//! Cells of an answer: the service sends every one as text.

use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{ColumnInfo, Row};
use bookpath_app::ports::TableRow;
use serde_json::Value;

use super::{Answer, QueryError};

/// Appends a page's rows; the first row of a page with a `header` names the columns.
pub(super) fn append(
    answer: &mut Answer,
    page: GetQueryResultsOutput,
    header: bool,
) -> Result<(), QueryError> {
    let Some(set) = page.result_set else {
        return Ok(());
    };
    let columns = set
        .result_set_metadata
        .and_then(|meta| meta.column_info)
        .unwrap_or_default();
    if answer.columns.is_empty() {
        answer.columns = columns.iter().map(|column| column.name.clone()).collect();
    }
    for row in set
        .rows
        .unwrap_or_default()
        .into_iter()
        .skip(usize::from(header))
    {
        answer.rows.push(typed(&columns, row)?);
    }
    Ok(())
}

fn typed(columns: &[ColumnInfo], row: Row) -> Result<TableRow, QueryError> {
    let mut cells = row.data.unwrap_or_default().into_iter();
    let mut typed = TableRow::new();
    for column in columns {
        let value = match cells.next().and_then(|cell| cell.var_char_value) {
            None => Value::Null,
            Some(text) => cell(&column.r#type, text).ok_or_else(|| {
                QueryError::Unavailable(format!(
                    "column {} holds what is no {}",
                    column.name, column.r#type
                ))
            })?,
        };
        typed.insert(column.name.clone(), value);
    }
    Ok(typed)
}

/// One cell; `None` when the text is not of its type. Decimals stay text, so that no digit is lost; so do numbers
/// that JSON has no notation for.
fn cell(of: &str, text: String) -> Option<Value> {
    Some(match of {
        "tinyint" | "smallint" | "integer" | "bigint" => Value::from(text.parse::<i64>().ok()?),
        "boolean" => Value::from(text.parse::<bool>().ok()?),
        "float" | "real" | "double" => {
            let number: f64 = text.parse().ok()?;
            if number.is_finite() {
                Value::from(number)
            } else {
                Value::from(text)
            }
        }
        _ => Value::from(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_get_their_types() {
        let of = |of: &str, text: &str| cell(of, text.to_owned());
        assert_eq!(
            of("bigint", "9007199254740993"),
            Some(json!(9_007_199_254_740_993_i64))
        );
        assert_eq!(of("integer", "1.5"), None);
        assert_eq!(of("boolean", "true"), Some(json!(true)));
        assert_eq!(of("double", "1.0E-2"), Some(json!(0.01)));
        assert_eq!(of("double", "NaN"), Some(json!("NaN")));
        assert_eq!(
            of("decimal", "12345678901234567890.10"),
            Some(json!("12345678901234567890.10"))
        );
        assert_eq!(of("date", "2026-03-01"), Some(json!("2026-03-01")));
        assert_eq!(of("varchar", ""), Some(json!("")));
    }
}
