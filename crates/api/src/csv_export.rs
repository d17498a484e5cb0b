//! Rows as a CSV file that a spreadsheet shows and never runs.

use bookpath_app::ports::TableRow;
use serde_json::Value;

/// Characters that begin a formula, also in full width.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// RFC 4180 with a header; a text that a spreadsheet would run as a formula begins with an apostrophe. Numbers
/// stay numbers. No rows: an empty file.
///
/// # Errors
/// [`csv::Error`]: a bug, because memory takes every row.
pub(crate) fn to_csv(rows: &[TableRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if let Some(first) = rows.first() {
        writer.write_record(first.keys())?;
    }
    for row in rows {
        writer.write_record(row.values().map(cell))?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.trim_start_matches(' ').starts_with(FORMULA) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(text: &str) -> String {
        let row = TableRow::from_iter([
            ("a".to_owned(), Value::from(text)),
            ("b".to_owned(), Value::from(-3)),
            ("c".to_owned(), Value::Null),
        ]);
        String::from_utf8(to_csv(&[row]).unwrap()).unwrap()
    }

    #[test]
    fn quotes_and_disarms() {
        for (text, cell) in [
            ("x, \"y\"", "\"x, \"\"y\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1 415", "'+1 415"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(exported(text), format!("a,b,c\r\n{cell},-3,\r\n"));
        }
        assert!(to_csv(&[]).unwrap().is_empty());
    }
}
