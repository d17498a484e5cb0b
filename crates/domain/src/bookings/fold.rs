//! From the facts of a booking to its state: the transition table, run over the facts in their own order.
//!
//! Facts are ordered by (epoch, time, kind, identity). An epoch begins with each accepted action of a person, so
//! an action is judged by exactly what was known when it was taken; between two actions the order of arrival
//! plays no part. Money is sticky: a payment or a refund that comes too early for the table waits for its turn.

use jiff::Timestamp;

use super::fact::ActionKind;
use super::payment::{Payment, RefundStatus, SessionFact, When};
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

/// What the facts of a booking amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub state: BookingState,
    pub trace: Vec<Traced>,
    /// The payment attempt that is on, from 1.
    pub attempt: u32,
    /// The refund attempt that is on, from 1.
    pub refund_attempt: u32,
    /// What the cancellation gives back in all.
    pub refund_due_minor: i64,
}

/// One fact, placed.
struct Step<'a> {
    when: (u32, Option<Timestamp>, u8, &'a str),
    at: Timestamp,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Action(&'a TakenAction),
    Webhook,
    Paid,
    Session {
        trigger: Trigger,
        fact: &'a SessionFact,
    },
    Outcome {
        attended: bool,
        by_time: bool,
    },
    CalendlyCanceled {
        notice_from: Timestamp,
    },
    Refund {
        status: RefundStatus,
        attempt: Option<u32>,
    },
}

/// Folds the facts that `booking` holds.
#[must_use]
pub fn fold(booking: &Booking) -> Folded {
    let mut machine = Machine::new(booking);
    for step in steps(booking) {
        machine.step(&step);
    }
    machine.out
}

fn steps(booking: &Booking) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for (index, taken) in booking.actions.iter().enumerate() {
        let epoch = u32::try_from(index + 1).unwrap_or(u32::MAX);
        steps.push(Step {
            when: (epoch, None, 0, ""),
            at: taken.at,
            kind: Kind::Action(taken),
        });
    }
    calendly_steps(booking, &mut steps);
    stripe_steps(booking, &mut steps);
    steps.sort_by(|a, b| a.when.cmp(&b.when));
    steps
}

fn calendly_steps<'a>(booking: &'a Booking, steps: &mut Vec<Step<'a>>) {
    // That Calendly knows the booking comes before anything that follows from it, whatever the clocks say.
    if let Some(epoch) = booking.seen.values().map(|s| s.first_epoch).min() {
        let first = booking
            .chain
            .snapshots()
            .map(|s| s.created_at)
            .min()
            .unwrap_or(booking.created_at);
        steps.push(Step {
            when: (epoch, None, 1, ""),
            at: first,
            kind: Kind::Webhook,
        });
    }
    if let Some(canceled) = booking.chain.cancellation() {
        let epoch = booking
            .seen
            .get(&canceled.uri)
            .map_or(0, |s| s.newest_epoch);
        let notice_from = canceled.canceled_at.unwrap_or(canceled.updated_at);
        let kind = Kind::CalendlyCanceled { notice_from };
        steps.push(Step {
            when: (epoch, Some(notice_from), 6, ""),
            at: canceled.updated_at,
            kind,
        });
    }
    let Some((_, end)) = booking.times() else {
        return;
    };
    let marks = booking.marks();
    let said = |attended, at| Some((attended, at, false));
    let outcome = match booking.call.crm {
        Some((at, Some(attended))) => said(attended, at),
        _ if marks.in_force() => marks.created_at.and_then(|at| said(false, at)),
        _ if marks.withdrawn() => marks.deleted_at.and_then(|at| said(true, at)),
        _ => booking
            .call
            .passed
            .filter(|passed| *passed >= end)
            .map(|_| (true, end, true)),
    };
    if let Some((attended, at, by_time)) = outcome {
        steps.push(Step {
            when: (booking.call.epoch, Some(at), 5, ""),
            at,
            kind: Kind::Outcome { attended, by_time },
        });
    }
}

fn stripe_steps<'a>(booking: &'a Booking, steps: &mut Vec<Step<'a>>) {
    fn place<'a>(when: When, rank: u8, id: &'a str, kind: Kind<'a>) -> Step<'a> {
        Step {
            when: (when.epoch, Some(when.at), rank, id),
            at: when.at,
            kind,
        }
    }
    let payment = &booking.payment;
    let charges = payment.charges(booking.price_minor());
    for charge in &charges {
        steps.push(place(charge.when, 2, "", Kind::Paid));
    }
    for (trigger, rank, facts) in [
        (Trigger::PaymentFailed, 3, &payment.failures),
        (Trigger::SessionExpired, 4, &payment.expired),
    ] {
        steps.extend(
            facts
                .iter()
                .map(|(id, fact)| place(fact.when, rank, id, Kind::Session { trigger, fact })),
        );
    }
    for (id, refund) in payment
        .refunds
        .iter()
        .filter(|(_, refund)| Payment::of_first_charge(&charges, refund))
    {
        for (status, rank, when) in [
            (RefundStatus::Succeeded, 7, refund.succeeded),
            (RefundStatus::Failed, 8, refund.failed),
            (RefundStatus::Succeeded, 9, refund.recovered()),
        ] {
            steps.extend(when.map(|when| {
                place(
                    when,
                    rank,
                    id,
                    Kind::Refund {
                        status,
                        attempt: refund.attempt,
                    },
                )
            }));
        }
    }
}

