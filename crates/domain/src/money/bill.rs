//! The cost report: metered quantities times unit prices, in exact decimals (X41).

use serde::Serialize;

use super::decimal::{Decimal, NotDecimal};
use super::prices::Prices;

/// What was metered in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub sms_parts: i64,
    pub lambda_requests: i64,
    /// Milliseconds times megabytes of memory, summed over the invocations.
    pub lambda_mb_ms: i128,
    pub step_functions_transitions: i64,
    pub dynamodb_writes: i64,
    pub dynamodb_reads: i64,
    pub kinesis_shard_hours: i64,
    pub s3_puts: i64,
    pub athena_bytes_scanned: i64,
    pub api_gateway_requests: i64,
}

impl Usage {
    /// Scales the use of `metered` appointments to `wanted` appointments, each quantity rounded half up. Shard hours stay
    /// the same, because a shard costs by the hour. `None` if nothing was metered.
    #[must_use]
    pub fn scaled(&self, wanted: u32, metered: i64) -> Option<Self> {
        let metered = i128::from(metered);
        if metered <= 0 {
            return None;
        }
        let all = |quantity: i128| (2 * quantity * i128::from(wanted) + metered) / (2 * metered);
        let one = |quantity: i64| i64::try_from(all(quantity.into())).unwrap_or(i64::MAX);
        Some(Self {
            sms_parts: one(self.sms_parts),
            lambda_requests: one(self.lambda_requests),
            lambda_mb_ms: all(self.lambda_mb_ms),
            step_functions_transitions: one(self.step_functions_transitions),
            dynamodb_writes: one(self.dynamodb_writes),
            dynamodb_reads: one(self.dynamodb_reads),
            kinesis_shard_hours: self.kinesis_shard_hours,
            s3_puts: one(self.s3_puts),
            athena_bytes_scanned: one(self.athena_bytes_scanned),
            api_gateway_requests: one(self.api_gateway_requests),
        })
    }
}

/// Hours of a month, as AWS counts them.
const MONTH_HOURS: i64 = 730;

/// What was metered, for how many bookings, on how many shards of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    pub usage: Usage,
    pub bookings: i64,
    pub shards: i64,
}

impl Metered {
    /// The use as it was metered; for `appointments` that of a month with so many.
    ///
    /// # Errors
    /// [`BillError::NothingMetered`] where there is nothing to scale.
    pub fn usage_for(&self, appointments: Option<u32>) -> Result<Usage, BillError> {
        let Some(appointments) = appointments else {
            return Ok(self.usage);
        };
        let scaled = self.usage.scaled(appointments, self.bookings);
        Ok(Usage {
            kinesis_shard_hours: MONTH_HOURS.saturating_mul(self.shards),
            ..scaled.ok_or(BillError::NothingMetered)?
        })
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillLine {
    pub service: &'static str,
    pub quantity: Decimal,
    pub unit: &'static str,
    pub unit_price: Decimal,
    /// Exact; a report prints it with two places.
    pub amount: Decimal,
}

/// The report. The total is the exact sum, not the sum of rounded lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bill {
    pub lines: Vec<BillLine>,
    pub total: Decimal,
}

/// The bill can't be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    #[error("[bill] {key}: {source}")]
    Price {
        key: &'static str,
        source: NotDecimal,
    },
    #[error("{0}: the amount is too great")]
    TooGreat(&'static str),
    #[error("no booking has been metered yet, so there is nothing to scale")]
    NothingMetered,
}

/// Megabyte-milliseconds in a gigabyte-second: a gigabyte is 1,024 megabytes here, as AWS bills.
const MB_MS_PER_GB_S: i128 = 1_024 * 1_000;
const MILLION: i128 = 1_000_000;
const TERABYTE: i128 = 1_000_000_000_000;

/// (service, metered, metered units in a priced unit, priced unit, key of the price, price).
type Row<'a> = (
    &'static str,
    i128,
    i128,
    &'static str,
    &'static str,
    &'a str,
);

/// Prices of running: Lambda and Step Functions.
fn computing<'a>(usage: &Usage, prices: &'a Prices) -> [Row<'a>; 3] {
    [
        (
            "lambda",
            usage.lambda_mb_ms,
            MB_MS_PER_GB_S,
            "GB-second",
            "lambda_gb_second_usd",
            &prices.lambda_gb_second_usd,
        ),
        (
            "lambda",
            usage.lambda_requests.into(),
            MILLION,
            "million requests",
            "lambda_million_requests_usd",
            &prices.lambda_million_requests_usd,
        ),
        (
            "step_functions",
            usage.step_functions_transitions.into(),
            MILLION,
            "million transitions",
            "step_functions_million_transitions_usd",
            &prices.step_functions_million_transitions_usd,
        ),
    ]
}

/// Prices of storing and reading: DynamoDB, Kinesis, S3, Athena.
fn storing<'a>(usage: &Usage, prices: &'a Prices) -> [Row<'a>; 5] {
    [
        (
            "dynamodb",
            usage.dynamodb_writes.into(),
            MILLION,
            "million writes",
            "dynamodb_million_writes_usd",
            &prices.dynamodb_million_writes_usd,
        ),
        (
            "dynamodb",
            usage.dynamodb_reads.into(),
            MILLION,
            "million reads",
            "dynamodb_million_reads_usd",
            &prices.dynamodb_million_reads_usd,
        ),
        (
            "kinesis",
            usage.kinesis_shard_hours.into(),
            1,
            "shard-hour",
            "kinesis_shard_hour_usd",
            &prices.kinesis_shard_hour_usd,
        ),
        (
            "s3",
            usage.s3_puts.into(),
            1_000,
            "thousand puts",
            "s3_thousand_puts_usd",
            &prices.s3_thousand_puts_usd,
        ),
        (
            "athena",
            usage.athena_bytes_scanned.into(),
            TERABYTE,
            "TB scanned",
            "athena_tb_scanned_usd",
            &prices.athena_tb_scanned_usd,
        ),
    ]
}

