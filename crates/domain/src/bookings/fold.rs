//! Computes the state of a booking: sorts its facts and runs each through the transition table.
//!
//! Facts are ordered by (epoch, time, kind, identity). An epoch begins with each accepted action of a person, so
//! an action is judged by exactly what was known when it was taken; between two actions the order of arrival
//! does not matter. A payment or refund that the table can't take in the present state is kept, and applied as soon as a
//! state can take it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::fact::{ActionKind, RefundStatus};
use super::payment::{SessionFact, session_key};
use super::refund::Refund;
use super::steps::{Kind, RefundTold, Step, steps};
use super::table::{BookingState, Guards, Trigger, transition};
use super::{Booking, TakenAction};
use crate::money::currency::share;

/// One step of the fold, as the history shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    pub trigger: Trigger,
    pub from: BookingState,
    pub to: BookingState,
    pub at: Timestamp,
    pub actor: String,
    pub accepted: bool,
    pub reason: Option<String>,
}

/// The result of a fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub state: BookingState,
    pub trace: Vec<Traced>,
    /// Number of the current payment attempt, from 1.
    pub attempt: u32,
    /// Number of the cancellation's current refund attempt, from 1.
    pub refund_attempt: u32,
    /// What the cancellation gives back in all, in minor units.
    pub refund_due_minor: i64,
}

/// Runs all facts of `booking` through the transition table.
#[must_use]
pub fn fold(booking: &Booking) -> Folded {
    let mut machine = Machine::new(booking);
    for step in steps(booking) {
        machine.step(&step);
    }
    machine.out
}

/// Working state of the fold.
struct Machine<'a> {
    booking: &'a Booking,
    out: Folded,
    /// The first payment, once it was seen.
    paid_at: Option<Timestamp>,
    /// The customer paid after the cancellation had been asked for.
    paid_late: bool,
    cancel_asked_at: Option<Timestamp>,
    /// When a person opened the current payment attempt; `None` for the first.
    attempt_since: Option<Timestamp>,
    /// Refunds of the booking's own charge so far, by id, in minor units; and the greatest total that Stripe has reported.
    given: BTreeMap<&'a str, i64>,
    given_total: i64,
    /// The last time that a refund succeeded, and whether one was the cancellation's own.
    refund_told: Option<Timestamp>,
    own_refund_told: bool,
    early_failure: Option<(Timestamp, u32)>,
    refund_noted: bool,
    /// The outcome of the call, learned in a state that has no transition for it.
    outcome_waits: Option<(Trigger, Timestamp, &'static str)>,
}

impl<'a> Machine<'a> {
    fn new(booking: &'a Booking) -> Self {
        let out = Folded {
            state: BookingState::Pending,
            trace: Vec::new(),
            attempt: 1,
            refund_attempt: 1,
            refund_due_minor: 0,
        };
        Self {
            booking,
            out,
            paid_at: None,
            paid_late: false,
            cancel_asked_at: None,
            attempt_since: None,
            given: BTreeMap::new(),
            given_total: 0,
            refund_told: None,
            own_refund_told: false,
            early_failure: None,
            refund_noted: false,
            outcome_waits: None,
        }
    }

    fn step(&mut self, step: &Step<'a>) {
        let at = step.at;
        match &step.kind {
            Kind::Action(taken) => self.action(taken),
            Kind::Webhook => self.webhook(at),
            Kind::Paid => self.paid(at),
            Kind::Session { trigger, fact } => self.session(*trigger, fact),
            Kind::Outcome { attended, by_time } => self.outcome(*attended, *by_time, at),
            Kind::CalendlyCanceled { notice_from } => self.calendly_canceled(at, *notice_from),
            Kind::Differs(reason) => {
                let reason = Some(reason.clone());
                self.note(Trigger::PaymentSucceeded, None, at, "stripe", reason);
            }
            Kind::Refund {
                status: RefundStatus::Succeeded,
                told,
            } => self.refund_succeeded(at, *told),
            Kind::Refund { told, .. } => self.refund_failed(at, *told),
            Kind::DisputeLost { id, minor } => self.dispute_lost(at, id, *minor),
        }
    }

