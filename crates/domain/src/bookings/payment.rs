//! Payments, refunds and disputes of one booking. Every collection only grows, so the order of facts does not matter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fact::{DisputeReport, Fact, Paid, RefundReport, When};
use super::refund::{Dispute, Refund};
use crate::bookings::invitee::Private;
use crate::inbox::told::{FirstTold, ToldBy};
use crate::money::Money;
use crate::money::ledger::LedgerEntry;

/// Progress of the payment. It only moves forward, also when facts come late (X48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    NotRequired,
    Unpaid,
    Failed,
    Processing,
    Paid,
    PartiallyRefunded,
    Refunded,
}

/// One Checkout session that we asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub attempt: u32,
    /// `None` until Stripe answered.
    pub session_id: Option<String>,
    pub url: Option<String>,
    pub payment_intent: Option<String>,
    pub expires_at: Timestamp,
}

/// One thing Stripe said about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidFact {
    pub session_id: Option<String>,
    pub payment_intent: Option<String>,
    /// Minor units of `currency`; `None` where the event names no money.
    pub amount_minor: Option<i64>,
    /// ISO 4217; `None` is the booking's currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// What the customer saw, where Stripe converted the price for them.
    #[serde(default)]
    pub presented: Option<Money>,
    /// `payment`, `subscription` or `setup`; `None` where the event does not say.
    #[serde(default)]
    pub mode: Option<String>,
    /// The address that the customer gave on the payment page.
    #[serde(default)]
    pub email: Option<Private>,
    pub when: When,
    #[serde(default)]
    pub told: FirstTold,
}

/// A failure or an expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFact {
    pub session_id: Option<String>,
    pub payment_intent: Option<String>,
    pub attempt: Option<u32>,
    /// The session accepts no other try, because its bank transfer failed.
    #[serde(default)]
    pub ends_session: bool,
    pub when: When,
}

/// The refunded total that a charge reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeTotal {
    /// Minor units, as the charge reported them.
    pub total_minor: i64,
    #[serde(default)]
    pub told: FirstTold,
}

/// The ledger's entries for one movement of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The movement's newest entry.
    pub entry: LedgerEntry,
    /// `false`: an entry of the opposite amount has taken it back.
    pub stands: bool,
    /// How many entries the movement has in all.
    pub entries: u32,
}

/// The money of one booking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Payment {
    /// Idempotency key to session.
    pub sessions: BTreeMap<String, Session>,
    pub paid: BTreeMap<String, PaidFact>,
    /// By event id, or by our effect's key.
    pub failures: BTreeMap<String, SessionFact>,
    /// By session id.
    pub expired: BTreeMap<String, SessionFact>,
    /// Sessions that were completed before their money came, by id; see [`Payment::is_processing`].
    pub processing: BTreeSet<String>,
    /// By refund id; `charge:<payment intent>` for what only the charge reported.
    pub refunds: BTreeMap<String, Refund>,
    /// Newest total that each charge itself reported, by payment intent.
    pub charge_totals: BTreeMap<String, (Timestamp, i64)>,
    pub disputes: BTreeMap<String, Dispute>,
    /// Idempotency key of each refund that we asked for, and its charge.
    pub refunds_asked: BTreeMap<String, String>,
    /// Idempotency key of each refund that we asked for, and its amount in minor units of the charge.
    #[serde(default)]
    pub refund_amounts: BTreeMap<String, i64>,
    /// Which charge is the booking's own, fixed as soon as any refund was asked for.
    pub own_charge: Option<String>,
    /// Every total that a charge reported, by payment intent and the event's time.
    #[serde(default)]
    pub totals: BTreeMap<String, BTreeMap<Timestamp, ChargeTotal>>,
    /// What the ledger has, by movement (see `movements`).
    #[serde(default)]
    pub posted: BTreeMap<String, Posted>,
    /// What the ledger had of the refunds before it had [`Self::posted`], by the name that their charge had then, and in
    /// how many entries.
    pub ledger_refunds: BTreeMap<String, i64>,
    pub ledger_refund_entries: u32,
}

/// Idempotency key of a checkout session: `session:<booking_id>:<attempt>`.
pub(super) fn session_key(booking_id: &str, attempt: u32) -> String {
    format!("session:{booking_id}:{attempt}")
}

impl Payment {
    /// Stripe's answer to one of our sessions; any other fact is none.
    pub(super) fn learn_session(&mut self, fact: &Fact) {
        let Fact::SessionCreated {
            key,
            session_id,
            url,
            expires_at,
            payment_intent,
        } = fact
        else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(key) {
            session.session_id = Some(session_id.clone());
            session.url = Some(url.clone());
            session.expires_at = *expires_at;
            session.payment_intent = session
                .payment_intent
                .take()
                .or_else(|| payment_intent.clone());
        }
    }

