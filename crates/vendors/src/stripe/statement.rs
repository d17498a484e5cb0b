//! Reads Stripe's balance transactions as lines of a statement.

use crate::calls::{CallError, StatementPage};
use bookpath_domain::money::ledger::{EntryKind, StatementLine};
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{PAGE, instant, lacking, text};
use super::money::amount;

/// The query of a page. The source is expanded: the charge behind a line names the payment intent and the booking.
pub(crate) fn query(
    from: Timestamp,
    to: Timestamp,
    after: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("created[gte]", from.as_second().to_string()),
        ("created[lt]", to.as_second().to_string()),
        ("limit", PAGE.to_owned()),
        ("expand[]", "data.source".to_owned()),
    ];
    query.extend(after.map(|id| ("starting_after", id.to_owned())));
    query
}

/// Reads a page of the statement.
pub(crate) fn page(body: &Value) -> Result<StatementPage, CallError> {
    let data = body
        .get("data")
        .and_then(Value::as_array)
        .ok_or_else(|| lacking("data"))?;
    let more = body
        .get("has_more")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let next = if more {
        data.last().and_then(|last| text(last, "id"))
    } else {
        None
    };
    Ok(StatementPage {
        lines: data
            .iter()
            .map(line)
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect(),
        next,
    })
}

/// The kind of ledger entry of a transaction; `None` for payouts, reserves and others that concern no booking.
fn kind(transaction: &Value) -> Option<EntryKind> {
    let category = text(transaction, "reporting_category").or_else(|| text(transaction, "type"))?;
    Some(match category.as_str() {
        "charge" | "payment" | "charge_failure" => EntryKind::Charge,
        "refund" | "payment_refund" | "refund_failure" => EntryKind::Refund,
        "dispute" | "dispute_reversal" => EntryKind::Dispute,
        "fee" | "stripe_fee" => EntryKind::Fee,
        _ => return None,
    })
}

fn line(transaction: &Value) -> Result<Option<StatementLine>, CallError> {
    let Some(kind) = kind(transaction) else {
        return Ok(None);
    };
    let line_id = text(transaction, "id").ok_or_else(|| lacking("id"))?;
    let net = amount(transaction, "amount").ok_or_else(|| lacking("amount"))?;
    let currency = text(transaction, "currency").ok_or_else(|| lacking("currency"))?;
    let source = transaction.get("source").filter(|s| s.is_object());
    let named = |name: &str| source.and_then(|s| text(s, name));
    let id = named("id")
        .or_else(|| text(transaction, "source"))
        .unwrap_or_else(|| line_id.clone());
    let reference = if kind == EntryKind::Dispute {
        id
    } else {
        named("payment_intent").unwrap_or(id)
    };
    // The source has the customer's amount and currency; the transaction those of the account.
    let charged = source
        .and_then(|s| amount(s, "amount"))
        .map_or(net, |charged| charged.abs() * net.signum());
    let fee = amount(transaction, "fee").unwrap_or(0);
    let (amount_minor, fee_minor) = if kind == EntryKind::Fee {
        (0, fee - net)
    } else {
        (charged, fee)
    };
    Ok(Some(StatementLine {
        line_id,
        kind,
        reference,
        amount_minor,
        currency: named("currency")
            .unwrap_or_else(|| currency.clone())
            .to_uppercase(),
        fee_minor,
        fee_currency: currency.to_uppercase(),
        created: instant(transaction, "created").ok_or_else(|| lacking("created"))?,
        booking_id: source
            .and_then(|s| s.get("metadata"))
            .and_then(|m| text(m, "booking_id")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_in_the_customers_currency_without_the_accounts_own_affairs() {
        let source = json!({ "object": "charge", "id": "ch_1", "payment_intent": "pi_1", "amount": 15_000, "currency": "eur",
            "metadata": { "booking_id": "b1" } });
        let refund = json!({ "object": "refund", "id": "re_1", "payment_intent": "pi_1", "amount": 500, "currency": "eur" });
        let transaction = |id: &str, category: &str, amount: i64, fee: i64, source: Value| {
            json!({ "id": id, "type": "x", "reporting_category": category, "amount": amount, "fee": fee, "currency": "usd",
                "created": 1_772_366_400, "source": source })
        };
        let body = json!({ "has_more": true, "data": [
            transaction("txn_1", "charge", 16_350, 504, source),
            transaction("txn_2", "refund", -545, 0, refund.clone()),
            transaction("txn_3", "payout", -10_000, 0, json!("po_1")),
            transaction("txn_4", "dispute", -16_350, 1_500, json!({ "id": "dp_1", "payment_intent": "pi_1", "amount": 15_000, "currency": "eur" })),
            transaction("txn_5", "fee", -200, 0, json!("fee_1")),
            transaction("txn_6", "refund_failure", 545, 0, refund),
        ] });
        let page = page(&body).unwrap();
        let seen: Vec<_> = page
            .lines
            .iter()
            .map(|l| {
                (
                    l.kind,
                    l.reference.as_str(),
                    l.amount_minor,
                    l.currency.as_str(),
                    l.fee_minor,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (EntryKind::Charge, "pi_1", 15_000, "EUR", 504),
                (EntryKind::Refund, "pi_1", -500, "EUR", 0),
                (EntryKind::Dispute, "dp_1", -15_000, "EUR", 1_500),
                (EntryKind::Fee, "fee_1", 0, "USD", 200),
                (EntryKind::Refund, "pi_1", 500, "EUR", 0),
            ]
        );
        assert_eq!(
            (
                page.lines[0].booking_id.as_deref(),
                page.lines[0].fee_currency.as_str()
            ),
            (Some("b1"), "USD")
        );
        assert_eq!(page.next.as_deref(), Some("txn_6"));
    }
}