    fn note(
        &mut self,
        trigger: Trigger,
        to: Option<BookingState>,
        at: Timestamp,
        actor: &str,
        reason: Option<String>,
    ) {
        let from = self.out.state;
        let target = to.unwrap_or(from);
        self.out.trace.push(Traced {
            trigger,
            from,
            to: target,
            at,
            actor: actor.to_owned(),
            accepted: to.is_some(),
            reason,
        });
        self.out.state = target;
    }

    /// Runs one trigger through the table. Returns whether the table has a transition for it.
    fn run(&mut self, trigger: Trigger, at: Timestamp, actor: &str) -> bool {
        let free = self.booking.price_minor() == 0;
        let to = transition(
            self.out.state,
            trigger,
            Guards {
                free,
                refund_due: self.out.refund_due_minor > 0,
            },
        );
        self.note(trigger, to, at, actor, None);
        to.is_some()
    }

    fn action(&mut self, taken: &TakenAction) {
        let (at, actor) = (taken.at, taken.action.actor.as_str());
        let before = self.out.state;
        let trigger = match taken.action.kind {
            // Another refund than the cancellation's is tried again: the state stays.
            ActionKind::RetryRefund if before != BookingState::RefundFailed => {
                return self.note(
                    Trigger::Retry,
                    Some(before),
                    at,
                    actor,
                    taken.action.reason.clone(),
                );
            }
            ActionKind::Pay | ActionKind::RetryRefund => Trigger::Retry,
            ActionKind::Cancel => {
                self.cancel_asked_at = Some(at);
                Trigger::Cancel
            }
            ActionKind::Override { to } => return self.overridden(to, taken),
            ActionKind::Refund { .. } => {
                self.refund_noted = true;
                return self.note(
                    Trigger::Override,
                    Some(before),
                    at,
                    actor,
                    taken.action.reason.clone(),
                );
            }
            ActionKind::Reschedule => return,
        };
        let to = transition(before, trigger, Guards::default());
        self.note(trigger, to, at, actor, taken.action.reason.clone());
        match (trigger, self.out.state) {
            (Trigger::Retry, BookingState::AwaitingPayment) => self.next_attempt(at),
            (Trigger::Retry, BookingState::RefundPending) => self.out.refund_attempt += 1,
            (Trigger::Cancel, BookingState::Cancelled) => self.replay_payment(),
            _ => {}
        }
    }

    fn overridden(&mut self, to: BookingState, taken: &TakenAction) {
        let before = self.out.state;
        self.note(
            Trigger::Override,
            Some(to),
            taken.at,
            &taken.action.actor,
            taken.action.reason.clone(),
        );
        match to {
            BookingState::AwaitingPayment => self.next_attempt(taken.at),
            BookingState::RefundPending => {
                self.out.refund_attempt += u32::from(before == BookingState::RefundFailed);
                self.out.refund_due_minor = self.out.refund_due_minor.max(self.amount_paid());
            }
            _ => {}
        }
    }

    fn next_attempt(&mut self, at: Timestamp) {
        self.out.attempt += 1;
        self.attempt_since = Some(at);
    }

    fn webhook(&mut self, at: Timestamp) {
        if !self.run(Trigger::CalendlyWebhookReceived, at, "calendly") {
            return;
        }
        if self.booking.price_minor() == 0 {
            self.run(Trigger::CalendlyWebhookReceived, at, "calendly");
        }
        self.replay_payment();
    }

    /// Applies a payment that arrived in a state that could not take it.
    fn replay_payment(&mut self) {
        if let Some(paid_at) = self.paid_at
            && matches!(
                self.out.state,
                BookingState::AwaitingPayment | BookingState::Cancelled
            )
        {
            self.settle_payment(paid_at);
        }
    }