    pub(super) fn learn_paid(&mut self, fact: &Paid, epoch: u32, told_by: Option<&ToldBy>) {
        let key = format!(
            "{}|{}",
            fact.session_id.as_deref().unwrap_or(""),
            fact.payment_intent.as_deref().unwrap_or("")
        );
        let when = When { epoch, at: fact.at };
        let told = FirstTold::new(fact.at, told_by);
        let new = PaidFact {
            session_id: fact.session_id.clone(),
            payment_intent: fact.payment_intent.clone(),
            amount_minor: fact.amount_minor,
            currency: fact.currency.clone(),
            presented: fact.presented.clone(),
            mode: fact.mode.clone(),
            email: fact.email.clone(),
            when,
            told: told.clone(),
        };
        let known = self.paid.entry(key).or_insert(new);
        known.when = known.when.min(when);
        known.told.join(&told);
        known.amount_minor = known.amount_minor.max(fact.amount_minor);
        known.currency = known.currency.take().or_else(|| fact.currency.clone());
        known.presented = known.presented.take().or_else(|| fact.presented.clone());
        known.mode = known.mode.take().or_else(|| fact.mode.clone());
        known.email = known.email.take().or_else(|| fact.email.clone());
    }

    pub(super) fn learn_refund(
        &mut self,
        report: &RefundReport,
        epoch: u32,
        told_by: Option<&ToldBy>,
    ) {
        let key = report.refund_id.clone().unwrap_or_else(|| {
            format!("charge:{}", report.payment_intent.as_deref().unwrap_or(""))
        });
        let told = Refund::told(report, epoch, told_by);
        self.refunds.entry(key).or_default().join(&told);
        if let Some(total) = report.charge_total_minor {
            let known = self
                .charge_totals
                .entry(report.payment_intent.clone().unwrap_or_default())
                .or_insert((report.at, total));
            *known = (*known).max((report.at, total));
            let intent = report.payment_intent.clone().unwrap_or_default();
            let told = ChargeTotal {
                total_minor: total,
                told: FirstTold::new(report.at, told_by),
            };
            self.learn_total(&intent, report.at, &told);
        }
    }

    fn learn_total(&mut self, intent: &str, at: Timestamp, told: &ChargeTotal) {
        let totals = self.totals.entry(intent.to_owned()).or_default();
        let known = totals.entry(at).or_insert_with(|| told.clone());
        known.total_minor = known.total_minor.max(told.total_minor);
        known.told.join(&told.told);
    }

    pub(super) fn learn_dispute(&mut self, report: &DisputeReport, told_by: Option<&ToldBy>) {
        let told = Dispute::told(report, told_by);
        self.disputes
            .entry(report.dispute_id.clone())
            .or_insert_with(|| told.clone())
            .join(&told);
    }

    /// Drops a request under this key that led to nothing.
    pub(super) fn forget_effect(&mut self, key: &str) {
        self.refunds_asked.remove(key);
        self.refund_amounts.remove(key);
        if self
            .sessions
            .get(key)
            .is_some_and(|s| s.session_id.is_none())
        {
            self.sessions.remove(key);
        }
    }

    /// The union with what another booking of the same chain knows.
    pub(super) fn join(&mut self, other: &Self) {
        fn facts(mine: &mut BTreeMap<String, SessionFact>, theirs: &BTreeMap<String, SessionFact>) {
            for (id, fact) in theirs {
                let known = mine.entry(id.clone()).or_insert_with(|| fact.clone());
                known.when = known.when.min(fact.when);
            }
        }
        for (key, session) in &other.sessions {
            self.sessions
                .entry(key.clone())
                .or_insert_with(|| session.clone());
        }
        for (key, fact) in &other.paid {
            let known = self.paid.entry(key.clone()).or_insert_with(|| fact.clone());
            known.when = known.when.min(fact.when);
            known.told.join(&fact.told);
            known.amount_minor = known.amount_minor.max(fact.amount_minor);
            known.email = known.email.take().or_else(|| fact.email.clone());
        }
        facts(&mut self.failures, &other.failures);
        facts(&mut self.expired, &other.expired);
        self.processing.extend(other.processing.iter().cloned());
        for (id, refund) in &other.refunds {
            self.refunds.entry(id.clone()).or_default().join(refund);
        }
        for (charge, total) in &other.charge_totals {
            let known = self.charge_totals.entry(charge.clone()).or_insert(*total);
            *known = (*known).max(*total);
        }
        for (intent, totals) in &other.totals {
            for (at, told) in totals {
                self.learn_total(intent, *at, told);
            }
        }
        for (name, posted) in &other.posted {
            let known = self.posted.entry(name.clone());
            known.or_insert_with(|| posted.clone());
        }
        for (id, dispute) in &other.disputes {
            self.disputes
                .entry(id.clone())
                .or_insert_with(|| dispute.clone())
                .join(dispute);
        }
        self.refunds_asked.extend(
            other
                .refunds_asked
                .iter()
                .map(|(key, charge)| (key.clone(), charge.clone())),
        );
        for (key, minor) in &other.refund_amounts {
            self.refund_amounts.entry(key.clone()).or_insert(*minor);
        }
        self.own_charge = self.own_charge.take().or_else(|| other.own_charge.clone());
        for (charge, minor) in &other.ledger_refunds {
            *self.ledger_refunds.entry(charge.clone()).or_default() += minor;
        }
        self.ledger_refund_entries += other.ledger_refund_entries;
    }

