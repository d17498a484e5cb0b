//! Sorts the facts of a booking into the steps of its fold.

use jiff::Timestamp;

use super::charge::Charge;
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
    let canceled = cancellation(booking);
    if let Some(canceled) = canceled {
        let notice_from = canceled.notice_from;
        steps.push(Step {
            when: (canceled.epoch, Some(notice_from), 6, ""),
            at: canceled.updated_at,
            kind: Kind::CalendlyCanceled { notice_from },
        });
    }
    steps.extend(outcome(booking, canceled));
}

/// Calendly's cancellation of the call.
#[derive(Clone, Copy)]
struct Cancellation {
    epoch: u32,
    /// When it was made, as far as Calendly says so.
    notice_from: Timestamp,
    updated_at: Timestamp,
}

fn cancellation(booking: &Booking) -> Option<Cancellation> {
    let canceled = booking.chain.cancellation()?;
    let seen = booking.seen.get(&canceled.uri);
    Some(Cancellation {
        epoch: seen.map_or(0, |s| s.newest_epoch),
        notice_from: canceled.canceled_at.unwrap_or(canceled.updated_at),
        updated_at: canceled.updated_at,
    })
}

/// How the call went, as soon as that is known.
fn outcome<'a>(booking: &Booking, canceled: Option<Cancellation>) -> Option<Step<'a>> {
    let (start, end) = booking.times()?;
    let marks = booking.marks();
    let told = booking.call.epoch;
    let ended = ended(booking, canceled, end);
    // A mark that counted and was taken back says that the call took place, as does one that is taken back after the call.
    let counted = marks.created_at.is_some_and(|at| at >= start);
    let cleared = marks.deleted_at.filter(|at| counted || *at >= end);
    let (attended, at, epoch, by_time) = match booking.call.crm {
        Some((at, Some(attended))) => (attended, at, told, false),
        _ if marks.in_force() => {
            let at = marks.created_at?;
            // A mark of before the call counts once the call is over.
            let epoch = if at >= start { told } else { ended?.max(told) };
            (false, at.max(start), epoch, false)
        }
        _ if marks.withdrawn() && cleared.is_some() => (true, cleared?, told, false),
        _ => (true, end, ended?, true),
    };
    Some(Step {
        when: (epoch, Some(at), 5, ""),
        at,
        kind: Kind::Outcome { attended, by_time },
    })
}

/// The epoch in which the call's end was passed: our timer says so, or Calendly tells of a cancellation after the end,
/// which may come before our timer had its turn.
fn ended(booking: &Booking, canceled: Option<Cancellation>, end: Timestamp) -> Option<u32> {
    let by_timer = booking.call.passed.filter(|passed| *passed >= end);
    let late = canceled.filter(|c| c.notice_from >= end);
    let epochs = [by_timer.map(|_| booking.call.epoch), late.map(|c| c.epoch)];
    epochs.into_iter().flatten().min()
}

fn place<'a>(when: When, rank: u8, id: &'a str, kind: Kind<'a>) -> Step<'a> {
    Step {
        when: (when.epoch, Some(when.at), rank, id),
        at: when.at,
        kind,
    }
}

fn stripe_steps<'a>(booking: &'a Booking, steps: &mut Vec<Step<'a>>) {
    let payment = &booking.payment;
    let (charges, price) = (booking.charges(), booking.price());
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
        let minor = dispute.money(&charges, &price).amount_minor;
        let when = When { epoch: 0, at };
        steps.push(place(when, 11, id, Kind::DisputeLost { id, minor }));
    }
    refund_steps(payment, &charges, steps);
}

fn refund_steps<'a>(payment: &'a Payment, charges: &[Charge], steps: &mut Vec<Step<'a>>) {
    let minors = payment.refund_minors(charges, 0);
    for (id, refund) in &payment.refunds {
        if !Payment::of_first_charge(charges, refund) {
            continue;
        }
        let told = RefundTold {
            id,
            refund,
            minor: minors.get(id.as_str()).copied().unwrap_or(0),
            total_minor: 0,
        };
        // The charge keeps its newest total only, so the first time that it told one says nothing of how much.
        let total_minor = if refund.amount_minor.is_none() && id.starts_with("charge:") {
            payment.refunded_minor(charges, 0)
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
