//! What a contact's bookings say about it: counts, rates, quality, health and alerts.
//!
//! Pure over the contact's reschedule chains and `as_of`, so the time-dependent columns can be derived
//! whenever somebody looks (X13).

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bookings::attendance::NoShowMarks;
use crate::money::round::percent2;

/// One reschedule chain of a contact, by its newest known member (X3).
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub invitee_uri: String,
    pub start: Timestamp,
    pub updated_at: Timestamp,
    pub canceled: bool,
    pub no_show: NoShowMarks,
    /// Members that another one has replaced, known to us as rows.
    pub superseded_rows: u32,
    /// The newest known member was itself rescheduled, to one that has not arrived: the chain counts no
    /// call until it does.
    pub successor_missing: bool,
    pub host_name: Option<String>,
    pub host_email: Option<String>,
}

impl Call {
    fn no_show_at(&self, as_of: Timestamp) -> bool {
        !self.canceled && self.start <= as_of && self.no_show.in_force()
    }

    fn completed_at(&self, as_of: Timestamp) -> bool {
        !self.canceled && self.start <= as_of && !self.no_show.in_force()
    }

    fn upcoming_at(&self, as_of: Timestamp) -> bool {
        !self.canceled && self.start > as_of
    }
}

/// What is known of the contact beside its calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Won revenue has reached `high_value_minor` (X15).
    pub high_value: bool,
    /// E-mail of the CRM owner, where the CRM knows one.
    pub crm_owner_email: Option<String>,
}

/// Points of one health rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthFactor {
    pub code: &'static str,
    pub points: i32,
}

/// The columns of `unified_customers` that calls decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallSummary {
    pub assigned_am: Option<String>,
    pub assigned_am_email: Option<String>,
    pub last_invitee_uri: Option<String>,
    pub total_calls_booked: u32,
    pub calls_completed: u32,
    pub calls_no_show: u32,
    pub calls_canceled: u32,
    pub calls_rescheduled: u32,
    pub calls_upcoming: u32,
    /// Percent, two decimals; completed / (total − upcoming) (X2).
    pub show_rate: Option<f64>,
    /// Percent, two decimals; completed / (completed + no-show) (X1).
    pub attendance_rate: Option<f64>,
    pub last_call_date: Option<Timestamp>,
    pub next_call_date: Option<Timestamp>,
    pub quality_points: i32,
    pub health_call_delta: i32,
    pub health_score: i32,
    pub health_factors: Vec<HealthFactor>,
    /// Sorted.
    pub alerts: Vec<&'static str>,
}

/// Sums up a contact's calls at `as_of`; `health_base` as configured (X10).
#[must_use]
pub fn summarize(
    calls: &[Call],
    standing: &Standing,
    health_base: i32,
    as_of: Timestamp,
) -> CallSummary {
    let counted: Vec<&Call> = calls
        .iter()
        .filter(|call| !call.successor_missing)
        .collect();
    let count = |holds: &dyn Fn(&Call) -> bool| {
        u32::try_from(counted.iter().filter(|call| holds(call)).count()).unwrap_or(u32::MAX)
    };
    let completed = count(&|c| c.completed_at(as_of));
    let no_show = count(&|c| c.no_show_at(as_of));
    let canceled = count(&|c| c.canceled);
    let upcoming = count(&|c| c.upcoming_at(as_of));
    let total = completed + no_show + canceled + upcoming;
    let host = counted
        .iter()
        .filter(|c| !c.canceled)
        .max_by_key(|c| (c.start, c.updated_at));
    let last_call_date = counted
        .iter()
        .filter(|c| c.completed_at(as_of))
        .map(|c| c.start)
        .max();
    let facts = Facts {
        as_of,
        total,
        past: completed + no_show,
        show: (completed, total - upcoming),
        upcoming: upcoming > 0,
        last_call: last_call_date,
        streak: no_show_streak(&counted, as_of),
    };
    let health_factors = facts.health();
    let health_call_delta = health_factors.iter().map(|factor| factor.points).sum();
    let am_email = host.and_then(|c| c.host_email.clone());
    CallSummary {
        last_invitee_uri: counted
            .iter()
            .max_by_key(|c| (c.start, c.updated_at))
            .map(|c| c.invitee_uri.clone()),
        total_calls_booked: total,
        calls_completed: completed,
        calls_no_show: no_show,
        calls_canceled: canceled,
        calls_rescheduled: calls.iter().map(|c| c.superseded_rows).sum(),
        calls_upcoming: upcoming,
        show_rate: percent2(completed.into(), (total - upcoming).into()),
        attendance_rate: percent2(completed.into(), (completed + no_show).into()),
        last_call_date,
        next_call_date: counted
            .iter()
            .filter(|c| c.upcoming_at(as_of))
            .map(|c| c.start)
            .min(),
        quality_points: facts.quality(),
        health_call_delta,
        health_score: (health_base + health_call_delta).clamp(0, 100),
        health_factors,
        alerts: facts.alerts(standing, am_email.as_deref()),
        assigned_am: host.and_then(|c| c.host_name.clone()),
        assigned_am_email: am_email,
    }
}

/// No-shows at the end of the past calls; a canceled booking neither breaks nor extends them.
fn no_show_streak(calls: &[&Call], as_of: Timestamp) -> usize {
    let mut past: Vec<&Call> = calls
        .iter()
        .copied()
        .filter(|c| !c.canceled && c.start <= as_of)
        .collect();
    past.sort_by_key(|c| (c.start, c.updated_at));
    past.iter()
        .rev()
        .take_while(|c| c.no_show_at(as_of))
        .count()
}

