//! People, facts and their counts as they were worked out last, so that the next question about the same rows costs
//! nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bookpath_domain::BusinessConfig;
use bookpath_domain::numbers::kpi::{Counts, Query, count};
use bookpath_domain::people::resolved::{Resolved, resolve};
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::Timestamp;

use super::candidates::{CandidatePair, candidates};
use super::known::Known;

/// States that are kept: the newest one, and those of a few instants that somebody compares it with.
const KEPT_MAX: usize = 4;
/// Rows of all the states that are kept beside the newest one: a state takes about 2 KB for each of its rows.
const ROWS_MAX: usize = 100_000;
/// Counts that are kept: some years of months, of everybody and of a few people.
const COUNTS_MAX: usize = 128;

struct Kept {
    sources: Arc<Sources>,
    directory: Directory,
    resolved: Arc<Resolved>,
}

struct Pairing {
    of: Weak<Resolved>,
    pairs: Arc<Vec<CandidatePair>>,
}

struct Counting {
    of: Weak<Resolved>,
    query: Query,
    counts: Arc<Counts>,
}

/// The last few states that were asked for. One question at a time is worked out; others wait and share the result.
#[derive(Default)]
pub struct Resolutions {
    kept: Mutex<VecDeque<Kept>>,
    counts: Mutex<VecDeque<Counting>>,
    /// Of the state that was asked for last.
    pairs: Mutex<Option<Pairing>>,
}

impl std::fmt::Debug for Resolutions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolutions").finish_non_exhaustive()
    }
}

impl Resolutions {
    /// Everything that these rows say at `as_of`. The rules are those of the process: they never change in it.
    ///
    /// It may take a second where there are a hundred thousand people, so callers that wait for other things meanwhile run
    /// it on a thread of its own.
    #[must_use]
    pub fn resolve(
        &self,
        sources: &Arc<Sources>,
        directory: Directory,
        rules: &BusinessConfig,
        as_of: Timestamp,
    ) -> Arc<Resolved> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|known| {
            Arc::ptr_eq(&known.sources, sources)
                && known.resolved.as_of == as_of
                && known.directory == directory
        });
        if let Some(known) = known {
            return known.resolved.clone();
        }
        let resolved = Arc::new(resolve(sources, &directory, rules, as_of));
        keep(&mut kept, sources.clone(), directory, resolved.clone());
        resolved
    }

    /// Keeps what was resolved from these rows elsewhere.
    pub fn keep(&self, sources: Arc<Sources>, directory: Directory, resolved: Arc<Resolved>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        keep(&mut kept, sources, directory, resolved);
    }

    /// What [`candidates`] says of a state, which takes seconds where there are a hundred thousand people: callers run it
    /// on a thread of its own.
    #[must_use]
    pub fn candidates(&self, known: &Known) -> Arc<Vec<CandidatePair>> {
        let mut kept = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |kept: &&Pairing| Weak::as_ptr(&kept.of) == Arc::as_ptr(&known.resolved);
        if let Some(known) = kept.as_ref().filter(same) {
            return known.pairs.clone();
        }
        let pairs = Arc::new(candidates(known));
        *kept = Some(Pairing {
            of: Arc::downgrade(&known.resolved),
            pairs: pairs.clone(),
        });
        pairs
    }

    /// What [`count`] says of a state, in the process's reporting zone.
    #[must_use]
    pub fn counts(
        &self,
        resolved: &Arc<Resolved>,
        rules: &BusinessConfig,
        query: &Query,
    ) -> Arc<Counts> {
        let same = |known: &&Counting| {
            Weak::as_ptr(&known.of) == Arc::as_ptr(resolved) && known.query == *query
        };
        let lock = || self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().iter().find(same).map(|known| known.counts.clone());
        if let Some(counts) = known {
            return counts;
        }
        let counts = Arc::new(count(&resolved.facts, &rules.reporting_timezone, query));
        let mut kept = lock();
        kept.push_front(Counting {
            of: Arc::downgrade(resolved),
            query: query.clone(),
            counts: counts.clone(),
        });
        kept.truncate(COUNTS_MAX);
        counts
    }
}

fn keep(
    kept: &mut VecDeque<Kept>,
    sources: Arc<Sources>,
    directory: Directory,
    resolved: Arc<Resolved>,
) {
    kept.push_front(Kept {
        sources,
        directory,
        resolved,
    });
    let mut rows = 0;
    let others = kept.iter().skip(1).take_while(|state| {
        rows += state.sources.rows();
        rows <= ROWS_MAX
    });
    let number = 1 + others.count();
    kept.truncate(number.min(KEPT_MAX));
}

