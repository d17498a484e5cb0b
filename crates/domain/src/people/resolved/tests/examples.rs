//! The worked examples, from rows.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{
    canceled, crm_contact, crm_lead, form, invitee, missed, of_email, payment, resolved, spend, won,
};
use crate::config::CallType;
use crate::numbers::attribution::{Model, Options, rows};
use crate::numbers::kpi::{Period, Query, Value, figures, tally, total};
use crate::people::sources::{InviteeRow, Sources};
use crate::testing::at;

const JANE: &str = "jane@acme.co";

fn moved_pair() -> Sources {
    let mut first = invitee("A1", JANE, "2026-03-10T15:00:00Z");
    first.created_at = at("2026-03-01T10:00:00Z");
    (first.canceled, first.rescheduled) = (true, true);
    first.canceled_at = Some(at("2026-03-02T09:00:00Z"));
    let mut second = invitee("A2", JANE, "2026-03-12T16:00:00Z");
    second.created_at = at("2026-03-02T09:00:00Z");
    "A1".clone_into(&mut second.chain_id);
    Sources {
        invitees: vec![second, first],
        ..Sources::default()
    }
}

#[test]
fn a_reschedule_pair_is_one_call() {
    for (as_of, counts, rate, quality, health) in [
        ("2026-03-05T00:00:00Z", [1, 0, 0, 0, 1, 1], None, 25, 5),
        (
            "2026-03-13T00:00:00Z",
            [1, 1, 0, 0, 1, 0],
            Some(100.0),
            30,
            10,
        ),
    ] {
        let resolved = resolved(&moved_pair(), as_of);
        let found = &of_email(&resolved, JANE).summary;
        let told = [
            found.total_calls_booked,
            found.calls_completed,
            found.calls_no_show,
            found.calls_canceled,
            found.calls_rescheduled,
            found.calls_upcoming,
        ];
        assert_eq!((told, found.show_rate), (counts, rate), "{as_of}");
        assert_eq!(
            (found.quality_points, found.health_call_delta),
            (quality, health)
        );
        assert_eq!(
            (resolved.bookings.len(), resolved.facts.calls.len()),
            (1, 1)
        );
        assert_eq!(resolved.touches.len(), 1);
    }
    let mut waiting = moved_pair();
    waiting.invitees.remove(0);
    let resolved = resolved(&waiting, "2026-03-13T00:00:00Z");
    let found = &of_email(&resolved, JANE).summary;
    assert_eq!((found.total_calls_booked, found.calls_rescheduled), (0, 1));
    assert_eq!(resolved.facts.calls.len(), 1);
}

/// One call a day from 1 May on: attended, missed or canceled.
fn sequence(id: &str, calls: &str) -> Vec<InviteeRow> {
    let first = at("2026-05-01T10:00:00Z");
    let days = (0_i64..).zip(calls.split_whitespace());
    days.map(|(day, came)| {
        let start = first + SignedDuration::from_hours(24 * day);
        let email = format!("{id}@acme.co");
        let row = invitee(&format!("{id}-{day}"), &email, &start.to_string());
        match came {
            "n" => missed(row),
            "c" => canceled(row),
            _ => row,
        }
    })
    .collect()
}

