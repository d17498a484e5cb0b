//! Refunds and disputes of one booking. Every part only grows, so the order of facts does not matter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fact::{DisputeReport, RefundReport, RefundStatus, When};
use crate::inbox::told::{FirstTold, ToldBy};

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refund {
    pub payment_intent: Option<String>,
    /// Minor units of `currency`.
    pub amount_minor: Option<i64>,
    /// ISO 4217; `None` is the currency of the charge.
    #[serde(default)]
    pub currency: Option<String>,
    /// The number of the cancellation's refund call that made it; `None` for any other refund.
    pub attempt: Option<u32>,
    /// The key of our effect that made it; `None` for a refund that was made on Stripe's own pages.
    #[serde(default)]
    pub effect_key: Option<String>,
    /// When Stripe made it.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// Time of the first report of success.
    pub succeeded: Option<When>,
    /// Time of the newest report of success; after a failure it counts again.
    #[serde(default)]
    pub succeeded_last: Option<When>,
    pub failed: Option<When>,
    /// The delivery that reported its success.
    #[serde(default)]
    pub success_told: FirstTold,
    /// The delivery that reported its failure.
    #[serde(default)]
    pub failure_told: FirstTold,
}

impl Refund {
    /// What `report` says, told in `epoch`.
    pub(super) fn told(report: &RefundReport, epoch: u32, told_by: Option<&ToldBy>) -> Self {
        let when = When {
            epoch,
            at: report.at,
        };
        let told = |status| (report.status == status).then_some(when);
        let teller =
            |status| FirstTold::new(report.at, told_by.filter(|_| report.status == status));
        Self {
            payment_intent: report.payment_intent.clone(),
            amount_minor: report.amount_minor,
            currency: report.currency.clone(),
            attempt: report.attempt,
            effect_key: report.effect_key.clone(),
            created: report.created,
            succeeded: told(RefundStatus::Succeeded),
            succeeded_last: told(RefundStatus::Succeeded),
            failed: told(RefundStatus::Failed),
            success_told: teller(RefundStatus::Succeeded),
            failure_told: teller(RefundStatus::Failed),
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        let first = |a: Option<When>, b: Option<When>| a.into_iter().chain(b).min();
        either(&mut self.payment_intent, &other.payment_intent);
        either(&mut self.currency, &other.currency);
        either(&mut self.effect_key, &other.effect_key);
        self.amount_minor = self.amount_minor.max(other.amount_minor);
        self.attempt = self.attempt.max(other.attempt);
        self.created = self.created.or(other.created);
        self.succeeded = first(self.succeeded, other.succeeded);
        self.succeeded_last = self.succeeded_last.max(other.succeeded_last);
        self.failed = first(self.failed, other.failed);
        self.success_told.join(&other.success_told);
        self.failure_told.join(&other.failure_told);
    }

    /// What told that it succeeded or failed at this time; `None`: it did neither.
    pub(super) fn told_at(&self, at: Timestamp) -> Option<&FirstTold> {
        let then = |when: Option<When>| when.is_some_and(|when| when.at == at);
        if then(self.succeeded) || then(self.succeeded_last) {
            Some(&self.success_told)
        } else {
            then(self.failed).then_some(&self.failure_told)
        }
    }

    /// The customer has the money: it succeeded, and did not come back since.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.succeeded_last
            .or(self.succeeded)
            .is_some_and(|last| self.failed.is_none_or(|failed| failed <= last))
    }

    /// When Stripe made it, or first told of it.
    pub(super) fn made_at(&self) -> Option<Timestamp> {
        let told = self.succeeded.or(self.failed).map(|when| when.at);
        self.created.or(told)
    }

    /// It failed or came back, and no later report says that it succeeded.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.is_some() && !self.stands()
    }

    /// Its result is not known yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.succeeded.is_none() && self.failed.is_none()
    }

    /// Success that was told after a failure.
    #[must_use]
    pub fn recovered(&self) -> Option<When> {
        self.succeeded_last.filter(|last| {
            self.succeeded != Some(*last) && self.failed.is_some_and(|failed| failed <= *last)
        })
    }
}

/// Takes over what the other knows and this one does not.
fn either(own: &mut Option<String>, other: &Option<String>) {
    if own.is_none() {
        own.clone_from(other);
    }
}

/// One dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217; `None` is the booking's currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// Of the payment that is disputed.
    #[serde(default)]
    pub payment_intent: Option<String>,
    /// Minor units of `fee_currency`.
    pub fee_minor: i64,
    /// What the bank gave back of the fee.
    #[serde(default)]
    pub fee_returned_minor: i64,
    /// ISO 4217: that of the account's balance; `None` is that of the dispute.
    #[serde(default)]
    pub fee_currency: Option<String>,
    /// When Stripe took the money; the first event's time where no event has told it.
    pub at: Timestamp,
    pub closed: bool,
    pub won: bool,
    /// When Stripe gave the money back; set once the dispute is won.
    #[serde(default)]
    pub returned_at: Option<Timestamp>,
    #[serde(default)]
    pub told: FirstTold,
    /// When it was told that the bank gave the money to the customer.
    #[serde(default)]
    pub lost_at: Option<Timestamp>,
    /// What told that it was won.
    #[serde(default)]
    pub win_told: FirstTold,
}

impl Dispute {
    /// What `report` says.
    pub(super) fn told(report: &DisputeReport, told_by: Option<&ToldBy>) -> Self {
        Self {
            amount_minor: report.amount_minor,
            currency: report.currency.clone(),
            payment_intent: report.payment_intent.clone(),
            fee_minor: report.fee_minor,
            fee_returned_minor: report.fee_returned_minor,
            fee_currency: report.fee_currency.clone(),
            at: report.taken_at.unwrap_or(report.at),
            closed: report.closed,
            won: report.won,
            returned_at: report
                .won
                .then_some(report.returned_at.unwrap_or(report.at)),
            lost_at: (report.closed && !report.won).then_some(report.at),
            told: FirstTold::new(report.at, told_by),
            win_told: FirstTold::new(report.at, told_by.filter(|_| report.won)),
        }
    }

    /// When the customer got the money for good; `None` while it is open and once it is won.
    pub(super) fn lost(&self) -> Option<Timestamp> {
        let lost = self.closed && !self.won;
        lost.then(|| self.lost_at.unwrap_or(self.at))
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.at = self.at.min(other.at);
        self.fee_minor = self.fee_minor.max(other.fee_minor);
        self.fee_returned_minor = self.fee_returned_minor.max(other.fee_returned_minor);
        either(&mut self.currency, &other.currency);
        either(&mut self.payment_intent, &other.payment_intent);
        either(&mut self.fee_currency, &other.fee_currency);
        self.closed |= other.closed;
        self.won |= other.won;
        self.returned_at = self.returned_at.into_iter().chain(other.returned_at).min();
        self.lost_at = self.lost_at.into_iter().chain(other.lost_at).min();
        self.told.join(&other.told);
        self.win_told.join(&other.win_told);
    }
}
