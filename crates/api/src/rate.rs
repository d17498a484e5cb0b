//! A figure together with its numerator, denominator, unit and formula.

use bookpath_domain::money::round::div_round;
use serde::Serialize;
use utoipa::ToSchema;

/// A figure; `value` is `null` over 0.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Rate {
    #[schema(value_type = Option<f64>)]
    pub(super) value: Option<serde_json::Number>,
    pub(super) numerator: i64,
    pub(super) denominator: i64,
    /// percent, money, ratio, count or seconds.
    pub(super) unit: &'static str,
    pub(super) formula: &'static str,
}

impl Rate {
    /// Two decimals, half away from zero, from the exact fraction.
    pub(super) fn percent(numerator: u64, denominator: u64, formula: &'static str) -> Self {
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let (numerator, denominator) = (whole(numerator), whole(denominator));
        let value =
            div_round(i128::from(numerator) * 10_000, i128::from(denominator)).and_then(hundredths);
        Self {
            value,
            numerator,
            denominator,
            unit: "percent",
            formula,
        }
    }

    /// Minor units, half away from zero.
    pub(super) fn money(numerator: i64, denominator: i64, formula: &'static str) -> Self {
        let value =
            div_round(i128::from(numerator), i128::from(denominator)).map(serde_json::Number::from);
        Self {
            value,
            numerator,
            denominator,
            unit: "money",
            formula,
        }
    }
}

/// `6667` is 66.67.
fn hundredths(n: i64) -> Option<serde_json::Number> {
    if n % 100 == 0 {
        return Some((n / 100).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "a percentage has few digits")]
    serde_json::Number::from_f64(n as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_fractions_half_away_and_none_over_nothing() {
        let value = |n, d| Rate::percent(n, d, "x").value.map(|v| v.to_string());
        assert_eq!(value(2, 3), Some("66.67".to_owned()));
        assert_eq!(value(1, 8), Some("12.5".to_owned()));
        assert_eq!(value(3, 4), Some("75".to_owned()));
        assert_eq!(value(1, 0), None);
        assert_eq!(
            Rate::money(10_001, 2, "x").value.map(|v| v.to_string()),
            Some("5001".to_owned())
        );
    }
}
