//! What Stripe tells of sessions and payments that came to nothing. Whoever holds a payment page can make Stripe tell of
//! failures without end, and whoever knows a booking's id can have pages of their own name it; what is kept of either has
//! an end, and no end of a session that Bookpath opened is lost.

use std::collections::BTreeMap;

use super::payment::{Payment, SessionFact};

/// Failures that are kept of one attempt between two actions of people. The first one moves the booking, and the
/// others change nothing.
const FAILURES_MAX: usize = 4;
/// Sessions of others that are kept in each list.
const FOREIGN_MAX: usize = 16;

impl Payment {
    /// Keeps a failed payment under the id of its event. One that comes when the list of its attempt is full only lends
    /// its time to the earliest of that list, if it was before.
    pub(super) fn learn_failure(&mut self, event_id: &str, fact: SessionFact) {
        if self.failures.contains_key(event_id) || self.ends_own(&fact) {
            return keep_first(&mut self.failures, event_id, fact);
        }
        let group = |f: &SessionFact| (self.attempt_of(f), f.when.epoch);
        let of = group(&fact);
        let known = |f: &&SessionFact| group(f) == of && !self.ends_own(f);
        if self.failures.values().filter(known).count() < FAILURES_MAX {
            return keep_first(&mut self.failures, event_id, fact);
        }
        let same = self.failures.iter().filter(|(_, f)| known(f));
        let earliest = same.min_by_key(|(id, f)| (f.when, (*id).clone()));
        if let Some(id) = earliest.map(|(id, _)| id.clone())
            && let Some(earliest) = self.failures.get_mut(&id)
        {
            earliest.when = earliest.when.min(fact.when);
        }
    }

    /// Keeps that a session's time is over.
    pub(super) fn learn_expiry(&mut self, session_id: &str, fact: SessionFact) {
        let known = self.expired.contains_key(session_id);
        let foreign = |f: &&SessionFact| self.attempt_of(f).is_none();
        let full = self.expired.values().filter(foreign).count() >= FOREIGN_MAX;
        if known || !foreign(&&fact) || !full {
            keep_first(&mut self.expired, session_id, fact);
        }
    }

    /// Keeps that a session was completed before its money came.
    pub(super) fn learn_processing(&mut self, session_id: &str) {
        let foreign = |id: &&String| !self.opened(id);
        let full = self.processing.iter().filter(foreign).count() >= FOREIGN_MAX;
        if self.opened(session_id) || !full {
            self.processing.insert(session_id.to_owned());
        }
    }

    /// Whether it is the end of a session that Bookpath opened: there is one for each.
    fn ends_own(&self, fact: &SessionFact) -> bool {
        let own = |id: &String| self.opened(id);
        fact.ends_session && fact.session_id.as_ref().is_some_and(own)
    }

    /// Whether Bookpath opened the session.
    pub(super) fn opened(&self, session_id: &str) -> bool {
        let mut sessions = self.sessions.values();
        sessions.any(|ours| ours.session_id.as_deref() == Some(session_id))
    }
}

fn keep_first(facts: &mut BTreeMap<String, SessionFact>, id: &str, fact: SessionFact) {
    let when = fact.when;
    let known = facts.entry(id.to_owned()).or_insert(fact);
    known.when = known.when.min(when);
}
