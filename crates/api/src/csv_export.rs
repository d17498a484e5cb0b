//! Lists as CSV files. Texts that a spreadsheet would run as a formula are escaped.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::ports::TableRow;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::csv_columns::columns;
use crate::list::LIMIT_MAX;

/// Rows of a file that the store has to be paged for.
pub(crate) const STORE_ROWS_MAX: usize = 20_000;
/// Bytes of a file: a function on AWS answers no more than 6 MB.
const BYTES_MAX: usize = 5 << 20;
/// Characters that begin a formula, also in full width.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether `format=` asks for a file instead of JSON.
///
/// # Errors
/// 422 for anything but `json` and `csv`.
pub(crate) fn csv_asked(format: Option<&str>) -> Result<bool, Problem> {
    match format {
        None | Some("json") => Ok(false),
        Some("csv") => Ok(true),
        Some(other) => Err(Problem::invalid(format!(
            "format is `{other}`; it must be json or csv"
        ))),
    }
}

/// A file of a list: its name, and which columns hold dates. Their headers name the reporting zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CsvFile {
    /// Without `.csv`.
    pub(crate) name: &'static str,
    /// Columns with days or months of the reporting zone.
    pub(crate) days: &'static [&'static str],
    /// Columns with instants: they are shown with the reporting zone's offset.
    pub(crate) instants: &'static [&'static str],
}

impl CsvFile {
    /// The items as a file to download.
    ///
    /// # Errors
    /// As [`CsvFile::named`].
    pub(crate) fn file<T: Serialize + ToSchema>(
        &self,
        zone: &TimeZone,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Response, Problem> {
        self.named(self.name, zone, items)
    }

    /// The items as a file of another name.
    ///
    /// # Errors
    /// 422 `csv_too_large` for a file of more than 5 MiB; 500 for an item that is no object, which is a bug.
    pub(crate) fn named<T: Serialize + ToSchema>(
        &self,
        name: &str,
        zone: &TimeZone,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Response, Problem> {
        self.attached(name, columns::<T>(), zone, items)
    }

    /// Objects as a file; `columns` is its header where there are none.
    ///
    /// # Errors
    /// As [`CsvFile::named`].
    pub(crate) fn objects<T: Serialize>(
        &self,
        zone: &TimeZone,
        columns: Vec<String>,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Response, Problem> {
        self.attached(self.name, columns, zone, items)
    }

    fn attached<T: Serialize>(
        &self,
        name: &str,
        columns: Vec<String>,
        zone: &TimeZone,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Response, Problem> {
        let dated = |column| self.dated(zone, column, Value::Null).0;
        let columns: Vec<String> = columns.into_iter().map(dated).collect();
        let rows = items.into_iter().map(|item| self.row(zone, &item));
        let rows = rows.collect::<Result<Vec<TableRow>, Problem>>()?;
        let bytes = to_csv(&columns, &rows).map_err(Problem::internal)?;
        if bytes.len() > BYTES_MAX {
            return Err(too_large("5 MiB"));
        }
        Ok(attached(name, bytes))
    }

    /// An item as a flat row. Each column of an object in it has the object's name before its own.
    fn row<T: Serialize>(&self, zone: &TimeZone, item: &T) -> Result<TableRow, Problem> {
        let Value::Object(fields) = serde_json::to_value(item).map_err(Problem::internal)? else {
            return Err(Problem::internal("an item of a list is no object"));
        };
        let mut row = TableRow::new();
        for (name, value) in fields {
            match value {
                Value::Object(inner) => {
                    let dotted = |(own, value)| (format!("{name}.{own}"), flat(value));
                    row.extend(inner.into_iter().map(dotted));
                }
                value => {
                    let (name, value) = self.dated(zone, name, value);
                    row.insert(name, flat(value));
                }
            }
        }
        Ok(row)
    }

    /// A column of dates with the zone in its header.
    fn dated(&self, zone: &TimeZone, name: String, value: Value) -> (String, Value) {
        let instant = self.instants.contains(&name.as_str());
        if !instant && !self.days.contains(&name.as_str()) {
            return (name, value);
        }
        let header = format!("{name} ({})", zone.iana_name().unwrap_or("UTC"));
        let local = |text: &str| {
            let at: Timestamp = text.parse().ok()?;
            let at = at.to_zoned(zone.clone());
            Some(Value::from(
                at.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
            ))
        };
        let shown = value.as_str().filter(|_| instant).and_then(local);
        (header, shown.unwrap_or(value))
    }
}

/// Every item of a list that the store pages. `page` reads one: how many items at most, and where it begins.
///
/// # Errors
/// 422 `csv_too_large` for more than [`STORE_ROWS_MAX`] items; those of `page`.
pub(crate) async fn every<T, E, F>(
    mut page: impl FnMut(usize, Option<String>) -> F,
) -> Result<Vec<T>, Problem>
where
    F: Future<Output = Result<(Vec<T>, Option<String>), E>>,
    Problem: From<E>,
{
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let (items, next) = page(LIMIT_MAX, cursor).await?;
        all.extend(items);
        if all.len() > STORE_ROWS_MAX {
            return Err(too_large(&format!("{STORE_ROWS_MAX} rows")));
        }
        if next.is_none() {
            return Ok(all);
        }
        cursor = next;
    }
}

/// 422 `csv_too_large` for a file beyond `bound`.
pub(crate) fn too_large(bound: &str) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "csv_too_large",
        format!("the file would have more than {bound}; ask for less, or page through the list"),
    )
}

fn attached(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ),
    ];
    (headers, bytes).into_response()
}

