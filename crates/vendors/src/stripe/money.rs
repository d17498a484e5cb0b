//! The money of a Checkout session: the price's own, also where the customer paid in another currency.

use bookpath_domain::money::Money;
use serde_json::Value;

use super::amount::{amount, from_stripe};

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
        .and_then(|conversion| money(conversion, "amount_total", "source_currency"));
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
        assert_eq!(of_session(&json!({})), SessionMoney::default());
        let plain = of_session(&json!({ "amount_total": 700 }));
        assert_eq!(
            (plain.amount_minor, plain.currency, plain.presented),
            (Some(700), None, None)
        );
    }
}
