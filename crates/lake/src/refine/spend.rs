//! What was spent on advertising: revisions in `silver.ad_spend`, the newest one in the state.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Date32Type, Int64Type};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{LakeError, Result};
use crate::refine::read::{Rejected, lines};
use crate::refine::state::{RefineState, Spend};
use crate::schema::Table;
use crate::time::parse_date;

/// One row of spend to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendRow {
    /// A day of the reporting zone.
    pub day: jiff::civil::Date,
    /// Marketing channel.
    pub channel: String,
    /// `None` for spend that belongs to no campaign.
    pub campaign: Option<String>,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// What became of the rows of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendReport {
    /// Rows of the call.
    pub accepted: u64,
    /// Rows that gave a new revision.
    pub changed: u64,
    /// Rows that say what was known already.
    pub unchanged: u64,
}

/// Days since 1970-01-01.
pub(crate) fn date_days(date: jiff::civil::Date) -> i32 {
    crate::time::days_of(date.year().into(), date.month().into(), date.day().into()).unwrap_or(0)
}

#[derive(Deserialize)]
struct SpendRecord<'a> {
    date: String,
    channel: String,
    #[serde(borrow)]
    spend: &'a RawValue,
}

/// Reads an imported spend object: `{date, channel, spend}` a line, spend in major units of US dollars.
pub(crate) fn read_spend(key: &str, bytes: &[u8], rejected: &mut Vec<Rejected>) -> Vec<SpendRow> {
    let mut rows = Vec::new();
    for (at, (_, line)) in lines(bytes).enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match spend_row(line) {
            Some(row) => rows.push(row),
            None => rejected.push(Rejected {
                reason: "invalid_spend",
                object: key.to_owned(),
                line: i32::try_from(at + 1).unwrap_or(i32::MAX),
                record: crate::row::cut(&String::from_utf8_lossy(line), 65_536).to_owned(),
                raw_sha256: String::new(),
            }),
        }
    }
    rows
}

fn spend_row(line: &[u8]) -> Option<SpendRow> {
    let record: SpendRecord<'_> = serde_json::from_slice(line).ok()?;
    parse_date(&record.date)?;
    Some(SpendRow {
        day: record.date.parse().ok()?,
        channel: record.channel,
        campaign: None,
        amount_minor: minor_units(record.spend.get().trim_matches('"'))?,
        currency: "USD".to_owned(),
    })
}

/// A decimal in major units as hundredths, half away from zero.
fn minor_units(text: &str) -> Option<i64> {
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().ok()?;
        return minor_units(&format!("{value:.6}"));
    }
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let digit = |at: usize| {
        fraction
            .as_bytes()
            .get(at)
            .map_or(0, |b| i64::from(b - b'0'))
    };
    let minor = whole
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(digit(0) * 10 + digit(1) + i64::from(digit(2) >= 5))?;
    Some(if negative { -minor } else { minor })
}

/// Applies rows to the state; returns the new revisions.
pub(crate) fn apply(state: &mut RefineState, rows: &[SpendRow]) -> (SpendReport, Vec<Spend>) {
    let mut report = SpendReport {
        accepted: rows.len() as u64,
        ..SpendReport::default()
    };
    let mut revisions = Vec::new();
    let mut places: HashMap<(i32, String, String), usize> = state
        .spend
        .iter()
        .enumerate()
        .map(|(at, s)| ((s.day, s.channel.clone(), s.campaign.clone()), at))
        .collect();
    let change = state.spend_change + 1;
    for row in rows {
        let day = date_days(row.day);
        let campaign = row.campaign.clone().unwrap_or_default();
        let key = (day, row.channel.clone(), campaign.clone());
        let place = places.get(&key).copied();
        let before = place.map(|at| &state.spend[at]);
        if before.is_some_and(|s| s.amount_minor == row.amount_minor && s.currency == row.currency)
        {
            report.unchanged += 1;
            continue;
        }
        report.changed += 1;
        let spend = Spend {
            day,
            channel: row.channel.clone(),
            campaign,
            amount_minor: row.amount_minor,
            currency: row.currency.clone(),
            revision: before.map_or(1, |s| s.revision + 1),
            change,
        };
        revisions.push(spend.clone());
        match place {
            Some(at) => state.spend[at] = spend,
            None => {
                places.insert(key, state.spend.len());
                state.spend.push(spend);
            }
        }
    }
    if !revisions.is_empty() {
        state.spend_change = change;
    }
    (report, revisions)
}

