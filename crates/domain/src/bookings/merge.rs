//! Two bookings that turn out to be one: a late reschedule link connected their chains (X46).

use jiff::Timestamp;

use super::decide::{Decision, conclude, teller};
use super::fold::{Folded, fold};
use super::rules::Rules;
use super::{Booking, HistoryEntry, Seen};

/// Actors of lines that no person asked for.
const VENDORS: [&str; 4] = ["calendly", "stripe", "host", "system"];

/// The one booking of `a` and `b`; the same whichever comes first.
///
/// The older booking keeps its id, and the other id becomes an alias under which Stripe's events still find it.
/// If both were paid, the later payment goes back.
#[must_use]
pub fn merge(a: &Booking, b: &Booking, now: Timestamp, rules: &Rules<'_>) -> Decision {
    let (old, new) = if (a.created_at, &a.booking_id) <= (b.created_at, &b.booking_id) {
        (a, b)
    } else {
        (b, a)
    };
    let mut one = old.clone();
    one.version = old.version.max(new.version);
    one.aliases.insert(new.booking_id.clone());
    one.aliases.extend(new.aliases.iter().cloned());
    let (epochs_old, epochs_new) = join_actions(&mut one, old, new);
    let mut other = new.clone();
    remap(&mut one, &epochs_old);
    remap(&mut other, &epochs_new);
    one.chain.join(&other.chain);
    for (uri, theirs) in &other.seen {
        let seen = one.seen.entry(uri.clone()).or_insert(*theirs);
        *seen = Seen {
            first_epoch: seen.first_epoch.min(theirs.first_epoch),
            newest_epoch: seen.newest_epoch.max(theirs.newest_epoch),
        };
    }
    one.client = one.client.take().or_else(|| other.client.clone());
    one.own_slot = one.own_slot.take().or_else(|| other.own_slot.clone());
    for (uri, terms) in &other.terms {
        one.terms
            .entry(uri.clone())
            .or_insert_with(|| terms.clone());
    }
    one.payment.join(&other.payment);
    one.call.crm = one.call.crm.max(other.call.crm);
    one.call.passed = one.call.passed.max(other.call.passed);
    one.call.epoch = one.call.epoch.max(other.call.epoch);
    one.requested.extend(other.requested.iter().cloned());
    one.payment_unasked = old.payment_unasked && new.payment_unasked;
    let folded = fold(&one);
    one.history = history(&one, &folded, old, new, now, rules);
    conclude(one, &folded, Vec::new(), now, rules)
}

/// Joins both lists of actions in order of time. Returns for each booking the new number of each of its epochs.
fn join_actions(one: &mut Booking, old: &Booking, new: &Booking) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<(bool, &super::TakenAction)> = old
        .actions
        .iter()
        .map(|t| (false, t))
        .chain(new.actions.iter().map(|t| (true, t)))
        .collect();
    all.sort_by_key(|(is_new, taken)| (taken.at, *is_new));
    let (mut epochs_old, mut epochs_new) = (vec![0], vec![0]);
    for (place, (is_new, _)) in (1_u32..).zip(&all) {
        if *is_new {
            epochs_new.push(place)
        } else {
            epochs_old.push(place)
        }
    }
    one.actions = all.into_iter().map(|(_, taken)| taken.clone()).collect();
    (epochs_old, epochs_new)
}

fn remap(booking: &mut Booking, epochs: &[u32]) {
    let place = |epoch: &mut u32| *epoch = epochs.get(*epoch as usize).copied().unwrap_or(*epoch);
    for seen in booking.seen.values_mut() {
        place(&mut seen.first_epoch);
        place(&mut seen.newest_epoch);
    }
    place(&mut booking.call.epoch);
    let payment = &mut booking.payment;
    let facts = payment
        .failures
        .values_mut()
        .chain(payment.expired.values_mut())
        .map(|f| &mut f.when);
    let refunds = payment.refunds.values_mut().flat_map(|r| {
        r.succeeded
            .iter_mut()
            .chain(r.succeeded_last.iter_mut())
            .chain(r.failed.iter_mut())
    });
    for when in payment
        .paid
        .values_mut()
        .map(|p| &mut p.when)
        .chain(facts)
        .chain(refunds)
    {
        place(&mut when.epoch);
    }
}

/// The history of the one booking: how it began, the steps of its fold, and what was refused to a person. A line that
/// one of the two had keeps when it was recorded and who told it.
fn history(
    one: &Booking,
    folded: &Folded,
    old: &Booking,
    new: &Booking,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Vec<HistoryEntry> {
    let mut known: Vec<&HistoryEntry> = old.history.iter().chain(&new.history).collect();
    let mut lines: Vec<HistoryEntry> = old.history.iter().take(1).cloned().collect();
    for step in &folded.trace {
        let same = |line: &&HistoryEntry| {
            (line.trigger, line.at, line.accepted) == (step.trigger, step.at, step.accepted)
        };
        let before = known.iter().position(same).map(|at| known.remove(at));
        lines.push(HistoryEntry {
            seq: 0,
            at: step.at,
            recorded_at: before.map_or(now, |line| line.recorded_at),
            trigger: step.trigger,
            from: Some(step.from),
            to: step.to,
            actor: step.actor.clone(),
            accepted: step.accepted,
            reason: step.reason.clone(),
            told_by: before.map_or_else(|| teller(one, step, rules), |line| line.told_by.clone()),
        });
    }
    known.retain(|line| !line.accepted && !VENDORS.contains(&line.actor.as_str()));
    for line in known {
        let later = |other: &HistoryEntry| other.recorded_at > line.recorded_at;
        let place = lines.iter().position(later).unwrap_or(lines.len());
        lines.insert(place, line.clone());
    }
    for (seq, line) in (1..).zip(&mut lines) {
        line.seq = seq;
    }
    lines
}
