//! Imported advertising spend: `{date, channel, spend}` a line, spend in major units of US dollars.

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

/// Reads an object of spend.
pub(crate) fn read(key: &str, body: &[u8], rejected: &mut Vec<Rejected>) -> Vec<SpendRow> {
    let mut rows = Vec::new();
    for (number, line) in lines(body) {
        match row(line) {
            Some(row) => rows.push(row),
            None => rejected.push(refused("invalid_spend", key, number, line, String::new())),
        }
    }
    rows
}

fn row(line: &[u8]) -> Option<SpendRow> {
    let record: Record<'_> = serde_json::from_slice(line).ok()?;
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
