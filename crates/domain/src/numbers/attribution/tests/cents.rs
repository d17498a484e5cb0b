//! One contact, four touches, 10,000.00.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{cash, day, input, touch, won};
use crate::numbers::attribution::{Model, Options, Row, Touch, TouchKind, credits, rows};
use crate::numbers::kpi::{CashLine, DealCause, DealLine};

fn journey() -> [Touch; 4] {
    use TouchKind::{Form, Solution, Triage};
    [
        touch("t1", "c", "2025-01-01", Form, "facebook"),
        touch("t2", "c", "2025-01-08", Triage, "google"),
        touch("t3", "c", "2025-01-15", Form, "email"),
        touch("t4", "c", "2025-01-22", Solution, "google"),
    ]
}

/// By month and channel.
type Found = BTreeMap<(String, String), Row>;

fn found(
    model: Model,
    touches: &[Touch],
    deals: &[DealLine],
    cash: &[CashLine],
    options: &Options,
) -> Found {
    let input = input(touches, deals, cash);
    let rows = rows(input, &TimeZone::UTC, options, model, day("2025-03-01"));
    rows.into_iter()
        .map(|((month, channel, _), row)| ((month.to_string(), channel), row))
        .collect()
}

/// Revenue of a month by facebook, google, email.
fn revenue(found: &Found, month: &str) -> [i64; 3] {
    ["facebook", "google", "email"].map(|channel| {
        let row = found.get(&(month.to_owned(), channel.to_owned()));
        row.map_or(0, |row| row.revenue_minor)
    })
}

fn january(model: Model, options: &Options) -> [i64; 3] {
    let deals = [won("o", "c", "2025-01-29", 1_000_000)];
    revenue(&found(model, &journey(), &deals, &[], options), "2025-01")
}

#[test]
fn each_model_to_the_cent() {
    for (model, expected) in [
        (Model::First, [1_000_000, 0, 0]),
        (Model::Last, [0, 1_000_000, 0]),
        (Model::Linear, [250_000, 500_000, 250_000]),
        (Model::U, [400_000, 500_000, 100_000]),
        (Model::W, [300_000, 600_000, 100_000]),
        (Model::TimeDecay, [66_667, 666_666, 266_667]),
        (Model::Shapley, [333_334, 333_333, 333_333]),
    ] {
        let mut got = january(model, &Options::default());
        if model == Model::Shapley {
            // Equal shares: the unit that is left goes to the first channel by name.
            got = [got[2], got[0], got[1]];
        }
        assert_eq!(got, expected, "{model:?}");
        assert_eq!(got.iter().sum::<i64>(), 1_000_000);
    }
}

#[test]
fn the_window_includes_its_last_day() {
    let options = Options {
        window_days: 14,
        ..Options::default()
    };
    assert_eq!(january(Model::Linear, &options), [0, 500_000, 500_000]);
}

#[test]
fn a_touch_after_the_deal_gets_nothing_and_a_deal_without_touches_is_unknown() {
    let touches = [touch("t", "c", "2025-01-30", TouchKind::Form, "google")];
    let deals = [
        won("o", "c", "2025-01-29", 700),
        won("p", "stranger", "2025-01-29", 1),
    ];
    for model in [
        Model::First,
        Model::W,
        Model::TimeDecay,
        Model::Markov,
        Model::Shapley,
    ] {
        let found = found(model, &touches, &deals, &[], &Options::default());
        let told: Vec<_> = found
            .iter()
            .map(|((_, c), r)| (c.as_str(), r.revenue_minor))
            .collect();
        assert_eq!(told, [("unknown", 701)], "{model:?}");
    }
}

