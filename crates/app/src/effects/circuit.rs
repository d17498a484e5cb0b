//! A circuit per vendor: one that fails again and again is left alone for a while (S4-31).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that open the circuit.
const FAILURES: u32 = 5;
/// How long it stays open; the next call is a probe that closes it or opens it again.
const OPEN: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug, Clone, Copy, Default)]
struct Circuit {
    failures: u32,
    open_until: Option<Timestamp>,
}

/// The circuits of one process.
#[derive(Debug, Default)]
pub struct Circuits {
    by_vendor: Mutex<BTreeMap<&'static str, Circuit>>,
}

impl Circuits {
    /// Until when nobody should call; `None` when a call may be made.
    #[must_use]
    pub fn open_until(&self, vendor: &'static str, now: Timestamp) -> Option<Timestamp> {
        let circuits = self
            .by_vendor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        circuits
            .get(vendor)
            .and_then(|c| c.open_until)
            .filter(|until| *until > now)
    }

    /// Notes how a call went.
    pub fn note(&self, vendor: &'static str, failed: bool, now: Timestamp) {
        let mut circuits = self
            .by_vendor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let circuit = circuits.entry(vendor).or_default();
        if !failed {
            *circuit = Circuit::default();
            return;
        }
        circuit.failures += 1;
        if circuit.failures >= FAILURES {
            circuit.open_until = Some(now + OPEN);
            tracing::warn!(vendor, "the vendor fails again and again; calls wait");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_good_call_closes_it() {
        let circuits = Circuits::default();
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        for _ in 0..FAILURES - 1 {
            circuits.note("stripe", true, now);
        }
        circuits.note("stripe", false, now);
        for _ in 0..FAILURES {
            assert_eq!(circuits.open_until("stripe", now), None);
            circuits.note("stripe", true, now);
        }
        assert_eq!(circuits.open_until("stripe", now), Some(now + OPEN));
        assert_eq!(circuits.open_until("calendly", now), None);
        let later = now + OPEN;
        assert_eq!(
            circuits.open_until("stripe", later),
            None,
            "a probe may be made"
        );
        circuits.note("stripe", true, later);
        assert_eq!(
            circuits.open_until("stripe", later),
            Some(later + OPEN),
            "a failed probe opens it again"
        );
        circuits.note("stripe", false, later);
        assert_eq!(circuits.open_until("stripe", later), None);
    }
}