/// The fold's own memory.
struct Machine<'a> {
    booking: &'a Booking,
    out: Folded,
    /// The first payment, once it was seen.
    paid_at: Option<Timestamp>,
    /// The customer paid when the cancellation was already on its way.
    paid_late: bool,
    cancel_asked_at: Option<Timestamp>,
    /// When the attempt that is on was opened by a person.
    attempt_since: Option<Timestamp>,
    early_refund: Option<Timestamp>,
    early_failure: Option<(Timestamp, u32)>,
    refund_noted: bool,
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
            early_refund: None,
            early_failure: None,
            refund_noted: false,
        }
    }

    fn step(&mut self, step: &Step<'_>) {
        let at = step.at;
        match &step.kind {
            Kind::Action(taken) => self.action(taken),
            Kind::Webhook => self.webhook(at),
            Kind::Paid => self.paid(at),
            Kind::Session { trigger, fact } => self.session(*trigger, fact),
            Kind::Outcome { attended, by_time } => self.outcome(*attended, *by_time, at),
            Kind::CalendlyCanceled { notice_from } => self.calendly_canceled(at, *notice_from),
            Kind::Refund {
                status: RefundStatus::Succeeded,
                attempt,
            } => self.refund_succeeded(at, *attempt),
            Kind::Refund { attempt, .. } => self.refund_failed(at, *attempt),
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

    /// Runs one trigger through the table; whether it was legal.
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

    /// A payment that came before its time takes its turn.
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
            // A second charge never moves the booking; it goes straight back (see `effect`).
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
        if (before, self.out.state) == (BookingState::Cancelled, BookingState::RefundPending) {
            self.out.refund_due_minor = self.amount_paid();
            self.replay_refund();
        }
    }

    fn session(&mut self, trigger: Trigger, fact: &SessionFact) {
        let at = fact.when.at;
        let stale = match self.booking.payment.attempt_of(fact) {
            Some(attempt) => attempt != self.out.attempt,
            None => self.attempt_since.is_some_and(|since| at < since),
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
        let legal = transition(self.out.state, trigger, Guards::default()).is_some();
        if legal || !by_time {
            self.run(trigger, at, if by_time { "system" } else { "host" });
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

    fn refund_succeeded(&mut self, at: Timestamp, attempt: Option<u32>) {
        match self.out.state {
            BookingState::RefundPending | BookingState::RefundFailed => {
                self.run(Trigger::RefundSucceeded, at, "stripe");
            }
            // The same refund, told by another event.
            BookingState::Refunded => {}
            _ => {
                self.early_refund = self.early_refund.or(Some(at));
                self.refuse_refund(Trigger::RefundSucceeded, at, attempt);
            }
        }
    }

    fn refund_failed(&mut self, at: Timestamp, attempt: Option<u32>) {
        let ours = attempt.unwrap_or(self.out.refund_attempt);
        if self.out.state == BookingState::RefundPending && ours == self.out.refund_attempt {
            self.run(Trigger::RefundFailed, at, "stripe");
            return;
        }
        if let Some(attempt) = attempt {
            self.early_failure = self.early_failure.max(Some((at, attempt)));
        }
        self.refuse_refund(Trigger::RefundFailed, at, attempt);
    }

    /// Somebody refunded outside Bookpath: noted once, and it counts when the booking is cancelled.
    fn refuse_refund(&mut self, trigger: Trigger, at: Timestamp, attempt: Option<u32>) {
        if attempt.is_none() && !self.refund_noted {
            self.refund_noted = true;
            self.note(trigger, None, at, "stripe", None);
        }
    }

    /// A refund whose clock ran before the cancellation's takes its turn.
    fn replay_refund(&mut self) {
        match (self.early_refund, self.early_failure) {
            (Some(at), _) if self.booking.refunded_minor() >= self.out.refund_due_minor => {
                self.run(Trigger::RefundSucceeded, at, "stripe");
            }
            (None, Some((at, attempt))) if attempt == self.out.refund_attempt => {
                self.run(Trigger::RefundFailed, at, "stripe");
            }
            _ => {}
        }
    }

    /// The amount of the booking's own charge.
    fn amount_paid(&self) -> i64 {
        let price = self.booking.price_minor();
        self.booking
            .payment
            .charges(price)
            .first()
            .map_or(0, |c| c.amount_minor)
    }

    /// What a cancellation asked for at `asked_at` gives back (X50). All of it when the customer paid for a
    /// booking whose cancellation was already on its way (X48).
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
