//! What a Stripe event means for a booking (docs/PAYMENTS.md).

use bookpath_domain::Envelope;
use bookpath_domain::bookings::{
    DisputeReport, Fact, Paid, PaymentFailed, RefundReport, RefundStatus,
};
use jiff::Timestamp;
use serde_json::Value;

use super::money::{self, amount};
use super::payer::payer;
use crate::json;
use crate::reported::Reported;

/// Empty for events that concern no booking.
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
            "checkout.session.completed" => match self.own(&["payment_status"])?.as_str() {
                "paid" => Some(self.paid(id, at)),
                "unpaid" => Some(Fact::PaymentProcessing {
                    session_id: id?,
                    at,
                }),
                // `no_payment_required`: no money moved.
                _ => None,
            },
            "checkout.session.async_payment_succeeded" => Some(self.paid(id, at)),
            "checkout.session.async_payment_failed" => {
                // The only failure that names a session: it was completed, and takes no other card.
                Some(self.failed(id, self.reference("payment_intent")))
            }
            "payment_intent.payment_failed" => Some(self.failed(None, id)),
            "checkout.session.expired" => Some(Fact::SessionExpired {
                session_id: id?,
                attempt: self.attempt(),
                at,
            }),
            "charge.refunded" => Some(self.refunded_in_all(at)),
            "refund.created" | "refund.updated" | "refund.failed" => self.refund(id, at),
            "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
                self.dispute(id.unwrap_or_default(), at)
            }
            _ => None,
        }
    }

    fn paid(&self, session_id: Option<String>, at: Timestamp) -> Fact {
        let paid = money::of_session(self.object);
        Fact::Paid(Paid {
            session_id,
            payment_intent: self.reference("payment_intent"),
            amount_minor: paid.amount_minor,
            currency: paid.currency,
            presented: paid.presented,
            mode: self.own(&["mode"]),
            email: payer(self.object),
            at,
        })
    }

    /// `charge.refunded` names no refund, only the charge's total.
    fn refunded_in_all(&self, at: Timestamp) -> Fact {
        Fact::Refund(RefundReport {
            refund_id: None,
            payment_intent: self.reference("payment_intent"),
            status: RefundStatus::Succeeded,
            amount_minor: None,
            charge_total_minor: self.minor("amount_refunded"),
            currency: self.own(&["currency"]),
            created: None,
            attempt: None,
            effect_key: None,
            at,
        })
    }

    fn refund(&self, refund_id: Option<String>, at: Timestamp) -> Option<Fact> {
        Some(Fact::Refund(RefundReport {
            refund_id,
            payment_intent: self.reference("payment_intent"),
            status: refund_status(&self.own(&["status"])?),
            amount_minor: self.minor("amount"),
            charge_total_minor: None,
            currency: self.own(&["currency"]),
            created: self.instant("created"),
            attempt: self.attempt(),
            effect_key: self.own(&["metadata", "effect_key"]),
            at,
        }))
    }

    /// `None` for an inquiry (`warning_…`), which takes no money yet.
    fn dispute(&self, dispute_id: String, at: Timestamp) -> Option<Fact> {
        let status = self.own(&["status"]).unwrap_or_default();
        if status.starts_with("warning") {
            return None;
        }
        Some(Fact::Dispute(DisputeReport {
            dispute_id,
            payment_intent: self.reference("payment_intent"),
            amount_minor: self.minor("amount").unwrap_or(0),
            currency: self.own(&["currency"]),
            fee_minor: self.fees(|minor| *minor > 0),
            fee_returned_minor: 0_i64.saturating_sub(self.fees(|minor| *minor < 0)),
            fee_currency: self
                .transactions()
                .find_map(|t| json::text(t, &["currency"]).map(str::to_owned)),
            won: status == "won",
            closed: matches!(status.as_str(), "won" | "lost"),
            taken_at: self.moved(|minor| minor < 0),
            returned_at: self.moved(|minor| minor > 0),
            at,
        }))
    }

    fn failed(&self, session_id: Option<String>, payment_intent: Option<String>) -> Fact {
        Fact::PaymentFailed(PaymentFailed {
            event_id: self.envelope.delivery.version.clone(),
            ends_session: session_id.is_some(),
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

    /// What the bank charged for the dispute itself, or gave back of it as a negative amount.
    fn fees(&self, direction: fn(&i64) -> bool) -> i64 {
        self.transactions()
            .filter_map(|t| amount(t, "fee"))
            .filter(direction)
            .fold(0, i64::saturating_add)
    }

    /// When Stripe first moved money of the dispute in one direction.
    fn moved(&self, direction: fn(i64) -> bool) -> Option<Timestamp> {
        self.transactions()
            .filter(|t| {
                t.get("amount")
                    .and_then(Value::as_i64)
                    .is_some_and(direction)
            })
            .filter_map(|t| Timestamp::from_second(t.get("created")?.as_i64()?).ok())
            .min()
    }

    /// What the dispute moved on the account's balance.
    fn transactions(&self) -> impl Iterator<Item = &Value> {
        let list = self.object.get("balance_transactions");
        list.and_then(Value::as_array).into_iter().flatten()
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
            facts_of("checkout.session.completed", unpaid.clone())[0].fact,
            Fact::PaymentProcessing { .. }
        ));
        for other in [json!("no_payment_required"), json!(null)] {
            unpaid["payment_status"] = other;
            let found = facts_of("checkout.session.completed", unpaid.clone());
            assert!(found.is_empty(), "{found:?}");
        }
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

    #[test]
    fn a_dispute_is_dated_by_what_it_moved_on_the_balance() {
        let dispute = json!({ "id": "dp_1", "amount": 1000, "currency": "usd", "status": "won", "balance_transactions": [
            { "amount": -1000, "fee": 1500, "created": 1_772_366_400 },
            { "amount": 1000, "fee": -1500, "created": 1_776_000_000 },
        ] });
        let Fact::Dispute(found) = facts_of("charge.dispute.closed", dispute).remove(0).fact else {
            panic!("a dispute");
        };
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        assert_eq!(
            (second(found.taken_at), second(found.returned_at)),
            (Some(1_772_366_400), Some(1_776_000_000))
        );
        assert_eq!((found.fee_minor, found.fee_returned_minor), (1_500, 1_500));
    }

    #[test]
    fn only_a_transfer_that_came_to_nothing_ends_its_session() {
        let object = |id: &str| json!({ "id": id, "payment_intent": "pi_1" });
        for (kind, id, ends) in [
            ("checkout.session.async_payment_failed", "cs_1", true),
            ("payment_intent.payment_failed", "pi_1", false),
        ] {
            let found = facts_of(kind, object(id)).remove(0).fact;
            assert!(
                matches!(&found, Fact::PaymentFailed(f) if f.ends_session == ends),
                "{found:?}"
            );
        }
    }
}
