//! What is known about the money of one booking. Every part only grows, so the order of facts does not matter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fact::{DisputeReport, Fact, Paid, RefundReport};

/// A fact's own time, and how many accepted actions of people it came after. Facts are ordered by time within an
/// epoch only: what a person was shown and acted upon is never re-ordered behind their back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct When {
    pub epoch: u32,
    pub at: Timestamp,
}

/// Monotone (X48): it never goes back, whatever comes late.
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

/// Stripe's refund states that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    Succeeded,
    /// Also `canceled`.
    Failed,
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
    pub amount_minor: Option<i64>,
    pub when: When,
}

/// A failure or an expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFact {
    pub session_id: Option<String>,
    pub payment_intent: Option<String>,
    pub attempt: Option<u32>,
    pub when: When,
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refund {
    pub payment_intent: Option<String>,
    pub amount_minor: Option<i64>,
    pub attempt: Option<u32>,
    /// When Stripe made it.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// When success was first told.
    pub succeeded: Option<When>,
    /// When success was last told: after a failure it counts again.
    #[serde(default)]
    pub succeeded_last: Option<When>,
    pub failed: Option<When>,
}

impl Refund {
    fn join(&mut self, other: &Self) {
        let first = |a: Option<When>, b: Option<When>| a.into_iter().chain(b).min();
        self.payment_intent = self
            .payment_intent
            .take()
            .or_else(|| other.payment_intent.clone());
        self.amount_minor = self.amount_minor.max(other.amount_minor);
        self.attempt = self.attempt.max(other.attempt);
        self.created = self.created.or(other.created);
        self.succeeded = first(self.succeeded, other.succeeded);
        self.succeeded_last = self.succeeded_last.max(other.succeeded_last);
        self.failed = first(self.failed, other.failed);
    }

    /// The customer has the money: it succeeded, and did not come back since.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.succeeded_last
            .or(self.succeeded)
            .is_some_and(|last| self.failed.is_none_or(|failed| failed <= last))
    }

    /// Success that was told after a failure.
    #[must_use]
    pub fn recovered(&self) -> Option<When> {
        self.succeeded_last.filter(|last| {
            self.succeeded != Some(*last) && self.failed.is_some_and(|failed| failed <= *last)
        })
    }
}

/// One dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub amount_minor: i64,
    pub fee_minor: i64,
    pub at: Timestamp,
    pub closed: bool,
    pub won: bool,
}

impl Dispute {
    fn join(&mut self, other: &Self) {
        self.at = self.at.min(other.at);
        self.fee_minor = self.fee_minor.max(other.fee_minor);
        self.closed |= other.closed;
        self.won |= other.won;
    }
}

