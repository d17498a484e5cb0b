//! The month of a hundred leads, to the cent.

use jiff::tz::TimeZone;

use super::{call, day, lead};
use crate::bookings::attendance::Attendance::{Attended, CanceledEarly, NoShow, Pending};
use crate::bookings::attendance::AttendanceSource;
use crate::config::CallType::{Solution, Triage};
use crate::numbers::kpi::{
    Base, Bases, CashLine, DealCause, DealVersion, Facts, FiguresOf, Mode, Period, Query,
    SpendLine, Value, Why, drill, figures, key, lines, tally, total,
};
use crate::testing::at;

fn rep(is_a: bool) -> Option<String> {
    Some(if is_a { "rep-a" } else { "rep-b" }.to_owned())
}

fn version(id: &str, contact: usize, won: bool, user: Option<String>) -> DealVersion {
    DealVersion {
        opportunity_id: id.to_owned(),
        version_at: at("2026-03-28T10:00:00Z"),
        won,
        deleted: false,
        date_won: won.then(|| day("2026-03-25")),
        value_minor: 2_000_000,
        cash_minor: 0,
        other_currency: None,
        contact_id: format!("c{contact}"),
        user,
    }
}

fn march() -> Facts {
    let mut facts = Facts::default();
    for n in 0..99 {
        let campaign = (n < 50).then_some("spring");
        facts
            .leads
            .push(lead(&format!("c{n}"), "2026-03-01T00:00:00Z", campaign));
    }
    facts.leads.push(lead("late", "2026-03-31T18:00:00Z", None));
    facts
        .leads
        .push(lead("april", "2026-04-01T00:00:00Z", None));
    for n in 0..80 {
        let came = match n {
            0..60 => Attended,
            60..72 => CanceledEarly,
            _ => NoShow,
        };
        let (id, contact) = (format!("t{n}"), format!("c{n}"));
        facts
            .calls
            .push(call(&id, &contact, Triage, "2026-03-10T10:00:00Z", came));
    }
    for n in 0..40 {
        let came = if n < 30 { Attended } else { NoShow };
        let (id, contact) = (format!("s{n}"), format!("c{n}"));
        let mut held = call(&id, &contact, Solution, "2026-03-20T10:00:00Z", came);
        held.user = rep(n < 18);
        facts.calls.push(held);
    }
    let mut versions = Vec::new();
    for n in 0..10 {
        let (won, lost) = (format!("won{n}"), format!("lost{n}"));
        versions.push(version(&won, n, true, rep(n < 6)));
        versions.push(version(&lost, n, false, rep(n < 6)));
    }
    facts.deals = lines(&versions, &TimeZone::UTC);
    for (row, amount_minor, is_a) in [("p1", 7_000_000, true), ("p2", 3_000_000, false)] {
        facts.cash.push(CashLine {
            row_id: row.to_owned(),
            contact_id: Some("c0".to_owned()),
            at: "2026-03-26T10:00:00Z".parse().unwrap(),
            on: day("2026-03-26"),
            amount_minor,
            user: rep(is_a),
        });
    }
    facts.spend.push(SpendLine {
        row_id: "s".to_owned(),
        on: day("2026-03-31"),
        campaign: Some("spring".to_owned()),
        amount_minor: 500_000,
    });
    facts
}

fn of_march() -> Query {
    Query {
        period: Period::from_month("2026-03".parse().unwrap()),
        ..Query::default()
    }
}

/// The value of a key in `figures`.
fn value(bases: &super::super::Bases, key: &str) -> Option<Value> {
    let figures = figures(bases);
    figures.iter().find(|f| f.key.key == key).unwrap().value
}

#[test]
fn the_month_of_a_hundred_leads() {
    let facts = march();
    let found = total(&tally(&facts, &TimeZone::UTC, &of_march()));
    for (key, percent_or_ratio) in [
        ("triage_show_rate", 75.0),
        ("triage_cancel_rate", 15.0),
        ("triage_no_show_rate", 10.0),
        ("triage_to_solution_rate", 66.67),
        ("solution_per_triage_attended", 0.67),
        ("solution_show_rate", 75.0),
        ("solution_cancel_rate", 0.0),
        ("solution_no_show_rate", 25.0),
        ("close_rate", 33.33),
        ("lead_to_close_rate", 10.0),
        ("calls_to_close", 3.0),
        ("cash_efficiency", 4000.0),
        ("cash_roi", 2000.0),
        ("profit_efficiency", 3900.0),
        ("direct_booking_rate", 0.0),
        ("admin_missing_rate", 75.0),
    ] {
        assert_eq!(
            value(&found, key),
            Some(Value::Decimal(percent_or_ratio)),
            "{key}"
        );
    }
    for (key, whole) in [
        ("leads", 100),
        ("triage_booked", 80),
        ("triage_attended", 60),
        ("solution_booked", 40),
        ("solution_attended", 30),
        ("deals_won", 10),
        ("revenue", 20_000_000),
        ("cash_collected", 10_000_000),
        ("spend", 500_000),
        ("cpl", 5_000),
        ("cost_per_triage_booked", 6_250),
        ("cost_per_solution_booked", 12_500),
        ("cost_per_solution_attended", 16_667),
        ("cash_per_solution_booked", 250_000),
        ("cash_per_solution_attended", 333_333),
        ("epc2_revenue", 666_667),
        ("epc2_cash", 333_333),
        ("profit", 19_500_000),
        ("profit_per_solution_attended", 650_000),
        ("profit_per_call2", 316_667),
        ("avg_contract_value", 2_000_000),
        ("avg_cash_per_deal", 1_000_000),
    ] {
        assert_eq!(value(&found, key), Some(Value::Whole(whole)), "{key}");
    }
}

