//! Rounding as published numbers need it: half away from zero, from the exact fraction.
//!
//! No float takes part before the last division by a power of ten, so a
//! value is the same on every machine and in every order of summation.

/// `numerator / denominator` rounded to whole units, half away from zero; `None` when the denominator is 0
/// or the result does not fit.
///
/// ```
/// # use bookpath_domain::money::round::div_round;
/// assert_eq!(div_round(5, 2), Some(3));
/// assert_eq!(div_round(-5, 2), Some(-3));
/// assert_eq!(div_round(1, 0), None);
/// ```
#[must_use]
pub fn div_round(numerator: i128, denominator: i128) -> Option<i64> {
    if denominator == 0 {
        return None;
    }
    let negative = (numerator < 0) != (denominator < 0);
    let (n, d) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let quotient = n / d;
    let rest = n % d;
    // rest >= d - rest is 2 * rest >= d without the overflow.
    let magnitude = if rest >= d - rest {
        quotient.checked_add(1)?
    } else {
        quotient
    };
    let magnitude = i128::try_from(magnitude).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// `numerator / denominator` with two decimals, half away from zero; `None` when the denominator is 0.
///
/// ```
/// # use bookpath_domain::money::round::ratio2;
/// assert_eq!(ratio2(2, 3), Some(0.67));
/// assert_eq!(ratio2(1, 8), Some(0.13));
/// ```
#[must_use]
pub fn ratio2(numerator: i128, denominator: i128) -> Option<f64> {
    let hundredths = div_round(numerator.checked_mul(100)?, denominator)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "published ratios are far below 2^53 hundredths"
    )]
    Some(hundredths as f64 / 100.0)
}

/// `100 * numerator / denominator` with two decimals; `None` when the denominator is 0.
///
/// ```
/// # use bookpath_domain::money::round::percent2;
/// assert_eq!(percent2(2, 3), Some(66.67));
/// ```
#[must_use]
pub fn percent2(numerator: i128, denominator: i128) -> Option<f64> {
    ratio2(numerator.checked_mul(100)?, denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(ratio2(1, 200), Some(0.01));
        assert_eq!(ratio2(-1, 200), Some(-0.01));
        assert_eq!(ratio2(5, 6), Some(0.83));
        assert_eq!(percent2(5, 6), Some(83.33));
        assert_eq!(ratio2(0, 7), Some(0.0));
        assert_eq!(ratio2(7, 0), None);
    }

    proptest! {
        #[test]
        fn the_error_is_at_most_half_a_unit(n in -1_000_000_000_i64..1_000_000_000, d in 1_i64..1_000_000) {
            let q = div_round(n.into(), d.into()).unwrap();
            let error = (i128::from(q) * i128::from(d) - i128::from(n)).abs() * 2;
            prop_assert!(error <= i128::from(d));
        }
    }
}