    /// The address that somebody gave on Stripe's page when they paid.
    #[must_use]
    pub fn payer(&self) -> Option<&str> {
        let mut given = self.paid.values().filter_map(|paid| paid.email.as_ref());
        given.next().map(|address| address.0.as_str())
    }

    /// What told of a payment of this time; `None`: there is none.
    pub(super) fn payment_told(&self, at: Timestamp) -> Option<&FirstTold> {
        let found = self.paid.values().find(|paid| paid.when.at == at);
        found.map(|paid| &paid.told)
    }

    /// What told of a refund that ended at this time; `None`: there is none.
    pub(super) fn refund_told(&self, at: Timestamp) -> Option<&FirstTold> {
        self.refunds.values().find_map(|refund| refund.told_at(at))
    }

    /// The name of the charge that a fact is about.
    pub(super) fn charge_id(&self, fact: &PaidFact) -> String {
        let known = || {
            let session = fact.session_id.as_ref()?;
            let said = self
                .paid
                .values()
                .find(|p| p.session_id.as_ref() == Some(session) && p.payment_intent.is_some());
            let ours = || {
                self.sessions
                    .values()
                    .find(|s| s.session_id.as_ref() == Some(session))?
                    .payment_intent
                    .clone()
            };
            said.and_then(|p| p.payment_intent.clone()).or_else(ours)
        };
        fact.payment_intent
            .clone()
            .or_else(known)
            .or_else(|| fact.session_id.clone())
            .unwrap_or_default()
    }

    /// A dispute holds the money back, or has taken it.
    #[must_use]
    pub fn disputed(&self) -> bool {
        self.disputes.values().any(|d| !d.won)
    }

    /// The session to which a fact belongs, with the key of the effect that opened it.
    #[must_use]
    pub fn session_of(&self, fact: &SessionFact) -> Option<(&str, &Session)> {
        let same =
            |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
        let mut sessions = self.sessions.iter();
        let found = sessions.find(|(_, s)| {
            same(&s.session_id, &fact.session_id) || same(&s.payment_intent, &fact.payment_intent)
        });
        found.map(|(key, session)| (key.as_str(), session))
    }

    /// The attempt to which a session or payment intent belongs.
    #[must_use]
    pub fn attempt_of(&self, fact: &SessionFact) -> Option<u32> {
        let session = self.session_of(fact);
        session.map(|(_, s)| s.attempt).or(fact.attempt)
    }

    /// The customer can pay nothing more on this session's page: it was paid, completed or has run out.
    #[must_use]
    pub fn closed(&self, session: &Session) -> bool {
        session
            .session_id
            .as_ref()
            .is_some_and(|id| !self.may_be_open(session) || self.failed_for_good(id))
    }

    /// Stripe may still take money on this session's page: it has not run out, and no event said that it was completed.
    /// A payment that failed for good names its session, but does not say that the page is closed.
    #[must_use]
    pub fn may_be_open(&self, session: &Session) -> bool {
        session.session_id.as_ref().is_none_or(|id| {
            !self.expired.contains_key(id) && !self.processing.contains(id) && !self.has_paid(id)
        })
    }

    /// The money of a completed session is on its way: neither here nor given up.
    #[must_use]
    pub fn is_processing(&self, session_id: &str) -> bool {
        self.processing.contains(session_id)
            && !self.has_paid(session_id)
            && !self.failed_for_good(session_id)
    }

    /// Whether a bank transfer is on its way.
    #[must_use]
    pub fn any_processing(&self) -> bool {
        self.processing.iter().any(|id| self.is_processing(id))
    }

    fn has_paid(&self, session_id: &str) -> bool {
        let of = |p: &PaidFact| p.session_id.as_deref() == Some(session_id);
        self.paid.values().any(of)
    }

    fn failed_for_good(&self, session_id: &str) -> bool {
        let of = |f: &SessionFact| f.ends_session && f.session_id.as_deref() == Some(session_id);
        self.failures.values().any(of)
    }

    /// How many payments failed.
    #[must_use]
    pub fn failed_attempts(&self) -> usize {
        self.failures.len()
    }
}