    fn paid(&mut self, at: Timestamp) {
        if self.paid_at.is_some() {
            // A second charge leaves the state as it is and is refunded (see `effect`).
            return self.note(Trigger::PaymentSucceeded, None, at, "stripe", None);
        }
        self.paid_at = Some(at);
        if self.out.state != BookingState::Pending {
            self.settle_payment(at);
        }
    }

    fn settle_payment(&mut self, at: Timestamp) {
        let before = self.out.state;
        self.paid_late |= matches!(
            before,
            BookingState::CancelPending | BookingState::Cancelled
        );
        self.run(Trigger::PaymentSucceeded, at, "stripe");
        self.replay_outcome();
        if (before, self.out.state) == (BookingState::Cancelled, BookingState::RefundPending) {
            self.out.refund_due_minor = self.amount_paid();
            self.replay_refund();
        }
    }

    fn session(&mut self, trigger: Trigger, fact: &SessionFact) {
        let at = fact.when.at;
        let known = self.booking.payment.session_of(fact);
        let current = session_key(&self.booking.booking_id, self.out.attempt);
        let stale = match (known, fact.attempt) {
            // Of an earlier attempt, or the page of a booking that was merged into this one.
            (Some((key, _)), _) => key != current,
            (None, Some(attempt)) => attempt != self.out.attempt,
            (None, None) => self.attempt_since.is_some_and(|since| at < since),
        };
        if stale {
            self.note(trigger, None, at, "stripe", None);
        } else {
            self.run(trigger, at, "stripe");
        }
    }

    fn outcome(&mut self, attended: bool, by_time: bool, at: Timestamp) {
        let trigger = if attended {
            Trigger::CallCompleted
        } else {
            Trigger::CallNoShow
        };
        let actor = if by_time { "system" } else { "host" };
        let legal = transition(self.out.state, trigger, Guards::default()).is_some();
        if !legal {
            self.outcome_waits = Some((trigger, at, actor));
        }
        if legal || !by_time {
            self.run(trigger, at, actor);
        }
    }

    /// Applies an outcome of the call that was learned before the booking was paid.
    fn replay_outcome(&mut self) {
        if self.out.state == BookingState::Confirmed
            && let Some((trigger, at, actor)) = self.outcome_waits.take()
        {
            self.run(trigger, at, actor);
        }
    }

    fn calendly_canceled(&mut self, at: Timestamp, notice_from: Timestamp) {
        if matches!(
            self.out.state,
            BookingState::Confirmed | BookingState::CancelPending
        ) {
            self.out.refund_due_minor =
                self.refund_due(self.cancel_asked_at.unwrap_or(notice_from));
        }
        self.run(Trigger::CalendlyCanceled, at, "calendly");
        match self.out.state {
            BookingState::RefundPending => self.replay_refund(),
            BookingState::Cancelled if self.out.refund_due_minor == 0 && !self.settled() => {
                self.replay_payment()
            }
            _ => {}
        }
    }

    /// The payment already had its effect on the state.
    fn settled(&self) -> bool {
        self.out
            .trace
            .iter()
            .any(|t| t.trigger == Trigger::PaymentSucceeded && t.accepted)
    }

    /// Ends REFUND_PENDING when the cancellation's own refund succeeds, or when other refunds add up to what it owes.
    fn refund_succeeded(&mut self, at: Timestamp, told: RefundTold<'a>) {
        self.given.insert(told.id, told.minor);
        self.given_total = self.given_total.max(told.total_minor);
        self.refund_told = Some(at);
        let own = told.refund.attempt.is_some();
        self.own_refund_told |= own;
        match self.out.state {
            BookingState::RefundPending | BookingState::RefundFailed => {
                if own || self.all_given() {
                    self.run(Trigger::RefundSucceeded, at, "stripe");
                }
            }
            // The same refund, told by another event.
            BookingState::Refunded => {}
            _ if self.is_total_of_ours(&told) => {}
            _ => self.refuse_refund(Trigger::RefundSucceeded, at, told.refund),
        }
    }

