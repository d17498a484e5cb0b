//! A payment service with Stripe's rules of idempotency: the same key and parameters happen once, the same key with
//! other parameters is an error.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bookpath_domain::bookings::RefundStatus;
use bookpath_ports::{
    CallError, Checkout, CheckoutRequest, CheckoutStatus, Parameters, Payments, RefundRequest,
    RefundView, StatementPage,
};
use jiff::Timestamp;

use crate::carriers::Failures;

/// A checkout session that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeSession {
    pub key: String,
    pub parameters: Parameters,
    pub view: Checkout,
}

/// A refund that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeRefund {
    pub key: String,
    pub charge: String,
    pub view: RefundView,
}

#[derive(Debug, Default)]
struct Account {
    sessions: Vec<MadeSession>,
    refunds: Vec<MadeRefund>,
    keys: BTreeMap<String, Parameters>,
    statement: StatementPage,
}

/// The payment service of a test.
#[derive(Debug, Default)]
pub struct FakePayments {
    account: Mutex<Account>,
    /// Where a customer comes back to; a test may change it between two tries.
    pub public_url: Mutex<String>,
    fail: Failures,
    lose: Failures,
    pending: Failures,
}

impl FakePayments {
    fn lock(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<MadeSession> {
        self.lock().sessions.clone()
    }

    /// The refunds, oldest first.
    #[must_use]
    pub fn refunds(&self) -> Vec<MadeRefund> {
        self.lock().refunds.clone()
    }

    /// The next `count` calls meet a 503 and do nothing.
    pub fn fail(&self, count: u32) {
        self.fail.set(count);
    }

    /// The next `count` calls are done, and their answers are lost.
    pub fn lose(&self, count: u32) {
        self.lose.set(count);
    }

    /// The next `count` refunds are pending.
    pub fn leave_pending(&self, count: u32) {
        self.pending.set(count);
    }

    /// Forgets every idempotency key, as Stripe does after a day.
    pub fn forget_keys(&self) {
        self.lock().keys.clear();
    }

    /// How a refund stands from now on.
    pub fn set_refund(&self, refund_id: &str, status: RefundStatus) {
        let mut account = self.lock();
        let found = account
            .refunds
            .iter_mut()
            .find(|r| r.view.refund_id == refund_id);
        found.expect("a refund").view.status = status;
    }

    /// What the statement says.
    pub fn set_statement(&self, page: StatementPage) {
        self.lock().statement = page;
    }

    /// Whether a call with this key is the first; an error where its parameters are others than the first's.
    fn first(account: &mut Account, key: &str, parameters: &Parameters) -> Result<bool, CallError> {
        match account.keys.get(key) {
            Some(known) if known != parameters => Err(CallError {
                reused_key: true,
                ..CallError::refused("idempotency_error")
            }),
            Some(_) => Ok(false),
            None => {
                account.keys.insert(key.to_owned(), parameters.clone());
                Ok(true)
            }
        }
    }

    fn lost(&self) -> Result<(), CallError> {
        if self.lose.next() {
            Err(CallError::transient("the connection broke"))
        } else {
            Ok(())
        }
    }

    fn available(&self) -> Result<(), CallError> {
        if self.fail.next() {
            Err(CallError::transient("503, because a test says so"))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Payments for FakePayments {
    async fn checkout_parameters(
        &self,
        request: &CheckoutRequest,
    ) -> Result<Parameters, CallError> {
        let back = self.public_url.lock().unwrap().clone();
        Ok(Parameters(vec![
            ("amount".to_owned(), request.amount_minor.to_string()),
            ("booking_id".to_owned(), request.booking_id.clone()),
            ("attempt".to_owned(), request.attempt.to_string()),
            ("success_url".to_owned(), back),
        ]))
    }

    async fn create_checkout(
        &self,
        key: &str,
        parameters: &Parameters,
    ) -> Result<Checkout, CallError> {
        self.available()?;
        let mut account = self.lock();
        if Self::first(&mut account, key, parameters)? {
            let number = account.sessions.len() + 1;
            let view = Checkout {
                session_id: format!("cs_{number}"),
                url: Some(format!("https://pay.test/cs_{number}")),
                payment_intent: None,
                expires_at: None,
                status: CheckoutStatus::Open,
                paid: false,
                amount_minor: parameters.get("amount").and_then(|a| a.parse().ok()),
                currency: None,
                presented: None,
                mode: None,
                email: None,
            };
            account.sessions.push(MadeSession {
                key: key.to_owned(),
                parameters: parameters.clone(),
                view,
            });
        }
        let made = account.sessions.iter().find(|s| s.key == key);
        let view = made.expect("a session").view.clone();
        drop(account);
        self.lost()?;
        Ok(view)
    }

    async fn expire_checkout(&self, session_id: &str) -> Result<(), CallError> {
        self.available()?;
        let mut account = self.lock();
        let of = |s: &&mut MadeSession| s.view.session_id == session_id;
        if let Some(session) = account.sessions.iter_mut().find(of) {
            session.view.status = CheckoutStatus::Expired;
        }
        Ok(())
    }

    async fn checkout(&self, session_id: &str) -> Result<Checkout, CallError> {
        self.available()?;
        let account = self.lock();
        let made = account
            .sessions
            .iter()
            .find(|s| s.view.session_id == session_id);
        made.map(|s| s.view.clone())
            .ok_or_else(|| CallError::refused("no such session"))
    }

    async fn checkout_of(
        &self,
        booking_id: &str,
        attempt: u32,
        _since: Timestamp,
    ) -> Result<Option<Checkout>, CallError> {
        self.available()?;
        let of = |s: &&MadeSession| {
            s.parameters.get("booking_id") == Some(booking_id)
                && s.parameters.get("attempt") == Some(&attempt.to_string())
        };
        Ok(self.lock().sessions.iter().find(of).map(|s| s.view.clone()))
    }

    async fn refund_parameters(
        &self,
        key: &str,
        request: &RefundRequest,
    ) -> Result<Parameters, CallError> {
        let mut parameters = vec![
            ("payment_intent".to_owned(), request.charge.clone()),
            ("amount".to_owned(), request.amount_minor.to_string()),
            ("booking_id".to_owned(), request.booking_id.clone()),
            ("effect_key".to_owned(), key.to_owned()),
        ];
        parameters.extend(
            request
                .attempt
                .map(|n| ("attempt".to_owned(), n.to_string())),
        );
        Ok(Parameters(parameters))
    }

    async fn refund(&self, key: &str, parameters: &Parameters) -> Result<RefundView, CallError> {
        self.available()?;
        let mut account = self.lock();
        if Self::first(&mut account, key, parameters)? {
            let text = |name: &str| parameters.get(name).map(str::to_owned);
            let status = if self.pending.next() {
                RefundStatus::Pending
            } else {
                RefundStatus::Succeeded
            };
            let view = RefundView {
                refund_id: format!("re_{}", account.refunds.len() + 1),
                payment_intent: text("payment_intent"),
                status,
                amount_minor: text("amount").and_then(|a| a.parse().ok()).unwrap_or(0),
                currency: None,
                created: None,
                booking_id: text("booking_id"),
                attempt: text("attempt").and_then(|a| a.parse().ok()),
                effect_key: text("effect_key"),
            };
            account.refunds.push(MadeRefund {
                key: key.to_owned(),
                charge: text("payment_intent").unwrap_or_default(),
                view,
            });
        }
        let made = account.refunds.iter().rfind(|r| r.key == key);
        let view = made.expect("a refund").view.clone();
        drop(account);
        self.lost()?;
        Ok(view)
    }

    async fn refunds_of(&self, charge: &str) -> Result<Vec<RefundView>, CallError> {
        self.available()?;
        let account = self.lock();
        let of = |r: &&MadeRefund| r.charge == charge;
        let refunds = account.refunds.iter().rev().filter(of);
        Ok(refunds.map(|r| r.view.clone()).collect())
    }

    async fn statement(
        &self,
        _from: Timestamp,
        _to: Timestamp,
        _after: Option<&str>,
    ) -> Result<StatementPage, CallError> {
        self.available()?;
        Ok(self.lock().statement.clone())
    }
}
