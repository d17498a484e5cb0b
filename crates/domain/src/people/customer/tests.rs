//! Figures of customers, at the edges of the rules.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::bookings::attendance::{CrmOutcome, NoShowMarks};
use crate::testing::at;

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
        crm_outcome: None,
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
        crm_owner: CrmOwner::Member("AM0@co.test".to_owned()),
    };
    let got = summarize(&three, &standing, 50, day("2026-06-30"));
    assert_eq!(got.assigned_am_email.as_deref(), Some("am1@co.test"));
    assert_eq!(got.alerts, ["am_change", "no_upcoming_calls"]);
}

/// A user of the CRM whom the team's list does not have is not one of those whose users it has.
#[test]
fn an_owner_whom_the_team_does_not_list_is_somebody_else() {
    let members = ["am1@co.test".to_owned()];
    let standing = Standing {
        crm_owner: CrmOwner::NoneOf(Arc::new(members.into())),
        ..Standing::default()
    };
    let hosted_by = |host: Option<&str>| {
        let mut one = calls("a");
        one[0].host_email = host.map(str::to_owned);
        summarize(&one, &standing, 50, day("2026-06-30")).alerts
    };
    assert_eq!(hosted_by(Some("AM1@co.test")), ["am_change"]);
    // May be the owner, under a user that nobody listed.
    assert_eq!(hosted_by(Some("guest@co.test")), [""; 0]);
    assert_eq!(hosted_by(None), [""; 0]);
}

#[test]
fn a_reschedule_counts_once_at_both_instants() {
    let member = |uri: &str, start: &str, canceled| ChainMember {
        invitee_uri: uri.to_owned(),
        updated_at: at("2026-03-02T09:00:00Z"),
        canceled,
        rescheduled: canceled,
        start: at(start),
        no_show: NoShowMarks::default(),
        crm_outcome: None,
        host_name: None,
        host_email: None,
    };
    let first = member("A1", "2026-03-10T15:00:00Z", true);
    let second = member("A2", "2026-03-12T16:00:00Z", false);
    let calls = [Call::of_chain(&[first, second]).unwrap()];
    let figures = |as_of| {
        let got = summarize(&calls, &Standing::default(), 50, at(as_of));
        let counts = [
            got.total_calls_booked,
            got.calls_completed,
            got.calls_no_show,
            got.calls_canceled,
            got.calls_rescheduled,
            got.calls_upcoming,
        ];
        let dates = (got.last_call_date, got.next_call_date);
        (
            counts,
            got.show_rate,
            dates,
            got.quality_points,
            got.health_call_delta,
        )
    };
    let start = Some(at("2026-03-12T16:00:00Z"));
    assert_eq!(
        figures("2026-03-05T00:00:00Z"),
        ([1, 0, 0, 0, 1, 1], None, (None, start), 25, 5)
    );
    assert_eq!(
        figures("2026-03-13T00:00:00Z"),
        ([1, 1, 0, 0, 1, 0], Some(100.0), (start, None), 30, 10)
    );
}

#[test]
fn the_crm_decides_before_a_mark_does() {
    let mut three = calls("nnn");
    three[2].crm_outcome = Some(CrmOutcome::Attended);
    let got = summarize(&three, &Standing::default(), 50, day("2026-06-30"));
    assert_eq!((got.calls_completed, got.calls_no_show), (1, 2));
    assert_eq!(got.alerts, ["low_show_rate"]);
}

#[test]
fn each_factor_names_the_calls_that_it_rests_on() {
    let found = evidence(&calls("annn"), day("2026-06-30"));
    let told = found.iter().map(|f| (f.code, f.calls.len(), f.fraction));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("low_show_rate", 4, Some((1, 4))),
            ("no_show_streak", 3, None)
        ]
    );
    assert_eq!(found[1].calls, ["i1", "i2", "i3"]);
    let points: i32 = found.iter().map(|f| f.points).sum();
    assert_eq!(points, -25);
}

#[test]
fn an_outcome_goes_to_the_nearest_booking_of_its_day() {
    let booked = |uri: &str, start: &str| BookedCall {
        invitee_uri: uri.to_owned(),
        start: at(start),
    };
    let said = |id: &str, time: &str, outcome| Activity {
        id: id.to_owned(),
        at: at(time),
        version_at: at(time),
        outcome,
    };
    let bookings = [
        booked("i1", "2026-05-01T12:00:00Z"),
        booked("i2", "2026-05-02T12:00:00Z"),
        booked("i3", "2026-05-09T12:00:00Z"),
    ];
    let (came, missed) = (Some(CrmOutcome::Attended), Some(CrmOutcome::NoShow));
    let activities = [
        said("newer", "2026-05-01T13:00:00Z", came),
        said("older", "2026-05-01T11:00:00Z", missed),
        said("as near to both", "2026-05-02T00:00:00Z", None),
        said("a day before", "2026-05-08T12:00:00Z", missed),
        said("too far", "2026-05-10T12:00:01Z", came),
    ];
    let found = match_outcomes(&activities, &bookings);
    let told: Vec<(&str, CrmOutcome)> = found.iter().map(|(u, o)| (u.as_str(), *o)).collect();
    assert_eq!(
        told,
        [("i1", CrmOutcome::Attended), ("i3", CrmOutcome::NoShow)]
    );
}

#[test]
fn an_alert_is_raised_once_and_resolves_by_itself() {
    let (t1, t2) = (at("2026-05-01T00:00:00Z"), at("2026-05-02T00:00:00Z"));
    let stands =
        |owner| AlertStanding::new("c", &["am_change", "low_show_rate"], Some("am@x"), owner);
    let first = transitions(&[], &stands(Some("A@x")), t1);
    let open: Vec<Alert> = first
        .iter()
        .map(|change| match change {
            AlertChange::Raised(alert) | AlertChange::Resolved(alert) => alert.clone(),
        })
        .collect();
    assert_eq!((first.len(), &*open[0].subject), (2, "am@x a@x"));
    assert_eq!(transitions(&open, &stands(Some("a@x")), t2), []);
    // Another owner is another alert; the old one ends.
    let second = transitions(&open, &stands(Some("b@x")), t2);
    let told: Vec<(bool, &str)> = second
        .iter()
        .map(|change| match change {
            AlertChange::Raised(alert) => (true, alert.subject.as_str()),
            AlertChange::Resolved(alert) => (false, alert.subject.as_str()),
        })
        .collect();
    assert_eq!(told, [(false, "am@x a@x"), (true, "am@x b@x")]);
    let ended = transitions(&open, &[], t2);
    assert!(ended.iter().all(
        |c| matches!(c, AlertChange::Resolved(a) if a.resolved_at == Some(t2) && a.raised_at == t1)
    ));
    assert_eq!(ended.len(), 2);
}

#[test]
fn the_mean_weighs_customers_and_the_pool_weighs_calls() {
    let at_end = |sequence| {
        let calls = calls(sequence);
        summarize(&calls, &Standing::default(), 50, day("2026-06-30"))
    };
    let found = show_rates(&[at_end("aaan"), at_end("n"), at_end(""), at_end("aan")]);
    // (75 + 0 + 66.666…) / 3 and 5 / 8.
    let expected = (Some(47.22), Some(62.5));
    assert_eq!((found.avg_show_rate, found.pooled_show_rate), expected);
    assert_eq!(show_rates(&[at_end("")]), ShowRates::default());
}