/// RFC 4180 with a header: every column of any row, in the order in which they appear first. A text that a
/// spreadsheet would run as a formula begins with an apostrophe. Numbers stay numbers. Without rows the header has `columns`.
///
/// # Errors
/// [`csv::Error`]: a bug, because memory takes every row.
fn to_csv(columns: &[String], rows: &[TableRow]) -> Result<Vec<u8>, csv::Error> {
    let mut header = TableRow::new();
    let columns = columns.iter().filter(|_| rows.is_empty());
    for name in columns.chain(rows.iter().flat_map(TableRow::keys)) {
        if !header.contains_key(name) {
            header.insert(name.clone(), Value::Null);
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if !header.is_empty() {
        writer.write_record(header.keys().map(|name| disarmed(name)))?;
    }
    for row in rows {
        let cells = header
            .keys()
            .map(|name| row.get(name).map_or_else(String::new, cell));
        writer.write_record(cells)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// A list in a cell is a text with blanks between its parts; the values of an object in it stand between colons.
fn flat(value: Value) -> Value {
    let Value::Array(items) = value else {
        return value;
    };
    let plain = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = |item: &Value| match item {
        Value::Object(parts) => parts.values().map(plain).collect::<Vec<_>>().join(":"),
        other => plain(other),
    };
    Value::String(items.iter().map(text).collect::<Vec<_>>().join(" "))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => disarmed(text),
        other => other.to_string(),
    }
}

fn disarmed(text: &str) -> String {
    if text.trim_start_matches(' ').starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exported(text: &str) -> String {
        let row = TableRow::from_iter([
            ("a".to_owned(), Value::from(text)),
            ("b".to_owned(), Value::from(-3)),
            ("c".to_owned(), Value::Null),
        ]);
        String::from_utf8(to_csv(&[], &[row]).unwrap()).unwrap()
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
        assert!(to_csv(&[], &[]).unwrap().is_empty());
    }

    #[test]
    fn dates_are_of_the_zone_that_the_header_names() {
        let sheet = CsvFile {
            name: "x",
            days: &["day"],
            instants: &["at"],
        };
        let zone = TimeZone::get("America/New_York").unwrap();
        let items = [
            json!({ "day": "2026-03-01", "at": "2026-03-01T12:00:00Z", "who": { "id": "a" }, "n": [1, "b"] }),
            json!({ "day": null, "at": "2026-07-01T12:00:00.5Z", "more": "=1", "n": [{ "k": 1, "v": "x" }] }),
        ];
        let rows = items.iter().map(|item| sheet.row(&zone, item));
        let rows = rows.collect::<Result<Vec<_>, _>>().unwrap();
        let text = String::from_utf8(to_csv(&[], &rows).unwrap()).unwrap();
        assert_eq!(
            text,
            "day (America/New_York),at (America/New_York),who.id,n,more\r\n\
             2026-03-01,2026-03-01T07:00:00-05:00,a,1 b,\r\n\
             ,2026-07-01T08:00:00.5-04:00,,1:x,'=1\r\n"
        );
        assert!(sheet.row(&zone, &json!([1])).is_err());
    }

    #[test]
    fn a_file_has_an_end() {
        let sheet = CsvFile {
            name: "x",
            days: &[],
            instants: &[],
        };
        let long = json!({ "a": "x".repeat(1 << 20) });
        let file = |n: usize| sheet.objects(&TimeZone::UTC, Vec::new(), vec![&long; n]);
        assert!(file(4).is_ok());
        assert_eq!(file(6).unwrap_err().code, "csv_too_large");
    }

    #[tokio::test]
    async fn every_page_is_read_up_to_the_bound() {
        let upto = |last: usize| {
            move |limit: usize, cursor: Option<String>| async move {
                let from = cursor.map_or(0, |cursor| cursor.parse().unwrap());
                let items: Vec<usize> = (from..last).take(limit).collect();
                let next = from + items.len();
                Ok::<_, Problem>((items, (next < last).then(|| next.to_string())))
            }
        };
        let all = every(upto(2_500)).await.unwrap();
        assert_eq!(all, (0..2_500).collect::<Vec<_>>());
        assert_eq!(every(upto(20_000)).await.unwrap().len(), 20_000);
        let refused = every(upto(20_001)).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (422, "csv_too_large"));
    }
}