    /// A lost dispute: the bank has returned the money, so the cancellation owes that much less. It ends when it owes nothing.
    fn dispute_lost(&mut self, at: Timestamp, id: &'a str, minor: i64) {
        self.given.insert(id, minor);
        self.refund_told = Some(at);
        let waits = matches!(
            self.out.state,
            BookingState::RefundPending | BookingState::RefundFailed
        );
        if waits && self.all_given() {
            self.run(Trigger::RefundSucceeded, at, "stripe");
        }
    }

    /// Everything that the cancellation owes has come back.
    fn all_given(&self) -> bool {
        let one_by_one: i64 = self.given.values().sum();
        one_by_one.max(self.given_total) >= self.out.refund_due_minor
    }

    fn refund_failed(&mut self, at: Timestamp, told: RefundTold<'a>) {
        let came_back = self.given.remove(told.id).is_some();
        let attempt = told.refund.attempt;
        // A refund that names neither its call nor its number comes from a release before refunds named them.
        let of_another = attempt.is_none() && told.refund.effect_key.is_some();
        let ours =
            !of_another && attempt.unwrap_or(self.out.refund_attempt) == self.out.refund_attempt;
        if self.out.state == BookingState::RefundPending && ours {
            self.run(Trigger::RefundFailed, at, "stripe");
            return;
        }
        if self.out.state == BookingState::Refunded && came_back {
            // The customer's bank refused it; `wishes` raises an alert for the operators.
            return self.note(Trigger::RefundFailed, None, at, "stripe", None);
        }
        if let Some(attempt) = attempt {
            self.early_failure = self.early_failure.max(Some((at, attempt)));
        }
        self.refuse_refund(Trigger::RefundFailed, at, told.refund);
    }

    /// A charge reports a total that the refunds of our own calls account for.
    fn is_total_of_ours(&self, told: &RefundTold<'_>) -> bool {
        let refunds = self.booking.payment.refunds.values();
        let ours = refunds.filter(|refund| refund.attempt.is_some() && refund.stands());
        let sum: i64 = ours.filter_map(|refund| refund.amount_minor).sum();
        told.id.starts_with("charge:") && sum > 0 && sum >= self.booking.refunded_minor()
    }

    /// Notes a refund that somebody made outside Bookpath, once. It counts when the booking is cancelled.
    fn refuse_refund(&mut self, trigger: Trigger, at: Timestamp, refund: &Refund) {
        if refund.attempt.is_none() && !self.refund_noted {
            self.refund_noted = true;
            self.note(trigger, None, at, "stripe", None);
        }
    }

    /// Applies refunds whose Stripe time lies before the cancellation's time.
    fn replay_refund(&mut self) {
        match (self.refund_told, self.early_failure) {
            (Some(at), _) if self.own_refund_told || self.all_given() => {
                self.run(Trigger::RefundSucceeded, at, "stripe");
            }
            (_, Some((at, attempt))) if attempt == self.out.refund_attempt => {
                self.run(Trigger::RefundFailed, at, "stripe");
            }
            _ => {}
        }
    }

    /// The amount of the booking's own charge.
    fn amount_paid(&self) -> i64 {
        self.booking.own_charge().map_or(0, |c| c.amount_minor)
    }

    /// The refund of a cancellation that was asked for at `asked_at`, in minor units (X50). Everything, if the customer paid
    /// after the cancellation had been asked for (X48).
    fn refund_due(&self, asked_at: Timestamp) -> i64 {
        if self.paid_at.is_none() {
            return 0;
        }
        let paid = self.amount_paid();
        let (Some(terms), false) = (self.booking.terms(), self.paid_late) else {
            return paid;
        };
        let notice = self
            .booking
            .times()
            .map_or(0, |(start, _)| start.as_second() - asked_at.as_second());
        let percent = terms.refund_policy.percent_at(notice);
        share(paid, percent, self.booking.currency())
    }
}
