//! People and facts as they were resolved last, so that the next question about the same rows costs nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bookpath_domain::BusinessConfig;
use bookpath_domain::people::resolved::{Resolved, resolve};
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::Timestamp;

/// States that are kept: the newest one, and those of a few instants that somebody compares it with.
const KEPT_MAX: usize = 4;

struct Kept {
    sources: Arc<Sources>,
    directory: Directory,
    resolved: Arc<Resolved>,
}

/// The last few states that were asked for. One question at a time is worked out; others wait and share the result.
#[derive(Default)]
pub struct Resolutions {
    kept: Mutex<VecDeque<Kept>>,
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
        kept.push_front(Kept {
            sources: sources.clone(),
            directory,
            resolved: resolved.clone(),
        });
        kept.truncate(KEPT_MAX);
        resolved
    }
}

#[cfg(test)]
mod tests {
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
}
