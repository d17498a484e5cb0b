//! What the services cost.

use serde::Deserialize;

use super::decimal::Decimal;

/// `[bill]` of the configuration: unit prices in US dollars, as decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    pub sms_part_usd: String,
    pub lambda_gb_second_usd: String,
    pub lambda_million_requests_usd: String,
    pub step_functions_million_transitions_usd: String,
    pub dynamodb_million_writes_usd: String,
    pub dynamodb_million_reads_usd: String,
    pub kinesis_shard_hour_usd: String,
    pub s3_thousand_puts_usd: String,
    pub athena_tb_scanned_usd: String,
    pub api_gateway_million_requests_usd: String,
}

impl Default for Prices {
    fn default() -> Self {
        let price = str::to_owned;
        Self {
            sms_part_usd: price("0.0075"),
            lambda_gb_second_usd: price("0.0000133334"),
            lambda_million_requests_usd: price("0.20"),
            step_functions_million_transitions_usd: price("25"),
            dynamodb_million_writes_usd: price("0.625"),
            dynamodb_million_reads_usd: price("0.125"),
            kinesis_shard_hour_usd: price("0.015"),
            s3_thousand_puts_usd: price("0.005"),
            athena_tb_scanned_usd: price("5"),
            api_gateway_million_requests_usd: price("3.50"),
        }
    }
}

impl Prices {
    /// Prices that are not numbers of zero or more: the key of each, and what it must be.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let prices = [
            ("sms_part_usd", &self.sms_part_usd),
            ("lambda_gb_second_usd", &self.lambda_gb_second_usd),
            (
                "lambda_million_requests_usd",
                &self.lambda_million_requests_usd,
            ),
            (
                "step_functions_million_transitions_usd",
                &self.step_functions_million_transitions_usd,
            ),
            (
                "dynamodb_million_writes_usd",
                &self.dynamodb_million_writes_usd,
            ),
            (
                "dynamodb_million_reads_usd",
                &self.dynamodb_million_reads_usd,
            ),
            ("kinesis_shard_hour_usd", &self.kinesis_shard_hour_usd),
            ("s3_thousand_puts_usd", &self.s3_thousand_puts_usd),
            ("athena_tb_scanned_usd", &self.athena_tb_scanned_usd),
            (
                "api_gateway_million_requests_usd",
                &self.api_gateway_million_requests_usd,
            ),
        ];
        let none = |price: &str| match price.parse::<Decimal>() {
            Ok(price) => price < Decimal::default(),
            Err(_) => true,
        };
        let wrong = prices.into_iter().filter(|(_, price)| none(price));
        let fault = |(key, price): (&'static str, &String)| {
            (
                key,
                format!("is `{price}`, but must be a decimal number, 0 or more"),
            )
        };
        wrong.map(fault).collect()
    }
}
