//! What a Stripe event means for a booking (docs/PAYMENTS.md).

use bookpath_domain::Envelope;
use bookpath_domain::bookings::{
    DisputeReport, Fact, Paid, PaymentFailed, RefundReport, RefundStatus,
};
use jiff::Timestamp;
use serde_json::Value;

use super::amount::{amount, session_total};
use crate::json;
use crate::reported::Reported;

/// Nothing for events that move no booking.
pub(super) fn facts(envelope: &Envelope, body: &Value) -> Vec<Reported> {
    let Some(object) = json::at(body, &["data", "object"]) else {
        return Vec::new();
    };
    let event = Event { envelope, object };
    event
        .fact()
        .map(|fact| Reported {
            fact,
            stripe_ids: event.stripe_ids(),
            booking_id: event.booking_id(),
        })
        .into_iter()
        .collect()
}

struct Event<'a> {
    envelope: &'a Envelope,
    object: &'a Value,
}

impl Event<'_> {
    fn own(&self, path: &[&str]) -> Option<String> {
        json::text(self.object, path).map(str::to_owned)
    }

    fn minor(&self, name: &str) -> Option<i64> {
        amount(self.object, name)
    }

    fn instant(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_second(self.object.get(name)?.as_i64()?).ok()
    }

    /// From the metadata that every session and payment intent of ours carries.
    fn attempt(&self) -> Option<u32> {
        json::text(self.object, &["metadata", "attempt"])?
            .parse()
            .ok()
    }

    /// A nested object or its id: Stripe sends either.
    fn reference(&self, name: &str) -> Option<String> {
        self.own(&[name]).or_else(|| self.own(&[name, "id"]))
    }

    fn stripe_ids(&self) -> Vec<String> {
        [
            self.own(&["id"]),
            self.reference("payment_intent"),
            self.reference("charge"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn booking_id(&self) -> Option<String> {
        self.own(&["metadata", "booking_id"])
            .or_else(|| self.own(&["client_reference_id"]))
    }

    fn fact(&self) -> Option<Fact> {
        let at = self
            .envelope
            .delivery
            .occurred_at
            .unwrap_or(self.envelope.received_at);
        let id = self.own(&["id"]);
        match self.envelope.delivery.kind.as_str() {
            "checkout.session.completed"
                if self.own(&["payment_status"]).as_deref() == Some("unpaid") =>
            {
                Some(Fact::PaymentProcessing {
                    session_id: id?,
                    at,
                })
            }
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                Some(Fact::Paid(Paid {
                    session_id: id,
                    payment_intent: self.reference("payment_intent"),
                    amount_minor: session_total(self.object),
                    at,
                }))
            }
            "checkout.session.async_payment_failed" => {
                Some(self.failed(id, self.reference("payment_intent")))
            }
            "payment_intent.payment_failed" => Some(self.failed(None, id)),
            "checkout.session.expired" => Some(Fact::SessionExpired {
                session_id: id?,
                attempt: self.attempt(),
                at,
            }),
            "charge.refunded" => Some(Fact::Refund(RefundReport {
                refund_id: None,
                payment_intent: self.reference("payment_intent"),
                status: RefundStatus::Succeeded,
                amount_minor: None,
                charge_total_minor: self.minor("amount_refunded"),
                created: None,
                attempt: None,
                at,
            })),
            "refund.created" | "refund.updated" | "refund.failed" => {
                Some(Fact::Refund(RefundReport {
                    refund_id: id,
                    payment_intent: self.reference("payment_intent"),
                    status: refund_status(&self.own(&["status"])?),
                    amount_minor: self.minor("amount"),
                    charge_total_minor: None,
                    created: self.instant("created"),
                    attempt: self.attempt(),
                    at,
                }))
            }
            "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
                let status = self.own(&["status"]).unwrap_or_default();
                // An inquiry ("warning_…") takes no money yet.
                (!status.starts_with("warning")).then(|| {
                    Fact::Dispute(DisputeReport {
                        dispute_id: id.unwrap_or_default(),
                        amount_minor: self.minor("amount").unwrap_or(0),
                        fee_minor: self.dispute_fee(),
                        won: status == "won",
                        closed: matches!(status.as_str(), "won" | "lost"),
                        at,
                    })
                })
            }
            _ => None,
        }
    }

    fn failed(&self, session_id: Option<String>, payment_intent: Option<String>) -> Fact {
        Fact::PaymentFailed(PaymentFailed {
            event_id: self.envelope.delivery.version.clone(),
            session_id,
            payment_intent,
            attempt: self.attempt(),
            at: self
                .envelope
                .delivery
                .occurred_at
                .unwrap_or(self.envelope.received_at),
        })
    }

    /// What the bank charges for the dispute itself.
    fn dispute_fee(&self) -> i64 {
        let transactions = self
            .object
            .get("balance_transactions")
            .and_then(Value::as_array);
        transactions
            .into_iter()
            .flatten()
            .filter_map(|t| t.get("fee").and_then(Value::as_i64))
            .sum()
    }
}