/// Prices of the outside: API Gateway and texts.
fn talking<'a>(usage: &Usage, prices: &'a Prices) -> [Row<'a>; 2] {
    [
        (
            "api_gateway",
            usage.api_gateway_requests.into(),
            MILLION,
            "million requests",
            "api_gateway_million_requests_usd",
            &prices.api_gateway_million_requests_usd,
        ),
        (
            "sms",
            usage.sms_parts.into(),
            1,
            "part",
            "sms_part_usd",
            &prices.sms_part_usd,
        ),
    ]
}

/// Multiplies usage and prices.
///
/// # Errors
/// A price that is no decimal, or an amount beyond what a decimal holds.
pub fn bill(usage: &Usage, prices: &Prices) -> Result<Bill, BillError> {
    let rows = computing(usage, prices).into_iter();
    let rows = rows
        .chain(storing(usage, prices))
        .chain(talking(usage, prices));
    let mut lines = Vec::new();
    for (service, metered, per, unit, key, price) in rows {
        let unit_price: Decimal = price
            .parse()
            .map_err(|source| BillError::Price { key, source })?;
        let quantity = Decimal::whole(1)
            .times_ratio(metered, per)
            .ok_or(BillError::TooGreat(service))?;
        let amount = unit_price
            .times_ratio(metered, per)
            .ok_or(BillError::TooGreat(service))?;
        lines.push(BillLine {
            service,
            quantity,
            unit,
            unit_price,
            amount,
        });
    }
    let total = lines
        .iter()
        .try_fold(Decimal::default(), |sum, line| sum.plus(line.amount));
    Ok(Bill {
        lines,
        total: total.ok_or(BillError::TooGreat("total"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(usage: &Usage, prices: &Prices, unit: &str) -> String {
        bill(usage, prices)
            .unwrap()
            .lines
            .iter()
            .find(|l| l.unit == unit)
            .unwrap()
            .amount
            .to_places(2)
    }

    #[test]
    fn the_seeds_table_to_the_cent() {
        let prices = Prices {
            lambda_gb_second_usd: "0.0000166667".to_owned(),
            ..Prices::default()
        };
        let follow_ups = 1_000 * 40 / 100;
        let sms = |parts_each: i64| Usage {
            sms_parts: (1_000 + follow_ups) * parts_each,
            ..Usage::default()
        };
        assert_eq!(amount(&sms(1), &prices, "part"), "10.50");
        assert_eq!(amount(&sms(2), &prices, "part"), "21.00");
        // 3,000 calls of 2 s with half a gigabyte: 3,000 GB-s, and five cents.
        let usage = Usage {
            lambda_mb_ms: 3_000 * 512 * 2_000,
            lambda_requests: 3_000,
            ..Usage::default()
        };
        let report = bill(&usage, &prices).unwrap();
        assert_eq!(
            (
                report.lines[0].quantity.to_string(),
                report.lines[0].amount.to_places(2)
            ),
            ("3000".to_owned(), "0.05".to_owned())
        );
        assert_eq!(report.lines[0].amount.to_string(), "0.0500001");
        assert_eq!(report.total.to_string(), "0.0506001");
        assert_eq!(
            bill(&Usage::default(), &prices).unwrap().total,
            Decimal::default()
        );
    }

    #[test]
    fn all_but_the_hours_of_shards_scales_and_rounds_half_up() {
        let metered = Usage {
            sms_parts: 3,
            lambda_mb_ms: 10,
            kinesis_shard_hours: 730,
            ..Usage::default()
        };
        let scaled = Usage {
            sms_parts: 2,
            lambda_mb_ms: 5,
            kinesis_shard_hours: 730,
            ..Usage::default()
        };
        assert_eq!(metered.scaled(1, 2), Some(scaled));
        assert_eq!(metered.scaled(2, 2), Some(metered));
        assert_eq!(metered.scaled(1, 0), None);
    }

    #[test]
    fn a_month_of_a_stream_has_730_hours_for_each_shard() {
        let usage = Usage {
            sms_parts: 3,
            kinesis_shard_hours: 5,
            ..Usage::default()
        };
        let metered = |bookings| Metered {
            usage,
            bookings,
            shards: 2,
        };
        assert_eq!(metered(0).usage_for(None), Ok(usage));
        let month = Usage {
            sms_parts: 6,
            kinesis_shard_hours: 1_460,
            ..Usage::default()
        };
        assert_eq!(metered(50).usage_for(Some(100)), Ok(month));
        assert_eq!(
            metered(0).usage_for(Some(100)),
            Err(BillError::NothingMetered)
        );
    }

    #[test]
    fn a_price_that_is_no_number_is_named() {
        let prices = Prices {
            sms_part_usd: "cheap".to_owned(),
            ..Prices::default()
        };
        assert_eq!(
            bill(&Usage::default(), &prices).unwrap_err().to_string(),
            "[bill] sms_part_usd: `cheap` is no decimal number"
        );
    }
}
