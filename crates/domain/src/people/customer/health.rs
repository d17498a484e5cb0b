//! Quality points, health factors and alerts of one contact, with what they rest on.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::call::Call;
use super::standing::Standing;

/// Points of one health rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthFactor {
    pub code: &'static str,
    pub points: i32,
}

/// A health factor with the calls that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactorEvidence {
    pub code: &'static str,
    pub points: i32,
    /// Invitees of the calls that speak for it, the oldest first.
    pub calls: Vec<String>,
    /// Of the show rate: completed calls, and calls that are not upcoming.
    pub fraction: Option<(u32, u32)>,
    /// Start of the call that it measures from.
    pub since: Option<Timestamp>,
}

/// What the rules look at.
pub(super) struct Facts<'a> {
    as_of: Timestamp,
    /// Calls that count, in order of their start.
    calls: Vec<&'a Call>,
    total: u32,
    /// Past bookings that are not canceled.
    past: u32,
    /// Numerator and denominator of show_rate; thresholds compare the exact fraction.
    show: (u32, u32),
    upcoming: bool,
    pub(super) last_call: Option<Timestamp>,
    streak: usize,
}

impl<'a> Facts<'a> {
    pub(super) fn new(calls: &'a [Call], as_of: Timestamp) -> Self {
        let mut counted: Vec<&Call> = calls.iter().filter(|c| !c.successor_missing).collect();
        counted.sort_by_key(|c| (c.start, c.updated_at));
        let count = |holds: &dyn Fn(&Call) -> bool| {
            u32::try_from(counted.iter().filter(|call| holds(call)).count()).unwrap_or(u32::MAX)
        };
        let completed = count(&|c| c.completed_at(as_of));
        let upcoming = count(&|c| c.upcoming_at(as_of));
        let total = count(&|_| true);
        let held = counted.iter().filter(|c| c.completed_at(as_of));
        Self {
            as_of,
            total,
            past: count(&|c| c.past_at(as_of)),
            show: (completed, total - upcoming),
            upcoming: upcoming > 0,
            last_call: held.map(|c| c.start).max(),
            streak: streak(&counted, as_of).count(),
            calls: counted,
        }
    }

    fn high_show_rate(&self) -> bool {
        u64::from(self.show.0) * 100 > 80 * u64::from(self.show.1)
    }

    fn low_show_rate(&self) -> bool {
        u64::from(self.show.0) * 100 < 50 * u64::from(self.show.1)
    }

    /// A completed call lies at most so many days back, inclusive.
    fn called_within_days(&self, days: i64) -> bool {
        self.last_call.is_some_and(|at| {
            self.as_of.duration_since(at) <= SignedDuration::from_hours(24 * days)
        })
    }

    /// Quality points, 0 to 40: a call booked, a show rate over 80 %, one upcoming, one in the last
    /// 30 days.
    pub(super) fn quality(&self) -> i32 {
        let points = [
            (self.total > 0, 15),
            (self.high_show_rate(), 10),
            (self.upcoming, 10),
            (self.called_within_days(30), 5),
        ];
        let holding = points.iter().filter(|(holds, _)| *holds);
        holding.map(|(_, points)| points).sum()
    }

    /// Health points, −35 to +15 in all (X10, X11, X12).
    pub(super) fn health(&self) -> Vec<HealthFactor> {
        let late = self.past > 0 && !self.called_within_days(90);
        let rules = [
            (self.upcoming, "upcoming_call", 5),
            (self.high_show_rate(), "high_show_rate", 5),
            (self.called_within_days(14), "recent_call", 5),
            (self.low_show_rate(), "low_show_rate", -10),
            (self.streak >= 3, "no_show_streak", -15),
            (late, "no_recent_call", -10),
        ];
        rules
            .into_iter()
            .filter(|(holds, ..)| *holds)
            .map(|(_, code, points)| HealthFactor { code, points })
            .collect()
    }

    /// The codes of the alerts that stand, sorted.
    pub(super) fn alerts(&self, standing: &Standing, am_email: Option<&str>) -> Vec<&'static str> {
        let am_changed = am_email.is_some_and(|am| standing.crm_owner.is_other_than(am));
        let rules = [
            (am_changed, "am_change"),
            (self.low_show_rate() && self.total >= 3, "low_show_rate"),
            (self.streak >= 3, "no_show_streak"),
            (standing.high_value && !self.upcoming, "no_upcoming_calls"),
        ];
        let standing = rules.into_iter().filter(|(holds, _)| *holds);
        standing.map(|(_, code)| code).collect()
    }

    fn evidence_of(&self, factor: HealthFactor) -> FactorEvidence {
        let as_of = self.as_of;
        let last = |c: &&Call| c.completed_at(as_of) && Some(c.start) == self.last_call;
        let all = self.calls.iter().copied();
        let calls: Vec<&Call> = match factor.code {
            "upcoming_call" => all.filter(|c| c.upcoming_at(as_of)).collect(),
            "high_show_rate" | "low_show_rate" => all.filter(|c| !c.upcoming_at(as_of)).collect(),
            "no_show_streak" => {
                let mut missed: Vec<&Call> = streak(&self.calls, as_of).collect();
                missed.reverse();
                missed
            }
            _ => all.filter(last).collect(),
        };
        let rate = matches!(factor.code, "high_show_rate" | "low_show_rate");
        let dated = matches!(factor.code, "recent_call" | "no_recent_call");
        FactorEvidence {
            code: factor.code,
            points: factor.points,
            calls: calls.iter().map(|c| c.invitee_uri.clone()).collect(),
            fraction: rate.then_some(self.show),
            since: self.last_call.filter(|_| dated),
        }
    }
}

/// No-shows at the end of the past calls, the newest first; a canceled booking neither breaks nor
/// extends them.
fn streak<'c, 'a>(
    calls: &'c [&'a Call],
    as_of: Timestamp,
) -> impl Iterator<Item = &'a Call> + use<'c, 'a> {
    let past = calls.iter().rev().copied();
    past.filter(move |c| c.past_at(as_of))
        .take_while(move |c| c.no_show_at(as_of))
}

/// The health factors of a contact at `as_of`, each with the calls that it rests on.
#[must_use]
pub fn evidence(calls: &[Call], as_of: Timestamp) -> Vec<FactorEvidence> {
    let facts = Facts::new(calls, as_of);
    let factors = facts.health().into_iter();
    factors.map(|factor| facts.evidence_of(factor)).collect()
}
