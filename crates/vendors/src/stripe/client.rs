//! Client of Stripe's API (version 2026-09-30.endive): checkout sessions, refunds, the account's statement.

use crate::calls::{
    CallError, Checkout, CheckoutRequest, CheckoutStatus, Parameters, Payments, RefundRequest,
    RefundView, StatementPage,
};
use crate::stripe::refund_status;
use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::answer::{PAGE, VENDOR, instant, lacking, list, text};
use super::connection::Connection;
use super::money::{self, amount, to_stripe};
use super::payer::payer;
use super::statement;
use crate::http_call::{ClientError, Secret, call, succeed};

/// Pages that are looked through for one session: 5,000 sessions since its first try.
const PAGES_MAX: usize = 50;

/// A client of one account.
#[derive(Debug, Clone)]
pub struct StripeClient {
    connection: Connection,
    /// Where the customer comes back to.
    public_url: String,
}

impl StripeClient {
    /// A client; `base` is everything before `/v1`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, key: Secret, public_url: &str) -> Result<Self, ClientError> {
        Ok(Self {
            connection: Connection::new(base, key)?,
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.connection.request(method, path)
    }

    fn post(&self, path: &str, key: Option<&str>, form: &Parameters) -> RequestBuilder {
        let fields = form.0.iter();
        let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
        let request = self.connection.post(path, fields);
        match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    /// The payment intent of a charge that may be named by its checkout session.
    async fn intent_of(&self, charge: &str) -> Result<String, CallError> {
        if !charge.starts_with("cs_") {
            return Ok(charge.to_owned());
        }
        let session = self.checkout(charge).await?;
        session
            .payment_intent
            .ok_or_else(|| CallError::transient("the checkout session has no payment intent yet"))
    }
}

#[async_trait]
impl Payments for StripeClient {
    async fn checkout_parameters(
        &self,
        request: &CheckoutRequest,
    ) -> Result<Parameters, CallError> {
        let back = |outcome: &str| {
            format!(
                "{}/bookings/{}?payment={outcome}&session_id={{CHECKOUT_SESSION_ID}}",
                self.public_url, request.booking_id
            )
        };
        let mut form = vec![
            ("mode", "payment".to_owned()),
            ("line_items[0][quantity]", "1".to_owned()),
            (
                "line_items[0][price_data][currency]",
                request.currency.to_lowercase(),
            ),
            (
                "line_items[0][price_data][unit_amount]",
                to_stripe(request.amount_minor, &request.currency).to_string(),
            ),
            (
                "line_items[0][price_data][product_data][name]",
                request.product.clone(),
            ),
            ("client_reference_id", request.booking_id.clone()),
            ("metadata[booking_id]", request.booking_id.clone()),
            ("metadata[attempt]", request.attempt.to_string()),
            // A session's metadata is not copied to its payment intent.
            (
                "payment_intent_data[metadata][booking_id]",
                request.booking_id.clone(),
            ),
            (
                "payment_intent_data[metadata][attempt]",
                request.attempt.to_string(),
            ),
            ("expires_at", request.expires_at.as_second().to_string()),
            ("success_url", back("success")),
            ("cancel_url", back("canceled")),
        ];
        if let Some(email) = &request.email {
            form.push(("customer_email", email.0.clone()));
        }
        Ok(parameters(form))
    }

    async fn create_checkout(
        &self,
        key: &str,
        parameters: &Parameters,
    ) -> Result<Checkout, CallError> {
        let request = self.post("checkout/sessions", Some(key), parameters);
        checkout(&succeed(VENDOR, request).await?)
    }

    async fn checkout_of(
        &self,
        booking_id: &str,
        attempt: u32,
        since: Timestamp,
    ) -> Result<Option<Checkout>, CallError> {
        let attempt = attempt.to_string();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![
                ("created[gte]", since.as_second().to_string()),
                ("limit", PAGE.to_owned()),
            ];
            query.extend(after.take().map(|id| ("starting_after", id)));
            let request = self.request(Method::GET, "checkout/sessions").query(&query);
            let body = succeed(VENDOR, request).await?;
            let page = list(&body)?;
            let named = |session: &&Value, name: &str, value: &str| {
                let metadata = session.get("metadata");
                metadata.and_then(|m| text(m, name)).as_deref() == Some(value)
            };
            let ours = page.iter().find(|session| {
                named(session, "booking_id", booking_id) && named(session, "attempt", &attempt)
            });
            if let Some(session) = ours {
                return checkout(session).map(Some);
            }
            let more = body.get("has_more").and_then(Value::as_bool) == Some(true);
            match page.last().and_then(|last| text(last, "id")) {
                Some(last) if more => after = Some(last),
                _ => return Ok(None),
            }
        }
        Err(CallError::transient(format!("{VENDOR}'s list has no end")))
    }

    async fn expire_checkout(&self, session_id: &str) -> Result<(), CallError> {
        let answer = call(
            VENDOR,
            self.post(
                &format!("checkout/sessions/{session_id}/expire"),
                None,
                &Parameters::default(),
            ),
        )
        .await?;
        // Stripe answers 400 when the session is closed already; its own events tell how it ended.
        let closed = answer.status.as_u16() == 400
            && self
                .checkout(session_id)
                .await
                .is_ok_and(|c| c.status != CheckoutStatus::Open);
        if answer.status.is_success() || closed {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }

    async fn checkout(&self, session_id: &str) -> Result<Checkout, CallError> {
        checkout(
            &succeed(
                VENDOR,
                self.request(Method::GET, &format!("checkout/sessions/{session_id}")),
            )
            .await?,
        )
    }

    async fn refund_parameters(
        &self,
        key: &str,
        request: &RefundRequest,
    ) -> Result<Parameters, CallError> {
        let intent = self.intent_of(&request.charge).await?;
        let mut form = vec![
            ("payment_intent", intent),
            (
                "amount",
                to_stripe(request.amount_minor, &request.currency).to_string(),
            ),
            ("reason", "requested_by_customer".to_owned()),
            ("metadata[booking_id]", request.booking_id.clone()),
            ("metadata[effect_key]", key.to_owned()),
            ("metadata[currency]", request.currency.clone()),
        ];
        if let Some(attempt) = request.attempt {
            form.push(("metadata[attempt]", attempt.to_string()));
        }
        Ok(parameters(form))
    }

    async fn refund(&self, key: &str, parameters: &Parameters) -> Result<RefundView, CallError> {
        refund(&succeed(VENDOR, self.post("refunds", Some(key), parameters)).await?)
    }

    async fn refunds_of(&self, charge: &str) -> Result<Vec<RefundView>, CallError> {
        let intent = self.intent_of(charge).await?;
        let request = self
            .request(Method::GET, "refunds")
            .query(&[("payment_intent", intent.as_str()), ("limit", "100")]);
        let body = succeed(VENDOR, request).await?;
        list(&body)?.iter().map(refund).collect()
    }

    async fn statement(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&str>,
    ) -> Result<StatementPage, CallError> {
        let request = self
            .request(Method::GET, "balance_transactions")
            .query(&statement::query(from, to, after));
        statement::page(&succeed(VENDOR, request).await?)
    }
}

fn parameters(form: Vec<(&str, String)>) -> Parameters {
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    Parameters(form.into_iter().map(owned).collect())
}

fn checkout(body: &Value) -> Result<Checkout, CallError> {
    let status = match text(body, "status").as_deref() {
        Some("complete") => CheckoutStatus::Complete,
        Some("expired") => CheckoutStatus::Expired,
        _ => CheckoutStatus::Open,
    };
    let paid = money::of_session(body);
    Ok(Checkout {
        session_id: text(body, "id").ok_or_else(|| lacking("id"))?,
        url: text(body, "url"),
        payment_intent: text(body, "payment_intent"),
        expires_at: instant(body, "expires_at"),
        status,
        paid: matches!(
            text(body, "payment_status").as_deref(),
            Some("paid" | "no_payment_required")
        ),
        amount_minor: paid.amount_minor,
        currency: paid.currency,
        presented: paid.presented,
        mode: text(body, "mode"),
        email: payer(body),
    })
}

fn refund(body: &Value) -> Result<RefundView, CallError> {
    let metadata = |name: &str| body.get("metadata").and_then(|m| text(m, name));
    Ok(RefundView {
        refund_id: text(body, "id").ok_or_else(|| lacking("id"))?,
        payment_intent: text(body, "payment_intent"),
        status: refund_status(&text(body, "status").ok_or_else(|| lacking("status"))?),
        amount_minor: amount(body, "amount").ok_or_else(|| lacking("amount"))?,
        currency: text(body, "currency"),
        created: instant(body, "created"),
        booking_id: metadata("booking_id"),
        attempt: metadata("attempt").and_then(|a| a.parse().ok()),
        effect_key: metadata("effect_key"),
    })
}
