//! Unit prices and the amounts made of them: exact decimals in US dollars.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal as Exact, RoundingStrategy};
use serde_with::SerializeDisplay;

/// Places after the point that a price and an amount keep.
const PLACES: u32 = 12;

/// A decimal with at most twelve places after the point; no float holds money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, SerializeDisplay)]
pub struct Decimal(Exact);

/// The text is no decimal, or has more than twelve places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no decimal number")]
pub struct NotDecimal(pub String);

impl Decimal {
    /// A whole number.
    #[must_use]
    pub fn whole(n: i64) -> Self {
        Self(Exact::from(n))
    }

    /// `self * n / d`, rounded half away from zero at the last place; `None` if it does not fit or `d` is 0.
    #[must_use]
    pub fn times_ratio(self, n: i128, d: i128) -> Option<Self> {
        let whole = |n: i128| Exact::try_from_i128_with_scale(n, 0).ok();
        let exact = self.0.checked_mul(whole(n)?)?.checked_div(whole(d)?)?;
        Some(Self(rounded(exact, PLACES)))
    }

    /// The product, rounded half away from zero at the last place.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self(rounded(self.0.checked_mul(other.0)?, PLACES)))
    }

    /// The sum; `None` if it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// With `places` places, half away from zero: `0.05`.
    #[must_use]
    pub fn to_places(self, places: u32) -> String {
        let places = places.min(PLACES);
        let width = usize::try_from(places).unwrap_or(0);
        format!("{:.width$}", rounded(self.0, places))
    }
}

fn rounded(exact: Exact, places: u32) -> Exact {
    exact.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

impl FromStr for Decimal {
    type Err = NotDecimal;

    /// Digits, at most one point between digits, and a minus in front: no signs or exponents that a price list has not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || NotDecimal(text.to_owned());
        let text = text.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        if !plain(whole) || !plain(fraction) || places > PLACES {
            return Err(bad());
        }
        Exact::from_str_exact(text).map(Self).map_err(|_| bad())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.normalize(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_round_half_away() {
        for (text, places, expected) in [
            ("0.005", 2, "0.01"),
            ("-0.005", 2, "-0.01"),
            ("0.0049999", 2, "0.00"),
            ("25", 2, "25.00"),
            ("1.5", 0, "2"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_places(places), expected);
        }
        assert_eq!(
            "0.1"
                .parse::<Decimal>()
                .unwrap()
                .times("0.2".parse().unwrap())
                .unwrap()
                .to_string(),
            "0.02"
        );
        assert_eq!(Decimal::whole(10).to_string(), "10");
        for text in ["", ".5", "1,5", "1e3", "abc", "1.2.3", "0.0000000000001"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
