//! Results on standard output: one JSON object for programs, tables and sentences for people.

use std::io::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use console::Term;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Common;
use crate::failure::Failure;

/// Prints a result: as one JSON object with `--json`, else what `words` makes of it.
pub(in crate::cli) fn print<T: Serialize>(
    common: &Common,
    result: &T,
    words: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let text = if common.json {
        serde_json::to_string(result)?
    } else {
        words(result)
    };
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

/// Rows below the names of their columns, two spaces apart. Columns of numbers are aligned to the right. On a terminal that is too narrow, cells wrap.
pub(in crate::cli) fn table<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> String {
    let columns: Vec<&str> = columns.into_iter().collect();
    let rows: Vec<Vec<Value>> = rows.into_iter().collect();
    let mut table = Table::new();
    table.load_preset(NOTHING);
    if let Some((_, width)) = Term::stdout().size_checked() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
    }
    table.set_header(&columns);
    table.add_rows(rows.iter().map(|row| row.iter().map(shown)));
    for (place, column) in table.column_iter_mut().enumerate() {
        let values = || rows.iter().filter_map(|row| row.get(place));
        if values().any(is_number) && values().all(|v| is_number(v) || v.is_null()) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let last = place + 1 == columns.len();
        column.set_padding((0, if last { 0 } else { 2 }));
    }
    trimmed(&table.to_string())
}

/// A sentence's count: `1 row`, `2 rows`.
pub(in crate::cli) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A duration in milliseconds: `340 ms`, `2.1 s`, `3 min 20 s`.
pub(in crate::cli) fn milliseconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// An amount in bytes: `512 B`, `3.4 MB`.
pub(in crate::cli) fn bytes(n: u64) -> String {
    indicatif::DecimalBytes(n).to_string()
}

fn is_number(value: &Value) -> bool {
    value.is_number()
        || value.as_str().is_some_and(|text| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Without the blanks that fill the last column.
fn trimmed(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_aligned_to_the_right_and_words_to_the_left() {
        let rows = [
            vec![json!("facebook"), json!(7), json!("0.50")],
            vec![json!("email"), json!(120), Value::Null],
        ];
        assert_eq!(
            table(["channel", "bookings", "usd"], rows),
            "channel   bookings   usd\n\
             facebook         7  0.50\n\
             email          120     -"
        );
    }

    #[test]
    fn durations_and_counts_read_like_sentences() {
        assert_eq!(milliseconds(999), "999 ms");
        assert_eq!(milliseconds(2_150), "2.1 s");
        assert_eq!(milliseconds(200_000), "3 min 20 s");
        assert_eq!(count(1, "row", "rows"), "1 row");
        assert_eq!(count(0, "row", "rows"), "0 rows");
    }
}