#[test]
fn a_refund_and_a_reopening_are_credited_in_their_own_month() {
    let won = won("o", "c", "2025-01-29", 1_000_000);
    let reopened = DealLine {
        row_id: "o@2".to_owned(),
        cause: DealCause::Reopened,
        on: day("2025-03-03"),
        deals: -1,
        deals_adding_up: -1,
        revenue_minor: -1_000_000,
        ..won.clone()
    };
    let money = [
        cash("p", "c", "2025-01-29", 1_000_000),
        cash("r", "c", "2025-02-10", -400_000),
        cash("x", "stranger", "2025-02-10", 5),
    ];
    let deals = [won, reopened];
    let options = Options::default();
    let found = found(Model::TimeDecay, &journey(), &deals, &money, &options);
    assert_eq!(revenue(&found, "2025-01"), [66_667, 666_666, 266_667]);
    assert_eq!(revenue(&found, "2025-02"), [0, 0, 0]);
    assert_eq!(revenue(&found, "2025-03"), [-66_667, -666_666, -266_667]);
    let of = |month: &str| {
        let rows = found.iter().filter(|((m, _), _)| m == month);
        rows.map(|(_, row)| (row.conversions_micro, row.cash_minor))
            .fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1))
    };
    assert_eq!(of("2025-01"), (1_000_000, 1_000_000));
    assert_eq!(of("2025-02"), (0, -400_000));
    assert_eq!(of("2025-03"), (-1_000_000, 0));
    let february = &found[&("2025-02".to_owned(), "facebook".to_owned())];
    assert_eq!(february.cash_minor, -26_667);
}

#[test]
fn direct_is_left_out_where_it_is_asked_for_and_somebody_else_is_there() {
    let mut touches = journey();
    touches[3].channel = "Direct".to_owned();
    let deals = [won("o", "c", "2025-01-29", 1_000_000)];
    let options = Options {
        exclude_direct: true,
        ..Options::default()
    };
    let last = |touches: &[Touch]| {
        let credits = credits(
            input(touches, &deals, &[]),
            &TimeZone::UTC,
            &options,
            Model::Last,
        );
        credits[0].touch_row_id.clone()
    };
    assert_eq!(last(&touches).as_deref(), Some("t3"));
    assert_eq!(last(&touches[3..]).as_deref(), Some("t4"));
}

#[test]
fn anchors_that_are_missing_leave_their_share_to_the_others() {
    let form = |id, on| touch(id, "c", on, TouchKind::Form, "x");
    let shares = |touches: &[Touch]| {
        let deals = [won("o", "c", "2025-01-29", 1_000)];
        let input = input(touches, &deals, &[]);
        let credits = credits(input, &TimeZone::UTC, &Options::default(), Model::W);
        credits.iter().map(|c| c.revenue_minor).collect::<Vec<_>>()
    };
    let (first, second) = (form("a", "2025-01-01"), form("b", "2025-01-02"));
    let solution = touch("s", "c", "2025-01-03", TouchKind::Solution, "x");
    assert_eq!(shares(&[first.clone(), second.clone()]), [750, 250]);
    assert_eq!(shares(&[first.clone(), solution.clone()]), [500, 500]);
    let three = [first, second, solution.clone()];
    assert_eq!(shares(&three), [429, 143, 428]);
    assert_eq!(shares(&[solution]), [1_000]);
}

/// `C1 > C2 > C3` won, `C1` and `C2 > C3` not.
#[test]
fn markov_and_shapley_over_three_paths() {
    let form = |id, contact, on, channel| touch(id, contact, on, TouchKind::Form, channel);
    let touches = [
        form("1", "a", "2025-01-01", "C1"),
        form("2", "a", "2025-01-02", "C2"),
        form("3", "a", "2025-01-03", "C3"),
        form("4", "b", "2025-01-01", "C1"),
        form("5", "d", "2025-01-01", "C2"),
        form("6", "d", "2025-01-02", "C3"),
    ];
    let deals = [won("o", "a", "2025-01-29", 1_000)];
    let shares = |model| {
        let found = found(model, &touches, &deals, &[], &Options::default());
        ["C1", "C2", "C3"].map(|channel| {
            let row = found[&("2025-01".to_owned(), channel.to_owned())];
            (row.revenue_minor, row.conversions_micro, row.touches)
        })
    };
    let markov = [(200, 200_000, 1), (400, 400_000, 1), (400, 400_000, 1)];
    assert_eq!(shares(Model::Markov), markov);
    let shapley = [(334, 333_334, 1), (333, 333_333, 1), (333, 333_333, 1)];
    assert_eq!(shares(Model::Shapley), shapley);
}

#[test]
fn bookings_are_credited_to_their_own_channel() {
    let found = found(Model::Booking, &journey(), &[], &[], &Options::default());
    let told: Vec<_> = found
        .values()
        .map(|r| (r.touches, r.conversions_micro))
        .collect();
    assert_eq!(told, [(2, 2_000_000)]);
}