#[cfg(test)]
mod tests {
    use bookpath_domain::people::sources::SpendRow;

    use super::*;

    #[test]
    fn the_same_question_is_answered_once_and_few_answers_are_kept() {
        let resolutions = Resolutions::default();
        let rules = BusinessConfig::default();
        let (rows, others) = (Arc::<Sources>::default(), Arc::<Sources>::default());
        let ask = |rows: &Arc<Sources>, second| {
            let at = Timestamp::from_second(second).unwrap();
            resolutions.resolve(rows, Directory::default(), &rules, at)
        };
        let first = ask(&rows, 0);
        assert!(Arc::ptr_eq(&first, &ask(&rows, 0)));
        assert!(!Arc::ptr_eq(&first, &ask(&others, 0)));
        let third = Arc::<Sources>::default();
        resolutions.keep(third.clone(), Directory::default(), first.clone());
        assert!(Arc::ptr_eq(&first, &ask(&third, 0)));
        for second in 1..=4 {
            assert_eq!(ask(&rows, second).as_of.as_second(), second);
        }
        assert!(!Arc::ptr_eq(&first, &ask(&rows, 0)));
        let mut directory = Directory::default();
        directory.users.push(("a@x.co".to_owned(), "u".to_owned()));
        let at = Timestamp::from_second(0).unwrap();
        let other = resolutions.resolve(&rows, directory, &rules, at);
        assert!(!Arc::ptr_eq(&other, &ask(&rows, 0)));
        assert_eq!(resolutions.kept.lock().unwrap().len(), KEPT_MAX);
    }

    #[test]
    fn the_pairs_of_a_state_are_worked_out_once() {
        let resolutions = Resolutions::default();
        let (sources, rules) = (Arc::<Sources>::default(), BusinessConfig::default());
        let at = |second| {
            let at = Timestamp::from_second(second).unwrap();
            let directory = Directory::default();
            let resolved = resolutions.resolve(&sources, directory.clone(), &rules, at);
            Known {
                sources: sources.clone(),
                directory: Arc::new(directory),
                resolved,
            }
        };
        let (one, other) = (at(0), at(1));
        let first = resolutions.candidates(&one);
        assert!(Arc::ptr_eq(&first, &resolutions.candidates(&one)));
        assert!(!Arc::ptr_eq(&first, &resolutions.candidates(&other)));
    }

    #[test]
    fn beside_a_large_state_none_is_kept() {
        let resolutions = Resolutions::default();
        let spend = SpendRow {
            day: jiff::civil::date(2026, 3, 1),
            channel: "google".to_owned(),
            campaign: None,
            amount_minor: 1,
            currency: "USD".to_owned(),
        };
        let of_rows = |rows| {
            Arc::new(Sources {
                spend: vec![spend.clone(); rows],
                ..Sources::default()
            })
        };
        let (half, large) = (of_rows(ROWS_MAX / 2), of_rows(ROWS_MAX + 1));
        let at = Timestamp::UNIX_EPOCH;
        let resolved = Arc::new(resolve(
            &Sources::default(),
            &Directory::default(),
            &BusinessConfig::default(),
            at,
        ));
        let kept = |next: &Arc<Sources>| {
            resolutions.keep(next.clone(), Directory::default(), resolved.clone());
            resolutions.kept.lock().unwrap().len()
        };
        assert_eq!([&half, &half, &half, &half].map(kept), [1, 2, 3, 3]);
        assert_eq!([&large, &half, &half].map(kept), [3, 1, 2]);
    }

    #[test]
    fn a_state_is_counted_once_for_each_question() {
        let (resolutions, rules) = (Resolutions::default(), BusinessConfig::default());
        let rows = Arc::<Sources>::default();
        let state = |second| {
            let at = Timestamp::from_second(second).unwrap();
            resolutions.resolve(&rows, Directory::default(), &rules, at)
        };
        let (one, other) = (state(0), state(1));
        let query = Query::default();
        let first = resolutions.counts(&one, &rules, &query);
        assert!(Arc::ptr_eq(
            &first,
            &resolutions.counts(&one, &rules, &query)
        ));
        let alone = Query {
            alone: true,
            ..Query::default()
        };
        for (state, query) in [(&one, &alone), (&other, &query)] {
            let counts = resolutions.counts(state, &rules, query);
            assert!(!Arc::ptr_eq(&first, &counts));
        }
        for month in 0..COUNTS_MAX {
            let query = Query {
                campaign: Some(month.to_string()),
                ..Query::default()
            };
            drop(resolutions.counts(&one, &rules, &query));
        }
        assert!(!Arc::ptr_eq(
            &first,
            &resolutions.counts(&one, &rules, &query)
        ));
    }
}