struct Facts {
    as_of: Timestamp,
    total: u32,
    /// Past bookings that are not canceled.
    past: u32,
    /// Numerator and denominator of show_rate; thresholds compare the exact fraction.
    show: (u32, u32),
    upcoming: bool,
    last_call: Option<Timestamp>,
    streak: usize,
}

impl Facts {
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

    /// Quality points, 0 to 40: a call booked, a show rate over 80 %, one upcoming, one in the last 30 days.
    fn quality(&self) -> i32 {
        let points = [
            (self.total > 0, 15),
            (self.high_show_rate(), 10),
            (self.upcoming, 10),
            (self.called_within_days(30), 5),
        ];
        points
            .iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, points)| points)
            .sum()
    }

    /// Health points, −35 to +15 in all (X10, X11, X12).
    fn health(&self) -> Vec<HealthFactor> {
        let rules = [
            (self.upcoming, "upcoming_call", 5),
            (self.high_show_rate(), "high_show_rate", 5),
            (self.called_within_days(14), "recent_call", 5),
            (self.low_show_rate(), "low_show_rate", -10),
            (self.streak >= 3, "no_show_streak", -15),
            (
                self.past > 0 && !self.called_within_days(90),
                "no_recent_call",
                -10,
            ),
        ];
        rules
            .into_iter()
            .filter(|(holds, ..)| *holds)
            .map(|(_, code, points)| HealthFactor { code, points })
            .collect()
    }

    /// The codes of the alerts that stand, sorted.
    fn alerts(&self, standing: &Standing, am_email: Option<&str>) -> Vec<&'static str> {
        let am_changed = matches!((am_email, standing.crm_owner_email.as_deref()), (Some(am), Some(owner)) if !am.eq_ignore_ascii_case(owner));
        let rules = [
            (am_changed, "am_change"),
            (self.low_show_rate() && self.total >= 3, "low_show_rate"),
            (self.streak >= 3, "no_show_streak"),
            (standing.high_value && !self.upcoming, "no_upcoming_calls"),
        ];
        rules
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, code)| code)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        format!("{text}T12:00:00Z").parse().unwrap()
    }

    /// `a` attended, `n` no-show, `c` canceled; one a day from 2026-05-01.
    fn calls(sequence: &str) -> Vec<Call> {
        let first = day("2026-05-01");
        let call = |(i, kind): (usize, char)| Call {
            invitee_uri: format!("i{i}"),
            start: first + SignedDuration::from_hours(24 * i64::try_from(i).unwrap()),
            updated_at: first,
            canceled: kind == 'c',
            no_show: NoShowMarks {
                created_at: (kind == 'n').then_some(first),
                deleted_at: None,
            },
            superseded_rows: 0,
            successor_missing: false,
            host_name: None,
            host_email: None,
        };
        sequence.chars().enumerate().map(call).collect()
    }

    #[test]
    fn thresholds_are_strict_and_exact() {
        let low = vec!["low_show_rate"];
        let both = vec!["low_show_rate", "no_show_streak"];
        let cases = [
            ("", None, 0, 0, vec![]),
            ("aaaan", Some(80.0), 15, 0, vec![]),
            ("naaaaa", Some(83.33), 25, 5, vec![]),
            ("an", Some(50.0), 15, 0, vec![]),
            ("acc", Some(33.33), 15, -10, low.clone()),
            ("nn", Some(0.0), 15, -20, vec![]),
            ("nnn", Some(0.0), 15, -35, both.clone()),
            ("annn", Some(25.0), 15, -25, both.clone()),
            ("nnan", Some(25.0), 15, -10, low),
            ("anncn", Some(20.0), 15, -25, both),
        ];
        for (sequence, show_rate, quality, health, alerts) in cases {
            let got = summarize(
                &calls(sequence),
                &Standing::default(),
                50,
                day("2026-06-30"),
            );
            assert_eq!(
                (
                    got.show_rate,
                    got.quality_points,
                    got.health_call_delta,
                    got.alerts
                ),
                (show_rate, quality, health, alerts),
                "{sequence}"
            );
            assert_eq!(got.health_score, (50 + health).clamp(0, 100));
            assert_eq!(
                got.total_calls_booked,
                got.calls_completed + got.calls_no_show + got.calls_canceled + got.calls_upcoming
            );
        }
    }

    #[test]
    fn a_future_call_is_neither_completed_nor_last() {
        let mut one = calls("a");
        one[0].start = day("2026-07-05");
        let got = summarize(
            &one,
            &Standing {
                high_value: true,
                ..Standing::default()
            },
            50,
            day("2026-06-30"),
        );
        assert_eq!(
            (got.show_rate, got.last_call_date, got.next_call_date),
            (None, None, Some(day("2026-07-05")))
        );
        assert_eq!(
            (got.quality_points, got.health_call_delta, got.alerts.len()),
            (25, 5, 0)
        );
    }

    #[test]
    fn a_superseded_member_never_counts_itself() {
        let mut one = calls("c");
        one[0].successor_missing = true;
        one[0].superseded_rows = 1;
        let got = summarize(&one, &Standing::default(), 50, day("2026-06-30"));
        assert_eq!(
            (
                got.total_calls_booked,
                got.calls_canceled,
                got.calls_rescheduled
            ),
            (0, 0, 1)
        );
    }

    #[test]
    fn the_manager_is_the_host_of_the_latest_call_that_stands() {
        let mut three = calls("aac");
        for (i, call) in three.iter_mut().enumerate() {
            call.host_email = Some(format!("am{i}@co.test"));
        }
        let standing = Standing {
            high_value: true,
            crm_owner_email: Some("AM0@co.test".to_owned()),
        };
        let got = summarize(&three, &standing, 50, day("2026-06-30"));
        assert_eq!(got.assigned_am_email.as_deref(), Some("am1@co.test"));
        assert_eq!(got.alerts, ["am_change", "no_upcoming_calls"]);
    }
}
