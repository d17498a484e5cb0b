//! The new lines of a booking's history.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Booking;
use super::fold::{Folded, Traced};
use super::table::{BookingState, Guards, Trigger, transition};

/// Transitions that one fact can bring: a webhook of a free booking brings two, and what waited for it one more.
const STEPS_MAX: usize = 4;

/// The new lines of the history: the steps that the fold has more than before. If a late fact changes the fold in its
/// middle, the transitions that lead from the state before to the state that the booking has now.
pub(super) fn new_lines(
    before: &Booking,
    old: &Folded,
    new: &Folded,
    trigger: Option<Trigger>,
    at: Timestamp,
) -> Vec<Traced> {
    // If the first webhook is a cancellation, the states before it, which it implies, are no lines.
    let first_is_last = trigger == Some(Trigger::CalendlyCanceled) && before.seen.is_empty();
    if new.trace.starts_with(&old.trace) && old.state == before.state && !first_is_last {
        return new.trace[old.trace.len()..].to_vec();
    }
    // A webhook that comes after we had asked for its news: the same steps with better times.
    if old.state == before.state && !first_is_last && retimed(&old.trace, &new.trace) {
        return Vec::new();
    }
    let moved = new.state != before.state;
    let Some(trigger) = trigger.or(moved.then_some(Trigger::CalendlyWebhookReceived)) else {
        return Vec::new();
    };
    if moved && let Some(path) = path(before, new, trigger) {
        return lines(before.state, &path, new, at);
    }
    // A late payment adds an accepted step to the fold. Where the table keeps a payment without a move, its line is accepted.
    let accepted = |trace: &[Traced]| {
        let steps = trace.iter().filter(|step| step.trigger == trigger);
        steps.filter(|step| step.accepted).count()
    };
    let stays = transition(before.state, trigger, Guards::default()) == Some(before.state);
    let kept = stays && accepted(&new.trace) > accepted(&old.trace);
    vec![Traced {
        trigger,
        from: before.state,
        to: new.state,
        at,
        actor: actor(trigger).to_owned(),
        accepted: moved || kept,
        reason: None,
    }]
}

/// Whether two traces differ in their times only.
fn retimed(old: &[Traced], new: &[Traced]) -> bool {
    let same = |(a, b): (&Traced, &Traced)| {
        (a.trigger, a.from, a.to, a.accepted) == (b.trigger, b.from, b.to, b.accepted)
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}

type Path = Vec<(Trigger, BookingState)>;

/// The shortest way through the table that begins with `first` and ends in the state of the new fold. Its other triggers are
/// accepted steps of that fold that have moved the booking in no line yet, each at most once.
fn path(before: &Booking, new: &Folded, first: Trigger) -> Option<Path> {
    let guards = Guards {
        free: before.price_minor() == 0,
        refund_due: new.refund_due_minor > 0,
    };
    let moved = |trigger: Trigger| {
        let mut lines = before.history.iter();
        lines.any(|l| l.trigger == trigger && l.accepted && l.from != Some(l.to))
    };
    let steps = new.trace.iter();
    let waiting = steps.filter(|step| step.accepted && !moved(step.trigger));
    let told: Vec<Trigger> = waiting.map(|step| step.trigger).collect();
    let mut open = VecDeque::from([vec![(first, transition(before.state, first, guards)?)]]);
    while let Some(path) = open.pop_front() {
        let (_, reached) = *path.last()?;
        if reached == new.state {
            return Some(path);
        }
        if path.len() == STEPS_MAX {
            continue;
        }
        for trigger in &told {
            let used = path.iter().filter(|(t, _)| t == trigger).count();
            let left = told.iter().filter(|t| *t == trigger).count() > used;
            let next = transition(reached, *trigger, guards).filter(|to| left && *to != reached);
            if let Some(to) = next {
                open.push_back([&path[..], &[(*trigger, to)]].concat());
            }
        }
    }
    None
}

/// The lines of a path. The first is told by the fact at hand, the others by steps of the fold.
fn lines(mut from: BookingState, path: &Path, new: &Folded, at: Timestamp) -> Vec<Traced> {
    let mut lines = Vec::with_capacity(path.len());
    for (place, (trigger, to)) in path.iter().enumerate() {
        let accepted = |step: &&Traced| step.accepted && step.trigger == *trigger;
        let step = new.trace.iter().rev().find(accepted);
        let own_time = place > 0 || matches!(trigger, Trigger::CallCompleted | Trigger::CallNoShow);
        lines.push(Traced {
            trigger: *trigger,
            from,
            to: *to,
            at: step.filter(|_| own_time).map_or(at, |step| step.at),
            actor: step.map_or_else(|| actor(*trigger).to_owned(), |step| step.actor.clone()),
            accepted: true,
            reason: None,
        });
        from = *to;
    }
    lines
}

const fn actor(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::CalendlyWebhookReceived | Trigger::CalendlyCanceled => "calendly",
        Trigger::CallCompleted | Trigger::CallNoShow => "host",
        _ => "stripe",
    }
}