/// One charge: everything that was said about the same payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The payment intent where it is known, else the session.
    pub id: String,
    /// Every name that the same payment goes by.
    pub names: BTreeSet<String>,
    pub amount_minor: i64,
    pub when: When,
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
    pub processing: BTreeSet<String>,
    /// By refund id; `charge:<payment intent>` for what only the charge reported.
    pub refunds: BTreeMap<String, Refund>,
    /// Newest total that each charge itself reported, by payment intent.
    pub charge_totals: BTreeMap<String, (Timestamp, i64)>,
    pub disputes: BTreeMap<String, Dispute>,
    /// Idempotency key of each refund that we asked for, and its charge.
    pub refunds_asked: BTreeMap<String, String>,
    /// Which charge is the booking's own, fixed as soon as any refund was asked for.
    pub own_charge: Option<String>,
    /// What the ledger has of the refunds, by the name that their charge had then, and in how many entries.
    pub ledger_refunds: BTreeMap<String, i64>,
    pub ledger_refund_entries: u32,
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

    pub(super) fn learn_paid(&mut self, fact: &Paid, epoch: u32) {
        let key = format!(
            "{}|{}",
            fact.session_id.as_deref().unwrap_or(""),
            fact.payment_intent.as_deref().unwrap_or("")
        );
        let when = When { epoch, at: fact.at };
        let new = PaidFact {
            session_id: fact.session_id.clone(),
            payment_intent: fact.payment_intent.clone(),
            amount_minor: fact.amount_minor,
            when,
        };
        let known = self.paid.entry(key).or_insert(new);
        known.when = known.when.min(when);
        known.amount_minor = known.amount_minor.max(fact.amount_minor);
    }

    pub(super) fn learn_refund(&mut self, report: &RefundReport, epoch: u32) {
        let key = report.refund_id.clone().unwrap_or_else(|| {
            format!("charge:{}", report.payment_intent.as_deref().unwrap_or(""))
        });
        let when = When {
            epoch,
            at: report.at,
        };
        let told = |status| (report.status == status).then_some(when);
        let (succeeded, failed) = (told(RefundStatus::Succeeded), told(RefundStatus::Failed));
        let (payment_intent, amount_minor, attempt) = (
            report.payment_intent.clone(),
            report.amount_minor,
            report.attempt,
        );
        let (created, succeeded_last) = (report.created, succeeded);
        let told = Refund {
            payment_intent,
            amount_minor,
            attempt,
            created,
            succeeded,
            succeeded_last,
            failed,
        };
        self.refunds.entry(key).or_default().join(&told);
        if let Some(total) = report.charge_total_minor {
            let known = self
                .charge_totals
                .entry(report.payment_intent.clone().unwrap_or_default())
                .or_insert((report.at, total));
            *known = (*known).max((report.at, total));
        }
    }

    pub(super) fn learn_dispute(&mut self, report: &DisputeReport) {
        let &DisputeReport {
            amount_minor,
            fee_minor,
            at,
            closed,
            won,
            ..
        } = report;
        let told = Dispute {
            amount_minor,
            fee_minor,
            at,
            closed,
            won,
        };
        self.disputes
            .entry(report.dispute_id.clone())
            .or_insert_with(|| told.clone())
            .join(&told);
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
            known.amount_minor = known.amount_minor.max(fact.amount_minor);
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
        self.own_charge = self.own_charge.take().or_else(|| other.own_charge.clone());
        for (charge, minor) in &other.ledger_refunds {
            *self.ledger_refunds.entry(charge.clone()).or_default() += minor;
        }
        self.ledger_refund_entries += other.ledger_refund_entries;
    }

    /// The charges, the booking's own first (the oldest); any other was paid by mistake.
    #[must_use]
    pub fn charges(&self, price_minor: i64) -> Vec<Charge> {
        let mut charges: BTreeMap<String, Charge> = BTreeMap::new();
        for fact in self.paid.values() {
            let id = self.charge_id(fact);
            let amount_minor = fact.amount_minor.unwrap_or(price_minor);
            let fresh = Charge {
                id: id.clone(),
                names: BTreeSet::from([id.clone()]),
                amount_minor,
                when: fact.when,
            };
            let charge = charges.entry(id).or_insert(fresh);
            charge.names.extend(fact.session_id.clone());
            charge.when = charge.when.min(fact.when);
            charge.amount_minor = if fact.amount_minor.is_some() {
                amount_minor
            } else {
                charge.amount_minor
            };
        }
        let mut charges: Vec<Charge> = charges.into_values().collect();
        let fixed = |c: &Charge| {
            self.own_charge
                .as_ref()
                .is_some_and(|own| c.names.contains(own))
        };
        charges.sort_by(|a, b| (!fixed(a), a.when, &a.id).cmp(&(!fixed(b), b.when, &b.id)));
        charges
    }

    fn charge_id(&self, fact: &PaidFact) -> String {
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

    /// What came back of the charge at `index` of `charges`: the refunds that we know one by one, or the charge's
    /// own total. What names no charge belongs to the first one.
    #[must_use]
    pub fn refunded_minor(&self, charges: &[Charge], index: usize) -> i64 {
        let of = |intent: &str| {
            charges
                .iter()
                .position(|c| c.names.contains(intent))
                .unwrap_or(0)
                == index
        };
        let refunds: Vec<&Refund> = self
            .refunds
            .values()
            .filter(|r| of(r.payment_intent.as_deref().unwrap_or("")))
            .collect();
        let sum = |keep: fn(&Refund) -> bool| -> i64 {
            refunds
                .iter()
                .filter(|r| keep(r))
                .filter_map(|r| r.amount_minor)
                .sum()
        };
        let one_by_one = sum(Refund::stands);
        let totals: i64 = self
            .charge_totals
            .iter()
            .filter(|(intent, _)| of(intent))
            .map(|(_, (_, total))| total)
            .sum();
        one_by_one.max(totals - sum(|r| r.failed.is_some() && !r.stands()))
    }

    /// When a refund of the charge at `index` of `charges` was last heard of.
    #[must_use]
    pub fn newest_refund(&self, charges: &[Charge], index: usize) -> Option<Timestamp> {
        let of = |refund: &&Refund| {
            let intent = refund.payment_intent.as_deref().unwrap_or("");
            charges
                .iter()
                .position(|c| c.names.contains(intent))
                .unwrap_or(0)
                == index
        };
        // A refund has Stripe's `created` of its own; one that came back has the time of that news.
        let dated = |r: &Refund| {
            if r.stands() {
                r.created.or(r.succeeded.map(|w| w.at))
            } else {
                r.failed.map(|w| w.at)
            }
        };
        self.refunds.values().filter(of).filter_map(dated).max()
    }

    /// What the ledger has of the refunds of the charge at `index` of `charges`.
    pub(crate) fn ledger_refunded_minor(&self, charges: &[Charge], index: usize) -> i64 {
        let own = |name: &str| {
            charges
                .iter()
                .position(|c| c.names.contains(name))
                .unwrap_or(0)
                == index
        };
        self.ledger_refunds
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(_, minor)| minor)
            .sum()
    }

    /// The refund is one of the booking's own charge, not of a second one paid by mistake.
    pub(super) fn of_first_charge(charges: &[Charge], refund: &Refund) -> bool {
        let intent = refund.payment_intent.as_deref().unwrap_or("");
        charges
            .iter()
            .position(|c| c.names.contains(intent))
            .unwrap_or(0)
            == 0
    }

    /// A dispute holds the money back, or has taken it.
    #[must_use]
    pub fn disputed(&self) -> bool {
        self.disputes.values().any(|d| !d.won)
    }

    /// The attempt to which a session or payment intent belongs.
    #[must_use]
    pub fn attempt_of(&self, fact: &SessionFact) -> Option<u32> {
        let same =
            |ours: &Option<String>, theirs: &Option<String>| ours.is_some() && ours == theirs;
        let session = self.sessions.values().find(|s| {
            same(&s.session_id, &fact.session_id) || same(&s.payment_intent, &fact.payment_intent)
        });
        session.map(|s| s.attempt).or(fact.attempt)
    }

    /// Stripe will take no more money through this session.
    #[must_use]
    pub fn closed(&self, session: &Session) -> bool {
        let Some(id) = &session.session_id else {
            return false;
        };
        self.expired.contains_key(id)
            || self
                .paid
                .values()
                .any(|p| p.session_id.as_ref() == Some(id))
    }

    /// How many payments failed.
    #[must_use]
    pub fn failed_attempts(&self) -> usize {
        self.failures.len()
    }
}