#[test]
fn thresholds_are_strict() {
    let cases = [
        ("c1", "a a a a n", Some(80.0), 15, 0, ""),
        ("c2", "n a a a a a", Some(83.33), 25, 5, ""),
        ("c3", "a n", Some(50.0), 15, 0, ""),
        ("c4", "a c c", Some(33.33), 15, -10, "low_show_rate"),
        ("c5", "n n", Some(0.0), 15, -20, ""),
        (
            "c6",
            "n n n",
            Some(0.0),
            15,
            -35,
            "low_show_rate no_show_streak",
        ),
        (
            "c7",
            "a n n n",
            Some(25.0),
            15,
            -25,
            "low_show_rate no_show_streak",
        ),
        ("c8", "n n a n", Some(25.0), 15, -10, "low_show_rate"),
    ];
    let rows = cases.iter().flat_map(|(id, calls, ..)| sequence(id, calls));
    let upcoming = invitee("c9-0", "c9@acme.co", "2026-07-05T10:00:00Z");
    let sources = Sources {
        invitees: rows.chain([upcoming]).collect(),
        forms: vec![form(
            "c0",
            Some("c0@acme.co"),
            "2026-06-29T00:00:00Z",
            "google",
        )],
        ..Sources::default()
    };
    let resolved = resolved(&sources, "2026-06-30T12:00:00Z");
    let others = [("c0", "", None, 0, 0, ""), ("c9", "", None, 25, 5, "")];
    for (id, _, rate, quality, health, alerts) in cases.into_iter().chain(others) {
        let found = &of_email(&resolved, &format!("{id}@acme.co")).summary;
        assert_eq!(found.show_rate, rate, "{id}");
        let points = (found.quality_points, found.health_call_delta);
        assert_eq!(points, (quality, health), "{id}");
        assert_eq!(found.alerts.join(" "), alerts, "{id}");
    }
}

/// The month of a hundred leads, with the traps of a naive join.
fn hundred_leads() -> Sources {
    let mut sources = Sources::default();
    for n in 0..101 {
        let came = match n {
            99 => "2026-03-31T18:00:00Z",
            100 => "2026-04-01T00:00:00Z",
            _ => "2026-03-01T00:00:00Z",
        };
        let email = format!("p{n}@acme.co");
        sources
            .forms
            .push(form(&format!("f{n}"), Some(&email), came, "google"));
        if n < 80 {
            let mut row = invitee(&format!("t{n}"), &email, "2026-03-10T10:00:00Z");
            row.call_type = Some(CallType::Triage);
            sources.invitees.push(match n {
                0..60 => row,
                60..72 => canceled(row),
                _ => missed(row),
            });
        }
        if n < 40 {
            let mut row = invitee(&format!("s{n}"), &email, "2026-03-20T10:00:00Z");
            let host = if n < 18 { "ann@co.test" } else { "BOB@co.test" };
            row.host_email = Some(host.to_owned());
            sources
                .invitees
                .push(if n < 30 { row } else { missed(row) });
        }
    }
    for n in 0..10 {
        let (contact, lead) = (format!("cont{n}"), format!("lead{n}"));
        let email = format!("p{n}@acme.co");
        let created = "2026-03-02T00:00:00Z";
        sources.crm_leads.push(crm_lead(&lead, created));
        sources
            .crm_contacts
            .push(crm_contact(&contact, &lead, &email, created));
        let mut deal = won(
            &format!("w{n}"),
            Some(&contact),
            &lead,
            "2026-03-25",
            2_000_000,
        );
        let user = if n < 6 { "user_ann" } else { "user_bob" };
        deal.user_id = Some(user.to_owned());
        let mut lost = won(&format!("l{n}"), None, &lead, "2026-03-25", 2_000_000);
        "lost".clone_into(&mut lost.status);
        sources.opportunities.extend([deal, lost]);
    }
    sources.payments = vec![
        payment("pay-a", Some("s0"), "2026-03-26T10:00:00Z", 7_000_000),
        payment("pay-b", Some("s20"), "2026-03-27T10:00:00Z", 3_000_000),
    ];
    sources.spend = vec![spend("2026-03-31", None, 500_000)];
    sources
}

