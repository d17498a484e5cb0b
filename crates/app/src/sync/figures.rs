//! The counters of S1-43, from what the syncs have seen of a window.
//!
//! Unit: a reschedule chain, represented by its newest member (X3). A call has taken place once it has started (X2).
//! People are told apart by their address alone, since who is who is worked out from the tables, which no sync reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::diff::SeenInvitee;
use super::report::SyncReport;
use super::{Sync, SyncError};
use crate::ports::{Query, Range};

/// The index partition of the invitees, by start.
pub(super) const PARTITION: &str = "sync-invitees";
const PAGE: usize = 500;
/// Parts of one in which a mean is computed.
const SCALE: u128 = 1_000_000_000_000_000;

/// The place of an invitee in the index.
pub(super) fn sort(start: Timestamp, uri: &str) -> String {
    format!("{start:.6}#{uri}")
}

/// Past calls of one address.
#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    completed: u64,
    past: u64,
}

/// The counters while they are counted: a few bytes per person.
#[derive(Debug, Default)]
struct Counted {
    people: BTreeMap<u64, Calls>,
    changed: BTreeSet<u64>,
    no_shows: u64,
    upcoming: u64,
}

impl Counted {
    fn add(&mut self, row: &SeenInvitee, run_id: &str, now: Timestamp) {
        if row.changed_by.as_deref() == Some(run_id) {
            self.changed.insert(row.person);
        }
        if row.superseded {
            return;
        }
        let marked = !row.canceled && row.no_show_at.is_some() && row.start <= now;
        if !row.canceled && row.start > now {
            self.upcoming += 1;
            return;
        }
        self.no_shows += u64::from(marked);
        let calls = self.people.entry(row.person).or_default();
        calls.past += 1;
        calls.completed += u64::from(!row.canceled && !marked);
    }

    /// Per cent with two decimals, half away from zero: the mean of the people's rates.
    fn mean(&self) -> Option<f64> {
        let count = self.people.len() as u128;
        let sum: u128 = self
            .people
            .values()
            .map(|calls| divide(u128::from(calls.completed) * SCALE, u128::from(calls.past)))
            .sum();
        (count > 0).then(|| percent(sum, count * SCALE))
    }

    fn pooled(&self) -> Option<f64> {
        let sum = |part: fn(&Calls) -> u64| -> u128 {
            self.people
                .values()
                .map(|calls| u128::from(part(calls)))
                .sum()
        };
        let past = sum(|calls| calls.past);
        (past > 0).then(|| percent(sum(|calls| calls.completed), past))
    }
}

/// The nearest whole number, half up. `by` is not 0.
fn divide(number: u128, by: u128) -> u128 {
    (number + by / 2) / by.max(1)
}

/// A share as per cent with two decimals. What a mean of thirds has lost at its last places is rounded away first.
fn percent(part: u128, whole: u128) -> f64 {
    let millionths = divide(part.saturating_mul(1_000_000_000), whole);
    let hundredths = divide(millionths, 100_000);
    // At most 10,000, which a float holds exactly.
    f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
}

/// Fills the counters of a report.
pub(super) async fn fill(
    sync: &Sync,
    report: &mut SyncReport,
    from: Timestamp,
    to: Timestamp,
) -> Result<(), SyncError> {
    let range = Range::Index {
        partition: PARTITION.to_owned(),
        from: Some(format!("{from:.6}")),
        // Past every event of that very instant.
        to: Some(format!("{to:.6}~")),
    };
    let mut query = Query {
        range,
        descending: false,
        limit: PAGE,
        after: None,
    };
    let (mut counted, now) = (Counted::default(), sync.clock.now());
    loop {
        let page = sync.inbox.store.query(&query).await?;
        for item in &page.items {
            counted.add(&item.read()?, &report.run_id, now);
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    report.customers_updated = counted.changed.len() as u64;
    report.no_shows_detected = counted.no_shows;
    report.upcoming_calls = counted.upcoming;
    report.avg_show_rate = counted.mean();
    report.pooled_show_rate = counted.pooled();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(people: &[(u64, u64)]) -> Counted {
        let people = people.iter().enumerate().map(|(place, (completed, past))| {
            let calls = Calls {
                completed: *completed,
                past: *past,
            };
            (place as u64, calls)
        });
        Counted {
            people: people.collect(),
            ..Counted::default()
        }
    }

    #[test]
    fn the_mean_of_people_and_the_rate_of_all_calls_are_two_figures() {
        let some = counted(&[(4, 5), (1, 2)]);
        assert_eq!((some.mean(), some.pooled()), (Some(65.0), Some(71.43)));
        let thirds = counted(&[(1, 3), (2, 3)]);
        assert_eq!((thirds.mean(), thirds.pooled()), (Some(50.0), Some(50.0)));
        let eighth = counted(&[(1, 8), (0, 1), (0, 1), (0, 1)]);
        assert_eq!(eighth.mean(), Some(3.13));
        assert_eq!(counted(&[]).mean(), None);
        assert_eq!(counted(&[]).pooled(), None);
    }
}
