//! The account's balance: what every charge, refund and dispute moved, and what Stripe kept.

use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use super::account::Stripe;
use super::form::Form;
use super::state::{Refund, Session, event};

/// Transactions of a page, if the caller names no number; and at most.
const PAGE: usize = 10;
const PAGE_MAX: usize = 100;

impl super::state::State {
    pub(super) fn book_charge(&mut self, session: &Session, created: i64) {
        let fee = session.amount_total * 29 / 1000 + 30;
        let source = json!({
            "object": "charge", "id": self.next_id("ch"), "payment_intent": session.payment_intent, "amount": session.amount_total,
            "currency": session.currency, "metadata": session.intent_metadata,
        });
        self.book(
            "charge",
            session.amount_total,
            fee,
            &session.currency,
            source,
            created,
        );
    }

    /// `category` is `refund`, or `refund_failure` for one that came back.
    pub(super) fn book_refund(&mut self, refund: &Refund, category: &str, created: i64) {
        let amount = if category == "refund" {
            -refund.amount
        } else {
            refund.amount
        };
        self.book(
            category,
            amount,
            0,
            &refund.currency.clone(),
            refund.json(),
            created,
        );
    }

    /// The customer's bank takes a payment back: the event that tells of it.
    pub(super) fn dispute(&mut self, session_id: &str, created: i64) -> Option<Value> {
        let (id, event_id) = (self.next_id("dp"), self.next_id("evt"));
        let session = self
            .sessions
            .get(session_id)
            .filter(|s| s.payment_status == "paid")
            .cloned()?;
        let object = json!({
            "object": "dispute", "id": id, "payment_intent": session.payment_intent, "amount": session.amount_total,
            "currency": session.currency, "status": "needs_response", "metadata": {}, "balance_transactions": [{ "amount": -session.amount_total, "fee": 1500, "created": created }],
        });
        self.book(
            "dispute",
            -session.amount_total,
            1500,
            &session.currency,
            object.clone(),
            created,
        );
        Some(event(&event_id, "charge.dispute.created", created, &object))
    }

    fn book(
        &mut self,
        category: &str,
        amount: i64,
        fee: i64,
        currency: &str,
        source: Value,
        created: i64,
    ) {
        let id = self.next_id("txn");
        self.transactions.push(json!({
            "object": "balance_transaction", "id": id, "type": category, "reporting_category": category, "amount": amount, "fee": fee,
            "net": amount - fee, "currency": currency, "created": created, "source": source,
        }));
    }
}

/// Newest first, as Stripe lists. The source is always expanded.
pub(super) async fn list(State(stripe): State<Stripe>, Query(query): Query<Form>) -> Json<Value> {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let created = |t: &&Value| {
        let at = t["created"].as_i64().unwrap_or(0);
        number("created[gte]").is_none_or(|from| at >= from)
            && number("created[lt]").is_none_or(|to| at < to)
    };
    let limit = number("limit")
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(PAGE)
        .clamp(1, PAGE_MAX);
    let (state, _) = stripe.lock_now();
    let all: Vec<&Value> = state.transactions.iter().rev().filter(created).collect();
    let after = query.get("starting_after");
    let start = after.map_or(0, |id| {
        all.iter()
            .position(|t| t["id"] == id.as_str())
            .map_or(all.len(), |at| at + 1)
    });
    let data: Vec<&Value> = all.iter().skip(start).take(limit).copied().collect();
    Json(json!({ "object": "list", "has_more": all.len() > start + data.len(), "data": data }))
}