#[test]
fn the_month_of_a_hundred_leads() {
    let resolved = resolved(&hundred_leads(), "2026-04-02T00:00:00Z");
    let march = Query {
        period: Period::from_month("2026-03".parse().unwrap()),
        ..Query::default()
    };
    let by_user = tally(&resolved.facts, &TimeZone::UTC, &march);
    let value = |user: Option<&str>, key: &str| {
        let bases = user.map_or_else(|| total(&by_user), |user| by_user[&Some(user.to_owned())]);
        let figures = figures(&bases);
        figures
            .iter()
            .find(|f| f.key.key == key)
            .unwrap()
            .value
            .unwrap()
    };
    for (key, percent) in [
        ("triage_show_rate", 75.0),
        ("triage_cancel_rate", 15.0),
        ("triage_no_show_rate", 10.0),
        ("triage_to_solution_rate", 66.67),
        ("solution_show_rate", 75.0),
        ("close_rate", 33.33),
        ("lead_to_close_rate", 10.0),
        ("calls_to_close", 3.0),
        ("cash_efficiency", 4000.0),
        ("cash_roi", 2000.0),
        ("profit_efficiency", 3900.0),
        ("direct_booking_rate", 0.0),
    ] {
        assert_eq!(value(None, key), Value::Decimal(percent), "{key}");
    }
    for (key, whole) in [
        ("leads", 100),
        ("cpl", 5_000),
        ("cost_per_solution_attended", 16_667),
        ("revenue", 20_000_000),
        ("cash_collected", 10_000_000),
        ("epc2_revenue", 666_667),
        ("epc2_cash", 333_333),
        ("profit_per_solution_attended", 650_000),
        ("avg_contract_value", 2_000_000),
        ("avg_cash_per_deal", 1_000_000),
    ] {
        assert_eq!(value(None, key), Value::Whole(whole), "{key}");
    }
    for (user, cash, attended, per_call) in [
        ("ann@co.test", 7_000_000, 18, 388_889),
        ("bob@co.test", 3_000_000, 12, 250_000),
    ] {
        assert_eq!(value(Some(user), "cash_collected"), Value::Whole(cash));
        assert_eq!(
            value(Some(user), "solution_attended"),
            Value::Whole(attended)
        );
        let found = value(Some(user), "cash_per_solution_attended");
        assert_eq!(found, Value::Whole(per_call));
    }
}

#[test]
fn attribution_to_the_cent() {
    let booked = |uri: &str, day: &str, channel: &str, call_type| {
        let mut row = invitee(uri, JANE, &format!("{day}T18:00:00Z"));
        row.created_at = at(&format!("{day}T12:00:00Z"));
        channel.clone_into(&mut row.channel);
        row.call_type = Some(call_type);
        row
    };
    let sources = Sources {
        invitees: vec![
            booked("T2", "2025-01-08", "google", CallType::Triage),
            booked("T4", "2025-01-22", "google", CallType::Solution),
        ],
        forms: vec![
            form("T1", Some(JANE), "2025-01-01T12:00:00Z", "facebook"),
            form("T3", Some(JANE), "2025-01-15T12:00:00Z", "email"),
        ],
        crm_contacts: vec![crm_contact("cont", "lead", JANE, "2025-01-01T13:00:00Z")],
        opportunities: vec![won("oppo", Some("cont"), "lead", "2025-01-29", 1_000_000)],
        payments: vec![payment(
            "back",
            Some("T4"),
            "2025-02-10T12:00:00Z",
            -400_000,
        )],
        ..Sources::default()
    };
    let resolved = resolved(&sources, "2025-03-01T00:00:00Z");
    let credited = |model, month: &str| {
        let today: Date = "2025-03-01".parse().unwrap();
        let input = resolved.attribution_input();
        let found = rows(input, &TimeZone::UTC, &Options::default(), model, today);
        ["facebook", "google", "email"].map(|channel| {
            let key = (month.parse().unwrap(), channel.to_owned(), None);
            let row = found.get(&key).copied().unwrap_or_default();
            (row.revenue_minor, row.cash_minor)
        })
    };
    for (model, expected) in [
        (Model::First, [1_000_000, 0, 0]),
        (Model::Last, [0, 1_000_000, 0]),
        (Model::Linear, [250_000, 500_000, 250_000]),
        (Model::U, [400_000, 500_000, 100_000]),
        (Model::W, [300_000, 600_000, 100_000]),
        (Model::TimeDecay, [66_667, 666_666, 266_667]),
    ] {
        let revenue = credited(model, "2025-01").map(|(revenue, _)| revenue);
        assert_eq!(revenue, expected, "{model:?}");
        let cash = credited(model, "2025-02").map(|(_, cash)| cash);
        assert_eq!(cash.iter().sum::<i64>(), -400_000, "{model:?}");
    }
}
