//! Stripe's own minor units, where they are not those of ISO 4217.

use bookpath_domain::money::currency::exponent;
use serde_json::Value;

use crate::json;

/// Currencies that Stripe takes without decimals although ISO 4217 gives them two.
const WITHOUT_DECIMALS: [&str; 1] = ["MGA"];
/// Currencies that have no decimals and that Stripe takes as if they had two, for older integrations.
const WITH_TWO_DECIMALS: [&str; 2] = ["ISK", "UGX"];

/// Ten to the power of (Stripe's decimals − ISO 4217's decimals): 100, 1, or 1/100 as a divisor.
enum Factor {
    Same,
    Times(i64),
    Part(i64),
}

fn factor(currency: &str) -> Factor {
    let code = currency.to_ascii_uppercase();
    let iso = exponent(&code);
    let stripe = if WITHOUT_DECIMALS.contains(&code.as_str()) {
        0
    } else if WITH_TWO_DECIMALS.contains(&code.as_str()) {
        2
    } else {
        iso
    };
    match stripe.cmp(&iso) {
        std::cmp::Ordering::Equal => Factor::Same,
        std::cmp::Ordering::Greater => Factor::Times(10_i64.pow(stripe - iso)),
        std::cmp::Ordering::Less => Factor::Part(10_i64.pow(iso - stripe)),
    }
}

/// Our minor units as Stripe wants them.
#[cfg(feature = "client")]
pub(crate) fn to_stripe(amount_minor: i64, currency: &str) -> i64 {
    match factor(currency) {
        Factor::Same => amount_minor,
        Factor::Times(by) => amount_minor.saturating_mul(by),
        Factor::Part(of) => amount_minor / of,
    }
}

/// Stripe's amount in minor units of ISO 4217.
pub(crate) fn from_stripe(amount: i64, currency: &str) -> i64 {
    match factor(currency) {
        Factor::Same => amount,
        Factor::Times(by) => amount / by,
        Factor::Part(of) => amount.saturating_mul(of),
    }
}

/// An amount of an object that names its currency, in minor units of ISO 4217.
pub(crate) fn amount(object: &Value, name: &str) -> Option<i64> {
    let currency = json::text(object, &["currency"]).unwrap_or("");
    Some(from_stripe(object.get(name)?.as_i64()?, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: Stripe's page "Supported currencies" (zero-decimal, three-decimal, special cases).
    #[test]
    fn stripes_minor_units() {
        for (currency, stripe, ours) in [
            ("usd", 1_000, 1_000),
            ("jpy", 500, 500),
            ("kwd", 15_250, 15_250),
            ("ISK", 500, 5),
            ("ugx", 500_000, 5_000),
            ("mga", 50, 5_000),
        ] {
            assert_eq!(from_stripe(stripe, currency), ours, "{currency}");
            #[cfg(feature = "client")]
            assert_eq!(to_stripe(ours, currency), stripe, "{currency}");
        }
    }
}
