//! Imported advertising spend: `{date, channel, spend}` a line, spend in major units of US dollars.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::lines;
use super::rejected::{Rejected, refused};
use crate::silver::spend::SpendRow;

#[derive(Deserialize)]
struct Record<'a> {
    date: String,
    channel: String,
    #[serde(borrow)]
    spend: &'a RawValue,
}

/// Reads an object of spend. A day and channel that come twice in it are refused, each line of them: which of them
/// counts, or whether they add up, is not known.
pub(crate) fn read(key: &str, body: &[u8], rejected: &mut Vec<Rejected>) -> Vec<SpendRow> {
    let read: Vec<_> = lines(body)
        .map(|(at, line)| (at, line, row(line)))
        .collect();
    let mut times: HashMap<(Date, &str), usize> = HashMap::new();
    for row in read.iter().filter_map(|(_, _, row)| row.as_ref()) {
        *times.entry((row.day, &row.channel)).or_default() += 1;
    }
    let once = |row: &SpendRow| times.get(&(row.day, row.channel.as_str())) == Some(&1);
    let mut rows = Vec::new();
    for (number, line, row) in &read {
        match row.as_ref().filter(|row| once(row)) {
            Some(row) => rows.push(row.clone()),
            None => rejected.push(refused("invalid_spend", key, *number, line, String::new())),
        }
    }
    rows
}

fn row(line: &[u8]) -> Option<SpendRow> {
    let record: Record<'_> = serde_json::from_slice(line).ok()?;
    Some(SpendRow {
        day: record.date.parse().ok()?,
        channel: Some(record.channel.trim())
            .filter(|channel| !channel.is_empty())?
            .to_owned(),
        campaign: None,
        amount_minor: minor_units(record.spend.get().trim_matches('"'))
            .filter(|minor| *minor >= 0)?,
        currency: "USD".to_owned(),
    })
}

/// A decimal in major units as hundredths, half away from zero.
fn minor_units(text: &str) -> Option<i64> {
    use rust_decimal::prelude::ToPrimitive as _;
    use rust_decimal::{Decimal, RoundingStrategy};
    let amount: Decimal = text
        .parse()
        .or_else(|_| Decimal::from_scientific(text))
        .ok()?;
    let hundredths = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    hundredths
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_channel_that_come_twice_are_refused_and_the_rest_is_read() {
        let body = br#"{"date":"2026-03-02","channel":"google","spend":1}
{"date":"2026-03-03","channel":"google","spend":0.1}
{"date":"2026-03-03","channel":"google","spend":0.2}
{"date":"2026-03-03","channel":"facebook","spend":-3}"#;
        let mut rejected = Vec::new();
        let rows = read("spend.json", body, &mut rejected);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].amount_minor, 100);
        assert_eq!(rejected.len(), 3);
    }

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
