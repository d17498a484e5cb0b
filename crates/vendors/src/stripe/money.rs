//! Stripe's money in ISO 4217's minor units: of any object, and of a Checkout session, where the price's own counts
//! although the customer paid in another currency.

use bookpath_domain::money::Money;
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

/// The money of a session. `None` is what the body does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SessionMoney {
    /// Minor units of `currency`.
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    /// What the customer saw, where Stripe converted the price for them (Adaptive Pricing).
    pub(crate) presented: Option<Money>,
}

/// Reads the money of a session.
///
/// Up to API version 2025-03-31 `amount_total` is in the customer's currency, and `currency_conversion` holds the
/// price's own amount. Since then `amount_total` is the price's own, and `presentment_details` holds what the customer
/// saw.
pub(crate) fn of_session(session: &Value) -> SessionMoney {
    let shown = money(session, "amount_total", "currency");
    let price = session
        .get("currency_conversion")
        .and_then(|conversion| money(conversion, "amount_total", "source_currency"))
        // Stripe's examples have a conversion into the same currency: then nothing was converted.
        .filter(|price| {
            shown
                .as_ref()
                .is_none_or(|shown| shown.currency != price.currency)
        });
    if let Some(price) = price {
        return SessionMoney {
            amount_minor: Some(price.amount_minor),
            currency: Some(price.currency),
            presented: shown,
        };
    }
    let text = |name: &str| session.get(name).and_then(Value::as_str).map(str::to_owned);
    SessionMoney {
        amount_minor: amount(session, "amount_total"),
        currency: text("currency"),
        presented: session
            .get("presentment_details")
            .and_then(|d| money(d, "presentment_amount", "presentment_currency")),
    }
}

fn money(value: &Value, amount: &str, currency: &str) -> Option<Money> {
    let currency = value.get(currency)?.as_str()?.to_owned();
    Some(Money {
        amount_minor: from_stripe(value.get(amount)?.as_i64()?, &currency),
        currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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

    fn money(amount_minor: i64, currency: &str) -> Money {
        let currency = currency.to_owned();
        Money {
            amount_minor,
            currency,
        }
    }

    #[test]
    fn the_amount_is_the_prices_own_in_both_shapes_of_adaptive_pricing() {
        let of_2025 = json!({ "amount_total": 13_850, "currency": "eur",
            "currency_conversion": { "amount_total": 15_000, "fx_rate": "0.923333", "source_currency": "usd" } });
        let of_2026 = json!({ "amount_total": 15_000, "currency": "usd",
            "presentment_details": { "presentment_amount": 13_850, "presentment_currency": "eur" } });
        for session in [of_2025, of_2026] {
            let expected = SessionMoney {
                amount_minor: Some(15_000),
                currency: Some("usd".to_owned()),
                presented: Some(money(13_850, "eur")),
            };
            assert_eq!(of_session(&session), expected, "{session}");
        }
        let yen = json!({ "amount_total": 7, "currency": "usd",
            "currency_conversion": { "amount_total": 1000, "source_currency": "jpy" } });
        assert_eq!(of_session(&yen).amount_minor, Some(1_000));
        // Stripe's own example of an event.
        let same = json!({ "amount_total": 10_000, "currency": "usd",
            "currency_conversion": { "amount_total": 1_117_121_693, "source_currency": "usd" } });
        assert_eq!(of_session(&same).amount_minor, Some(10_000));
        assert_eq!(of_session(&json!({})), SessionMoney::default());
        let plain = of_session(&json!({ "amount_total": 700 }));
        assert_eq!(
            (plain.amount_minor, plain.currency, plain.presented),
            (Some(700), None, None)
        );
    }
}