/// Reads Stripe's status of a refund; `requires_action` is pending.
#[must_use]
pub fn refund_status(status: &str) -> RefundStatus {
    match status {
        "succeeded" => RefundStatus::Succeeded,
        "failed" | "canceled" => RefundStatus::Failed,
        _ => RefundStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_domain::Delivery;
    use bookpath_domain::Vendor;
    use bookpath_domain::inbox::envelope::Origin;
    use serde_json::json;

    fn facts_of(kind: &str, object: Value) -> Vec<Reported> {
        let delivery = Delivery {
            kind: kind.to_owned(),
            resource_uri: "r".to_owned(),
            version: "evt_1".to_owned(),
            occurred_at: "2026-03-01T10:00:00Z".parse().ok(),
            person_key: "p".to_owned(),
        };
        let received_at = "2026-03-01T10:00:05Z".parse().unwrap();
        let (raw_key, raw_sha256) = (String::new(), String::new());
        let envelope = Envelope {
            delivery_id: "d".to_owned(),
            vendor: Vendor::Stripe,
            delivery,
            origin: Origin::Webhook,
            received_at,
            raw_key,
            raw_sha256,
        };
        facts(
            &envelope,
            &json!({ "type": kind, "data": { "object": object } }),
        )
    }

    #[test]
    fn a_completed_session_is_a_payment_only_if_it_is_paid() {
        let session = json!({ "id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 15000, "client_reference_id": "b1" });
        let found = facts_of("checkout.session.completed", session.clone());
        assert_eq!(found[0].stripe_ids, ["cs_1", "pi_1"]);
        assert_eq!(found[0].booking_id.as_deref(), Some("b1"));
        assert!(matches!(&found[0].fact, Fact::Paid(paid) if paid.amount_minor == Some(15000)));
        let mut unpaid = session;
        unpaid["payment_status"] = json!("unpaid");
        assert!(matches!(
            facts_of("checkout.session.completed", unpaid)[0].fact,
            Fact::PaymentProcessing { .. }
        ));
    }

    #[test]
    fn refunds_name_their_intent_or_carry_it() {
        let refund = json!({ "id": "re_1", "payment_intent": { "id": "pi_1" }, "status": "canceled", "amount": 500, "metadata": { "attempt": "2" } });
        let found = facts_of("refund.updated", refund);
        assert!(
            matches!(&found[0].fact, Fact::Refund(r) if r.status == RefundStatus::Failed && r.attempt == Some(2) && r.payment_intent.as_deref() == Some("pi_1"))
        );
        let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 700 });
        assert!(
            matches!(&facts_of("charge.refunded", charge)[0].fact, Fact::Refund(r) if r.charge_total_minor == Some(700))
        );
    }

    #[test]
    fn an_inquiry_is_no_dispute() {
        let dispute = |status: &str| json!({ "id": "dp_1", "amount": 1000, "status": status, "payment_intent": "pi_1" });
        assert!(facts_of("charge.dispute.created", dispute("warning_needs_response")).is_empty());
        assert!(
            matches!(&facts_of("charge.dispute.closed", dispute("won"))[0].fact, Fact::Dispute(d) if d.won && d.closed)
        );
    }
}