#[test]
fn each_rep_has_their_own_and_the_sum_is_the_total() {
    let facts = march();
    let by_user = tally(&facts, &TimeZone::UTC, &of_march());
    let figures = |user: Option<String>| {
        let bases = &by_user[&user];
        ["close_rate", "cash_per_solution_attended", "spend"].map(|key| value(bases, key).unwrap())
    };
    let (rate, whole) = (Value::Decimal(33.33), Value::Whole);
    assert_eq!(figures(rep(true)), [rate, whole(388_889), whole(0)]);
    assert_eq!(figures(rep(false)), [rate, whole(250_000), whole(0)]);
    assert_eq!(value(&by_user[&None], "close_rate"), None);
    assert_eq!(value(&by_user[&None], "spend"), Some(whole(500_000)));
    let only = Query {
        who: FiguresOf::User("rep-a".to_owned()),
        ..of_march()
    };
    let own = total(&tally(&facts, &TimeZone::UTC, &only));
    assert_eq!(own, by_user[&rep(true)]);
}

#[test]
fn a_campaign_is_that_of_the_first_touch_and_of_spend_its_own() {
    let spring = Query {
        campaign: Some("spring".to_owned()),
        ..of_march()
    };
    let found = total(&tally(&march(), &TimeZone::UTC, &spring));
    let bases = [Base::Leads, Base::TriageBooked, Base::DealsWon, Base::Spend];
    assert_eq!(bases.map(|base| found[base]), [50, 50, 10, 500_000]);
}

#[test]
fn a_cohort_takes_everything_to_the_first_touch_but_spend() {
    let mut facts = march();
    facts.leads[0].first_touch_at = at("2026-01-15T00:00:00Z");
    let month = |month: &str| Query {
        period: Period::from_month(month.parse().unwrap()),
        mode: Mode::Cohort,
        ..Query::default()
    };
    let january = total(&tally(&facts, &TimeZone::UTC, &month("2026-01")));
    let bases = [
        Base::Leads,
        Base::SolutionAttended,
        Base::DealsWon,
        Base::CashCollected,
    ];
    assert_eq!(bases.map(|base| january[base]), [1, 1, 1, 10_000_000]);
    assert_eq!(january[Base::Spend], 0);
}

#[test]
fn what_counts_and_what_does_not_is_told() {
    let rows = drill(&march(), &TimeZone::UTC, &of_march(), Base::TriageAttended);
    let of = |why| rows.iter().filter(|row| row.why == why).count();
    let reasons = [Why::Counted, Why::Canceled, Why::NoShow, Why::OtherCallType];
    assert_eq!(reasons.map(of), [60, 12, 8, 40]);
    let mut facts = march();
    facts.calls[0].attendance = Pending;
    facts.calls[80].attendance_source = AttendanceSource::Close;
    let query = of_march();
    let rows = drill(&facts, &TimeZone::UTC, &query, Base::SolutionUnrecorded);
    let recorded: Vec<_> = rows.iter().filter(|r| r.why == Why::Recorded).collect();
    assert_eq!((recorded.len(), &*recorded[0].row_id), (1, "s0"));
    let rows = drill(&facts, &TimeZone::UTC, &query, Base::DirectBookings);
    let of = |why| rows.iter().filter(|row| row.why == why).count();
    assert_eq!([Why::FirstCallIsTriage, Why::NoCall].map(of), [80, 20]);
}

