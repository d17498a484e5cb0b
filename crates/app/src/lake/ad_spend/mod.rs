//! Reads posted advertising spend, JSON or CSV.

mod columns;
mod entry;
mod error;
mod recorded;
#[cfg(test)]
mod tests;
mod together;

use serde::Deserialize;
use serde_json::Value;

use self::columns::Columns;
use self::entry::{day, tidy};
use self::error::FAULTS_MAX;
use self::together::together;
use crate::ports::SpendEntry;

pub use self::error::SpendError;
pub use self::recorded::{RecordError, same_currency};

/// Rows of one post: bounds the memory and the time of one commit.
pub const ROWS_MAX: usize = 100_000;

/// The rows that can be used, each with its place, and what is wrong with the others.
struct Reading {
    unit: &'static str,
    rows: Vec<(usize, SpendEntry)>,
    faults: Vec<String>,
}

impl Reading {
    fn of(unit: &'static str) -> Self {
        Self {
            unit,
            rows: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Takes what was read at a place. `false`: there is no need to read on.
    fn take(&mut self, place: usize, read: Result<SpendEntry, String>) -> bool {
        match read.and_then(tidy) {
            Ok(entry) => self.rows.push((place, entry)),
            Err(why) => self.faults.push(format!("{} {place}: {why}", self.unit)),
        }
        self.rows.len() <= ROWS_MAX && self.faults.len() < FAULTS_MAX
    }

    /// The rows, if nothing is wrong with any of them.
    fn end(mut self) -> Result<Vec<SpendEntry>, SpendError> {
        if self.rows.len() > ROWS_MAX {
            let many = format!("the post has too many rows; at most {ROWS_MAX}");
            return Err(SpendError::one(many));
        }
        self.faults.extend(together(self.unit, &self.rows));
        self.faults.truncate(FAULTS_MAX);
        if self.faults.is_empty() {
            return Ok(self.rows.into_iter().map(|(_, row)| row).collect());
        }
        Err(SpendError {
            faults: self.faults,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedRow {
    day: String,
    channel: String,
    #[serde(default)]
    campaign: Option<String>,
    amount_minor: i64,
    currency: String,
}

impl PostedRow {
    fn read(value: Value) -> Result<SpendEntry, String> {
        let row: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(SpendEntry {
            day: day(&row.day)?,
            channel: row.channel,
            campaign: row.campaign,
            amount_minor: row.amount_minor,
            currency: row.currency,
        })
    }
}

/// Reads `[{day, channel, campaign, amount_minor, currency}]` or `{"rows": [...]}`.
///
/// # Errors
/// [`SpendError`] names the rows, from 1.
pub fn from_json(body: &[u8]) -> Result<Vec<SpendEntry>, SpendError> {
    let value: Value = serde_json::from_slice(&bookpath_vendors::readable(body))
        .map_err(|e| SpendError::one(format!("the body is no JSON: {e}")))?;
    let rows = match value {
        Value::Array(rows) => Some(rows),
        Value::Object(mut object) if object.len() == 1 => match object.remove("rows") {
            Some(Value::Array(rows)) => Some(rows),
            _ => None,
        },
        _ => None,
    };
    let rows = rows.ok_or_else(|| {
        SpendError::one("expected an array of {day, channel, campaign, amount_minor, currency}, or {\"rows\": [...]}")
    })?;
    let mut reading = Reading::of("row");
    for (place, row) in rows.into_iter().enumerate() {
        if !reading.take(place + 1, PostedRow::read(row)) {
            break;
        }
    }
    reading.end()
}

/// Reads CSV (RFC 4180, UTF-8) with the header `day,channel,campaign,amount_minor,currency` in any order.
///
/// # Errors
/// [`SpendError`] names the lines, from 1, and where it can the columns.
pub fn from_csv(body: &[u8]) -> Result<Vec<SpendEntry>, SpendError> {
    let text = utf8(body)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns = Columns::read(&header)?;
    let mut reading = Reading::of("line");
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        if !reading.take(line, columns.entry(&header, &record)) {
            break;
        }
    }
    reading.end()
}

fn unreadable(error: csv::Error) -> SpendError {
    SpendError::one(format!("the CSV can't be read: {error}"))
}

/// The text without its byte order mark.
fn utf8(body: &[u8]) -> Result<&str, SpendError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let line = 1 + body[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        SpendError::one(format!(
            "line {line}: the CSV is not UTF-8; save it as \"CSV UTF-8\""
        ))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
