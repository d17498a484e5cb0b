//! What a Stripe event is about: its kind, its object and its id.

use bookpath_domain::Delivery;
use bookpath_domain::money::MINOR_MAX;
use bookpath_domain::people::email;
use jiff::Timestamp;
use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::json;

/// The event types Bookpath works with.
pub const KINDS: [&str; 13] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
];

/// Stripe numbers its events, so an event's id is its version: a retry carries the same one.
pub(super) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    let kind = json::text(body, &["type"])
        .ok_or_else(|| Unusable::new("the event has no `type`", None))?;
    if !KINDS.contains(&kind) {
        return Ok(other(kind, body));
    }
    let id = json::text(body, &["id"])
        .ok_or_else(|| Unusable::new("the event has no `id`", Some(kind)))?;
    let object = json::at(body, &["data", "object"])
        .ok_or_else(|| Unusable::new("the event has no `data.object`", Some(kind)))?;
    if let Some(wrong) = AMOUNTS.into_iter().find(|name| !is_amount(object, name)) {
        let fault = format!("`data.object.{wrong}` is no amount in minor units");
        return Err(Unusable::new(&fault, Some(kind)));
    }
    let resource = json::text(object, &["id"]).unwrap_or(id);
    let person = [
        &["customer_details", "email"][..],
        &["customer_email"],
        &["receipt_email"],
        &["billing_details", "email"],
    ]
    .into_iter()
    .find_map(|path| email::normalize(json::text(object, path)?));
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: resource.to_owned(),
        version: id.to_owned(),
        occurred_at: body
            .get("created")
            .and_then(Value::as_i64)
            .and_then(|s| Timestamp::from_second(s).ok()),
        person_key: person.unwrap_or_else(|| {
            json::text(object, &["payment_intent"])
                .unwrap_or(resource)
                .to_owned()
        }),
    };
    Ok(Classified {
        known: true,
        content: object,
        delivery,
    })
}

/// The amounts of sessions, charges, refunds and disputes that money is posted by.
const AMOUNTS: [&str; 3] = ["amount_total", "amount", "amount_refunded"];

/// Whether the object does not have this amount, or has one that can be posted.
fn is_amount(object: &Value, name: &str) -> bool {
    match object.get(name) {
        None | Some(Value::Null) => true,
        Some(amount) => amount
            .as_i64()
            .is_some_and(|minor| (0..=MINOR_MAX).contains(&minor)),
    }
}

/// Kinds that Bookpath does not work with: also thin events and pings, which have no `data.object`.
fn other<'a>(kind: &str, body: &'a Value) -> Classified<'a> {
    let resource = json::text(body, &["data", "object", "id"])
        .or_else(|| json::text(body, &["related_object", "id"]))
        .or_else(|| json::text(body, &["id"]));
    Classified::other(kind, resource, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_amount_that_cannot_be_posted_is_a_fault_of_the_event() {
        let refund = |amount: Value| {
            let body = json!({ "id": "evt_1", "type": "refund.created",
                "data": { "object": { "id": "re_1", "amount": amount } } });
            classify(&body).map(|_| ()).map_err(|fault| fault.reason)
        };
        assert_eq!(refund(json!(4_000)), Ok(()));
        assert_eq!(refund(json!(null)), Ok(()));
        for wrong in [
            json!("4000"),
            json!(-4_000),
            json!(40.5),
            json!(MINOR_MAX + 1),
        ] {
            let fault = refund(wrong.clone()).unwrap_err();
            assert_eq!(
                fault, "`data.object.amount` is no amount in minor units",
                "{wrong}"
            );
        }
    }
}