#[test]
fn a_deal_that_changes_posts_differences_and_leaves_its_month_alone() {
    let base = DealVersion {
        cash_minor: 100,
        ..version("o", 0, true, None)
    };
    let at_day = |text: &str, change: &dyn Fn(&mut DealVersion)| {
        let mut next = base.clone();
        next.version_at = at(&format!("{text}T23:30:00Z"));
        change(&mut next);
        next
    };
    let versions = [
        at_day("2026-06-01", &|v| v.date_won = Some(day("2026-06-01"))),
        base.clone(),
        at_day("2026-04-02", &|v| v.value_minor = 1_500_000),
        at_day("2026-04-03", &|v| {
            (v.value_minor, v.user) = (1_500_000, rep(true))
        }),
        at_day("2026-05-04", &|v| v.won = false),
        at_day("2026-05-05", &|v| v.won = false),
    ];
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let told: Vec<_> = lines(&versions, &zone)
        .into_iter()
        .map(|l| {
            (
                l.on.to_string(),
                l.cause,
                l.deals,
                l.revenue_minor,
                l.cash_minor,
            )
        })
        .collect();
    let line = |on: &str, cause, deals, revenue, cash| (on.to_owned(), cause, deals, revenue, cash);
    assert_eq!(
        told,
        [
            line("2026-03-25", DealCause::Won, 1, 2_000_000, 100),
            line("2026-04-03", DealCause::Changed, 0, -500_000, 0),
            line("2026-05-05", DealCause::Reopened, -1, -1_500_000, -100),
            line("2026-06-02", DealCause::WonAgain, 1, 2_000_000, 100),
        ]
    );
}

/// What a deal is worth in another currency is told beside the sums, also where it went from one currency to the other.
#[test]
fn a_deal_in_another_currency_keeps_its_own_amounts() {
    let on = |day: &str, currency: Option<&str>, value_minor| DealVersion {
        version_at: at(&format!("{day}T10:00:00Z")),
        value_minor,
        cash_minor: value_minor / 10,
        other_currency: currency.map(str::to_owned),
        ..version("o", 0, true, None)
    };
    let lost = DealVersion {
        version_at: at("2026-04-05T10:00:00Z"),
        ..version("o", 0, false, None)
    };
    let versions = [
        on("2026-04-01", Some("EUR"), 1_000),
        on("2026-04-02", Some("EUR"), 1_500),
        on("2026-04-03", None, 1_800),
        on("2026-04-04", Some("GBP"), 900),
        lost,
    ];
    let told = lines(&versions, &TimeZone::UTC);
    let sums = told.iter().map(|line| {
        let deals = (line.deals, line.deals_adding_up);
        (deals, line.revenue_minor, line.cash_minor)
    });
    let (no, won) = ((0, 0), (1, 0));
    let expected = [
        (won, 0, 0),
        (no, 0, 0),
        ((0, 1), 1_800, 180),
        ((0, -1), -1_800, -180),
        ((-1, 0), 0, 0),
    ];
    assert_eq!(sums.collect::<Vec<_>>(), expected);
    let others = told.iter().map(|line| {
        let others = line.left_out.iter();
        let others = others.map(|own| (&*own.currency, own.revenue_minor, own.cash_minor));
        others.collect::<Vec<_>>()
    });
    let expected: [&[_]; 5] = [
        &[("EUR", 1_000, 100)],
        &[("EUR", 500, 50)],
        &[("EUR", -1_500, -150)],
        &[("GBP", 900, 90)],
        &[("GBP", -900, -90)],
    ];
    assert_eq!(others.collect::<Vec<_>>(), expected);
}

/// The CRM tells no owner of what was deleted: the lines of before stay where they were, and the last one is there, too.
#[test]
fn a_deletion_leaves_a_deal_with_its_owner() {
    let won = version("o", 0, true, rep(true));
    let deletion = DealVersion {
        version_at: at("2026-05-04T10:00:00Z"),
        deleted: true,
        ..version("o", 0, false, None)
    };
    let told = lines(&[deletion, won], &TimeZone::UTC);
    let owners: Vec<_> = told
        .iter()
        .map(|line| (line.deals, line.user.clone()))
        .collect();
    assert_eq!(owners, [(1, rep(true)), (-1, rep(true))]);
}

#[test]
fn a_change_is_in_the_unit_of_its_figure() {
    let march = total(&tally(&march(), &TimeZone::UTC, &of_march()));
    let april = Bases::default();
    let change = |name: &str, now: &Bases, then: &Bases| {
        let key = key(name).unwrap();
        key.figure(now).change_since(&key.figure(then))
    };
    let mut half = march;
    half.add(Base::TriageAttended, -20);
    assert_eq!(
        change("triage_show_rate", &half, &march),
        Some(Value::Decimal(-25.0))
    );
    assert_eq!(change("leads", &april, &march), Some(Value::Whole(-100)));
    assert_eq!(change("cpl", &april, &march), None);
}
