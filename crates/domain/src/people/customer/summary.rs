//! The columns of `unified_customers` that calls decide.

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;
use super::health::{Facts, HealthFactor};
use super::standing::Standing;
use crate::money::round::percent2;

/// Counts, rates, health and alerts of one contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallSummary {
    /// Host of the call with the greatest start that is not canceled (X8).
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
    let facts = Facts::new(calls, as_of);
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
        last_call_date: facts.last_call,
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
