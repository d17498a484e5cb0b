//! Currencies of ISO 4217: how many minor units a major unit has, and how an amount is written.

use iso_currency::Currency;

use crate::money::round::div_round;

/// Whether ISO 4217 has this code; three letters in any case.
///
/// ```
/// # use bookpath_domain::money::currency::is_known;
/// assert!(is_known("usd") && is_known("KWD") && !is_known("ZZZ"));
/// ```
#[must_use]
pub fn is_known(code: &str) -> bool {
    find(code).is_some()
}

/// Digits after the decimal point: 2 for USD, 0 for JPY, 3 for KWD; 2 for a code that ISO 4217 does not have.
#[must_use]
pub fn exponent(code: &str) -> u32 {
    find(code)
        .and_then(|currency| currency.exponent())
        .map_or(2, u32::from)
}

fn find(code: &str) -> Option<Currency> {
    Currency::from_code(&code.to_ascii_uppercase())
}

/// An amount in minor units as people write it, without its currency.
///
/// ```
/// # use bookpath_domain::money::currency::decimal;
/// assert_eq!(decimal(15_000, "USD"), "150.00");
/// assert_eq!(decimal(8_000, "JPY"), "8000");
/// assert_eq!(decimal(-15_250, "KWD"), "-15.250");
/// ```
#[must_use]
pub fn decimal(amount_minor: i64, code: &str) -> String {
    let digits = exponent(code);
    let sign = if amount_minor < 0 { "-" } else { "" };
    let amount = amount_minor.unsigned_abs();
    let Some(unit) = 10_u64.checked_pow(digits).filter(|unit| *unit > 1) else {
        return format!("{sign}{amount}");
    };
    let width = usize::try_from(digits).unwrap_or(2);
    format!("{sign}{}.{:0width$}", amount / unit, amount % unit)
}

/// The smallest step of an amount that is paid by card: 10 where the currency has three decimals, because the
/// last digit must be 0 (Stripe's rule), 100 for ariary, which Stripe takes without decimals, else 1.
#[must_use]
pub fn payment_step(code: &str) -> i64 {
    match exponent(code) {
        3 => 10,
        _ if code.eq_ignore_ascii_case("MGA") => 100,
        _ => 1,
    }
}

/// `percent` per cent of an amount, in steps that can be paid: the nearest one, half away from zero, and never more
/// than the amount itself.
///
/// ```
/// # use bookpath_domain::money::currency::share;
/// assert_eq!(share(15_001, 50, "USD"), 7_501);
/// assert_eq!(share(15_250, 50, "KWD"), 7_630);
/// ```
#[must_use]
pub fn share(amount_minor: i64, percent: u32, code: &str) -> i64 {
    let step = payment_step(code);
    let part = i128::from(amount_minor) * i128::from(percent);
    div_round(part, 100 * i128::from(step))
        .and_then(|steps| steps.checked_mul(step))
        .map_or(amount_minor, |share| share.min(amount_minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: the table of ISO 4217 (SIX, list one).
    #[test]
    fn digits_after_the_point() {
        for (code, digits) in [
            ("USD", 2),
            ("eur", 2),
            ("JPY", 0),
            ("KRW", 0),
            ("VND", 0),
            ("CLP", 0),
            ("ISK", 0),
            ("XAF", 0),
            ("BHD", 3),
            ("IQD", 3),
            ("JOD", 3),
            ("KWD", 3),
            ("LYD", 3),
            ("OMR", 3),
            ("TND", 3),
            ("MGA", 2),
            ("HUF", 2),
            ("CLF", 4),
            ("ZZZ", 2),
        ] {
            assert_eq!(exponent(code), digits, "{code}");
        }
    }

    #[test]
    fn amounts_as_people_write_them() {
        for (amount, code, text) in [
            (0, "USD", "0.00"),
            (5, "USD", "0.05"),
            (-5, "USD", "-0.05"),
            (123_456, "EUR", "1234.56"),
            (500, "JPY", "500"),
            (5, "KWD", "0.005"),
            (i64::MIN, "JPY", "-9223372036854775808"),
        ] {
            assert_eq!(decimal(amount, code), text);
        }
    }

    #[test]
    fn shares_can_be_paid() {
        assert_eq!(share(15_250, 100, "KWD"), 15_250);
        assert_eq!(share(10, 50, "KWD"), 10);
        assert_eq!(share(8_001, 50, "JPY"), 4_001);
        assert_eq!(share(0, 50, "USD"), 0);
        assert_eq!(share(15_250, 0, "KWD"), 0);
    }
}