/// Whether the state has a revision for the row's key.
pub(crate) fn is_known(state: &RefineState, row: &SpendRow) -> bool {
    let key = (
        date_days(row.day),
        row.channel.as_str(),
        row.campaign.as_deref().unwrap_or_default(),
    );
    state
        .spend
        .iter()
        .any(|s| (s.day, s.channel.as_str(), s.campaign.as_str()) == key)
}

/// Adds the rows of `silver.ad_spend` to what is known; the newest revision of each key stays.
pub(crate) fn recover(known: &mut Vec<Spend>, batch: &RecordBatch) -> Result<()> {
    let damaged = || LakeError::state(Table::AdSpend.path(), "columns of another type");
    let text = |at: usize| batch.column(at).as_string_opt::<i32>().ok_or_else(damaged);
    let long = |at: usize| {
        batch
            .column(at)
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(damaged)
    };
    let days = batch
        .column(0)
        .as_primitive_opt::<Date32Type>()
        .ok_or_else(damaged)?;
    let (channels, campaigns, amounts, currencies, revisions) =
        (text(1)?, text(2)?, long(3)?, text(4)?, long(5)?);
    for row in 0..batch.num_rows() {
        let spend = Spend {
            day: days.value(row),
            channel: channels.value(row).to_owned(),
            campaign: if campaigns.is_null(row) {
                String::new()
            } else {
                campaigns.value(row).to_owned()
            },
            amount_minor: amounts.value(row),
            currency: currencies.value(row).to_owned(),
            revision: revisions.value(row),
            change: 1,
        };
        match known.iter_mut().find(|s| {
            (s.day, &s.channel, &s.campaign) == (spend.day, &spend.channel, &spend.campaign)
        }) {
            Some(newer) if newer.revision >= spend.revision => {}
            Some(older) => *older = spend,
            None => known.push(spend),
        }
    }
    Ok(())
}

/// The rows of `silver.ad_spend` for new revisions.
pub(crate) fn batch(revisions: &[Spend], now: i64) -> Result<RecordBatch> {
    let campaign = |s: &Spend| (!s.campaign.is_empty()).then(|| s.campaign.clone());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from_iter_values(
            revisions.iter().map(|s| s.day),
        )),
        Arc::new(StringArray::from_iter_values(
            revisions.iter().map(|s| &s.channel),
        )),
        Arc::new(StringArray::from_iter(revisions.iter().map(campaign))),
        Arc::new(Int64Array::from_iter_values(
            revisions.iter().map(|s| s.amount_minor),
        )),
        Arc::new(StringArray::from_iter_values(
            revisions.iter().map(|s| &s.currency),
        )),
        Arc::new(Int64Array::from_iter_values(
            revisions.iter().map(|s| s.revision),
        )),
        Arc::new(TimestampMicrosecondArray::from_value(now, revisions.len()).with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(
        Table::AdSpend.arrow_schema(),
        columns,
    )?)
}

#[cfg(test)]
mod tests {
    use super::minor_units;

    #[test]
    fn major_units_are_read_exactly() {
        for (text, minor) in [
            ("200", Some(20_000)),
            ("1.005", Some(101)),
            ("0.29", Some(29)),
            ("-1.115", Some(-112)),
            ("1e2", Some(10_000)),
            ("x", None),
        ] {
            assert_eq!(minor_units(text), minor, "{text}");
        }
    }
}
