//! Sorts the facts of a booking into the steps of its fold.

use jiff::Timestamp;

use super::charge::refund_minor;
use super::fact::{RefundStatus, When};
use super::payment::{Payment, SessionFact};
use super::refund::Refund;
use super::table::Trigger;
use super::{Booking, TakenAction};

/// One fact with its place in the order.
pub(super) struct Step<'a> {
    pub(super) when: (u32, Option<Timestamp>, u8, &'a str),
    pub(super) at: Timestamp,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
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
    /// A payment that is not the price, and why.
    Differs(String),
    Refund {
        status: RefundStatus,
        told: RefundTold<'a>,
    },
    /// The bank gave the customer this much of the payment.
    DisputeLost {
        id: &'a str,
        minor: i64,
    },
}

/// A refund of the booking's own charge.
#[derive(Clone, Copy)]
pub(super) struct RefundTold<'a> {
    pub(super) id: &'a str,
    pub(super) refund: &'a Refund,
    /// Minor units of the charge: this refund alone.
    pub(super) minor: i64,
    /// Minor units of the charge: all that came back, where the charge itself told it.
    pub(super) total_minor: i64,
}

/// The facts of a booking in the order of the fold.
pub(super) fn steps(booking: &Booking) -> Vec<Step<'_>> {
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
    let Some((start, end)) = booking.times() else {
        return;
    };
    let marks = booking.marks();
    let said = |attended, at| Some((attended, at, false));
    let passed = booking.call.passed.filter(|passed| *passed >= end);
    // A mark of before the call counts once the call is over, when our timer says so.
    let marked = marks
        .created_at
        .filter(|at| *at >= start || passed.is_some());
    let cleared = marks.deleted_at.filter(|at| *at >= end);
    let outcome = match booking.call.crm {
        Some((at, Some(attended))) => said(attended, at),
        _ if marks.in_force() => marked.and_then(|at| said(false, at.max(start))),
        _ if marks.withdrawn() && cleared.is_some() => cleared.and_then(|at| said(true, at)),
        _ => passed.map(|_| (true, end, true)),
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
    let charges = booking.charges();
    for charge in &charges {
        let kind = if charge.differs {
            Kind::Differs(booking.difference(charge))
        } else {
            Kind::Paid
        };
        steps.push(place(charge.when, 2, "", kind));
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
    // What a person did meanwhile does not depend on it, so its place is that of its time alone.
    for (id, dispute) in &payment.disputes {
        let Some(at) = dispute.lost() else { continue };
        let minor = dispute.amount_minor;
        let when = When { epoch: 0, at };
        steps.push(place(when, 11, id, Kind::DisputeLost { id, minor }));
    }
    for (id, refund) in &payment.refunds {
        if !Payment::of_first_charge(&charges, refund) {
            continue;
        }
        let told = RefundTold {
            id,
            refund,
            minor: refund_minor(charges.first(), refund),
            total_minor: 0,
        };
        // The charge keeps its newest total only, so the first time that it told one says nothing of how much.
        let total_minor = if refund.amount_minor.is_none() && id.starts_with("charge:") {
            payment.refunded_minor(&charges, 0)
        } else {
            0
        };
        let last = refund.succeeded_last.filter(|_| total_minor > 0);
        for (status, rank, when, total_minor) in [
            (RefundStatus::Succeeded, 7, refund.succeeded, 0),
            (RefundStatus::Failed, 8, refund.failed, 0),
            (RefundStatus::Succeeded, 9, refund.recovered(), 0),
            (RefundStatus::Succeeded, 10, last, total_minor),
        ] {
            let told = RefundTold {
                total_minor,
                ..told
            };
            steps.extend(when.map(|w| place(w, rank, id, Kind::Refund { status, told })));
        }
    }
}
