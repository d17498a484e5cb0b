//! Random worlds: credits add up, Shapley holds its definition, a chain holds its own equations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use strum::VariantArray as _;

use super::{cash, day, input, touch, won};
use crate::numbers::attribution::paths::Path;
use crate::numbers::attribution::{
    By, CreditFilter, Days, Earned, Model, Options, Share, Touch, TouchKind, behind, credits,
    markov, of_person, parts_of_rows, period, rows, shapley,
};
use crate::numbers::kpi::{CashLine, DealCause, DealLine};
use crate::numbers::month::Month;

const CHANNELS: [&str; 5] = ["a", "b", "c", "d", "direct"];

type World = (Vec<Touch>, Vec<DealLine>, Vec<CashLine>);

fn on() -> impl Strategy<Value = String> {
    (1..=3_u8, 1..=28_u8).prop_map(|(month, day)| format!("2025-{month:02}-{day:02}"))
}

fn kind() -> impl Strategy<Value = TouchKind> {
    use TouchKind::{Booking, Form, Solution, Triage};
    prop::sample::select(vec![Form, Triage, Solution, Booking])
}

fn world() -> impl Strategy<Value = World> {
    let touches = prop::collection::vec(
        (0..4_u8, on(), kind(), prop::sample::select(&CHANNELS[..])),
        0..14,
    );
    let deals = prop::collection::vec((0..5_u8, on(), 0..100_000_i64, any::<bool>()), 0..5);
    let money = prop::collection::vec((0..5_u8, on(), -5_000..90_000_i64), 0..5);
    (touches, deals, money).prop_map(|(touches, deals, money)| {
        let touches = touches
            .into_iter()
            .enumerate()
            .map(|(n, (who, on, kind, channel))| {
                let mut touch = touch(&format!("t{n}"), &format!("c{who}"), &on, kind, channel);
                touch.campaign = n.is_multiple_of(2).then(|| format!("x{}", n % 3));
                touch
            });
        let lines = deals
            .into_iter()
            .enumerate()
            .flat_map(|(n, (who, on, value, again))| {
                let won = won(&format!("o{n}"), &format!("c{who}"), &on, value);
                let reopened = again.then(|| DealLine {
                    row_id: format!("o{n}@2"),
                    cause: DealCause::Reopened,
                    on: day("2025-04-02"),
                    deals: -1,
                    deals_adding_up: -1,
                    revenue_minor: -value,
                    ..won.clone()
                });
                [won].into_iter().chain(reopened)
            });
        let money = money
            .into_iter()
            .enumerate()
            .map(|(n, (who, on, amount))| cash(&format!("m{n}"), &format!("c{who}"), &on, amount));
        (touches.collect(), lines.collect(), money.collect())
    })
}

fn options() -> impl Strategy<Value = Options> {
    (0..60_u32, 1..20_u32, any::<bool>(), any::<bool>()).prop_map(
        |(window_days, half_life_days, exclude_direct, campaigns)| Options {
            window_days,
            half_life_days,
            exclude_direct,
            by: if campaigns { By::Campaign } else { By::Channel },
            ..Options::default()
        },
    )
}

/// Conversions, revenue and cash of a month, as the lines say.
fn sums((_, deals, money): &World) -> BTreeMap<Month, [i64; 3]> {
    let mut out: BTreeMap<Month, [i64; 3]> = BTreeMap::new();
    let mut add = |month, parts: [i64; 3]| {
        let sum = out.entry(month).or_default();
        for (sum, part) in sum.iter_mut().zip(parts) {
            *sum += part;
        }
    };
    for line in deals {
        add(
            Month::containing(line.on),
            [line.deals * 1_000_000, line.revenue_minor, line.cash_minor],
        );
    }
    for line in money {
        let own = deals.iter().filter(|d| {
            d.cause == DealCause::Won && Some(&d.contact_id) == line.contact_id.as_ref()
        });
        let Some(first) = own.map(|d| d.on).min() else {
            continue;
        };
        add(
            Month::containing(line.on.max(first)),
            [0, 0, line.amount_minor],
        );
    }
    out.retain(|_, parts| *parts != [0; 3]);
    out
}

/// v(S): conversions of paths whose channels all lie in S.
fn worth(paths: &[Path<'_>], set: &BTreeSet<&str>) -> f64 {
    let inside = paths
        .iter()
        .filter(|p| p.converted && p.channels.iter().all(|c| set.contains(c)));
    f64::from(u32::try_from(inside.count()).unwrap())
}

/// The mean of what a channel adds over all orders of all channels.
fn by_definition(paths: &[Path<'_>], channel: &str) -> f64 {
    let others: Vec<&str> = CHANNELS.into_iter().filter(|c| *c != channel).collect();
    let factorial = |n: usize| {
        (1..=n)
            .map(|k| f64::from(u32::try_from(k).unwrap()))
            .product::<f64>()
    };
    let n = CHANNELS.len();
    let mut sum = 0.0;
    for bits in 0..1_u32 << others.len() {
        let mut set: BTreeSet<&str> = others
            .iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .map(|(_, c)| *c)
            .collect();
        let weight = factorial(set.len()) * factorial(n - set.len() - 1) / factorial(n);
        let before = worth(paths, &set);
        set.insert(channel);
        sum += weight * (worth(paths, &set) - before);
    }
    sum
}

fn some_paths() -> impl Strategy<Value = Vec<Path<'static>>> {
    let path = (
        prop::collection::vec(prop::sample::select(&CHANNELS[..]), 1..6),
        any::<bool>(),
    );
    prop::collection::vec(
        path.prop_map(|(channels, converted)| Path {
            channels,
            converted,
        }),
        1..20,
    )
}

/// The share of walks that convert when a channel is a dead end, by iterating the walk.
fn walked(paths: &[Path<'_>], without: Option<&str>) -> f64 {
    let mut steps: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for path in paths {
        let end = if path.converted { "WON" } else { "LOST" };
        let stations = ["START"]
            .into_iter()
            .chain(path.channels.iter().copied())
            .chain([end]);
        let stations: Vec<&str> = stations.collect();
        for pair in stations.windows(2) {
            *steps
                .entry(pair[0])
                .or_default()
                .entry(pair[1])
                .or_default() += 1.0;
        }
    }
    let mut at: BTreeMap<&str, f64> = BTreeMap::from([("START", 1.0)]);
    let mut won = 0.0;
    for _ in 0..400 {
        let mut next: BTreeMap<&str, f64> = BTreeMap::new();
        for (from, mass) in at {
            let out = &steps[from];
            let all: f64 = out.values().sum();
            for (to, n) in out {
                let part = mass * n / all;
                match *to {
                    "WON" => won += part,
                    to if to == "LOST" || Some(to) == without => {}
                    to => *next.entry(to).or_default() += part,
                }
            }
        }
        at = next;
    }
    won
}

proptest! {
    #[test]
    fn the_credits_of_a_line_add_up_to_it(world in world(), options in options()) {
        let (touches, deals, money) = &world;
        for model in [Model::First, Model::Last, Model::Linear, Model::U, Model::W, Model::TimeDecay] {
            let credits = credits(input(touches, deals, money), &TimeZone::UTC, &options, model);
            for line in deals {
                let own = credits.iter().filter(|c| c.line_row_id == line.row_id);
                let sum = own.fold((0, 0), |s, c| (s.0 + c.conversions_micro, s.1 + c.revenue_minor));
                prop_assert_eq!(sum, (line.deals * 1_000_000, line.revenue_minor));
            }
            for credit in &credits {
                let Some(touch) = touches.iter().find(|t| Some(&t.row_id) == credit.touch_row_id.as_ref()) else { continue };
                let won = deals.iter().find(|d| Some(&d.opportunity_id) == credit.opportunity_id.as_ref()).unwrap();
                let before = won.on.since(TimeZone::UTC.to_datetime(touch.at).date()).unwrap().get_days();
                prop_assert!(touch.contact_id == won.contact_id && before >= 0);
                prop_assert!(u32::try_from(before).unwrap() <= options.window_days);
            }
        }
    }

    #[test]
    fn every_model_divides_the_same_months(world in world(), options in options()) {
        let (touches, deals, money) = &world;
        let expected = sums(&world);
        for model in Model::VARIANTS.iter().filter(|m| **m != Model::Booking) {
            let mut found: BTreeMap<Month, [i64; 3]> = BTreeMap::new();
            for ((month, ..), row) in rows(input(touches, deals, money), &TimeZone::UTC, &options, *model, day("2025-06-01")) {
                let sum = found.entry(month).or_default();
                for (sum, part) in sum.iter_mut().zip([row.conversions_micro, row.revenue_minor, row.cash_minor]) {
                    *sum += part;
                }
            }
            found.retain(|_, parts| *parts != [0; 3]);
            prop_assert_eq!(&found, &expected, "{:?}", model);
        }
    }

    #[test]
    fn what_opens_behind_a_row_adds_up_to_it(world in world(), options in options(), last in 1..28_u32) {
        let (touches, deals, money) = &world;
        let today = day("2025-06-01");
        let to = Some(day(&format!("2025-02-{last:02}")));
        for days in [Days::default(), Days { from: None, to }, Days { from: to, to: None }] {
            let options = Options { days, ..options.clone() };
            for model in Model::VARIANTS {
                let input = input(touches, deals, money);
                let found = period(input, &TimeZone::UTC, &options, *model, today);
                for (name, row) in &found {
                    let wanted = CreditFilter::named(options.by, name.as_deref());
                    let parts = behind(input, &TimeZone::UTC, &options, *model, today, wanted);
                    let sum = |of: fn(&Share) -> i64| parts.iter().map(of).sum::<i64>();
                    prop_assert_eq!(sum(|p| p.revenue_minor), row.revenue_minor);
                    prop_assert_eq!(sum(|p| p.cash_minor), row.cash_minor);
                    prop_assert_eq!(sum(|p| p.conversions_micro), row.conversions_micro);
                    prop_assert_eq!(i64::try_from(parts.len()).unwrap(), row.parts);
                }
                let all: i64 = found.values().map(|row| row.revenue_minor).sum();
                let of_deals: i64 = deals.iter().filter(|d| days.has(d.on)).map(|d| d.revenue_minor).sum();
                prop_assert_eq!(all, if *model == Model::Booking { 0 } else { of_deals }, "{:?}", model);
            }
        }
    }

    #[test]
    fn what_opens_behind_a_row_of_a_month_adds_up_to_it(world in world(), options in options()) {
        let (touches, deals, money) = &world;
        let today = day("2025-06-01");
        let options = Options { days: Days::default(), by: By::Channel, ..options };
        for model in Model::VARIANTS {
            let input = input(touches, deals, money);
            let counts = parts_of_rows(input, &TimeZone::UTC, &options, *model, today);
            let found = rows(input, &TimeZone::UTC, &options, *model, today);
            prop_assert_eq!(found.keys().collect::<Vec<_>>(), counts.keys().collect::<Vec<_>>());
            for ((month, channel, campaign), row) in &found {
                let days = Days { from: Some(month.first_day()), to: Some(month.first_day().last_of_month()) };
                let options = Options { days, ..options.clone() };
                let wanted = CreditFilter { channel: Some(channel), campaign: Some(campaign.as_deref()) };
                let parts = behind(input, &TimeZone::UTC, &options, *model, today, wanted);
                let sum = |of: fn(&Share) -> i64| parts.iter().map(of).sum::<i64>();
                prop_assert_eq!(sum(|p| p.revenue_minor), row.revenue_minor);
                prop_assert_eq!(sum(|p| p.cash_minor), row.cash_minor);
                prop_assert_eq!(sum(|p| p.conversions_micro), row.conversions_micro);
                let key = (*month, channel.clone(), campaign.clone());
                prop_assert_eq!(i64::try_from(parts.len()).unwrap(), counts[&key]);
            }
        }
    }

    #[test]
    fn the_touches_of_all_people_earn_what_their_channels_do(world in world(), options in options()) {
        let (touches, deals, money) = &world;
        let input = input(touches, deals, money);
        let of_people: Vec<_> = (0..5).map(|n| of_person(input, &TimeZone::UTC, &options, &format!("c{n}"))).collect();
        let parts = |e: &Earned| [e.conversions_micro, e.revenue_minor, e.cash_minor];
        let plus = |a: [i64; 3], b: [i64; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        for model in Model::OF_TOUCHES {
            let mut all = [0; 3];
            for person in &of_people {
                let credits = person.touches.values().flatten().filter(|c| c.model == model);
                let earned = credits.map(|c| parts(&c.earned)).fold(parts(&person.without_touch), plus);
                prop_assert_eq!(earned, parts(&person.total));
                all = plus(all, earned);
            }
            let found = rows(input, &TimeZone::UTC, &options, model, day("2025-06-01"));
            let of_rows = found.values().map(|row| [row.conversions_micro, row.revenue_minor, row.cash_minor]);
            prop_assert_eq!(all, of_rows.fold([0; 3], plus), "{:?}", model);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(world in world(), options in options()) {
        let (touches, deals, money) = &world;
        let mut turned = world.clone();
        turned.0.reverse();
        turned.1.reverse();
        turned.2.reverse();
        for model in Model::VARIANTS {
            let of = |(t, d, m): (&[Touch], &[DealLine], &[CashLine])| rows(input(t, d, m), &TimeZone::UTC, &options, *model, day("2025-06-01"));
            prop_assert_eq!(of((touches, deals, money)), of((&turned.0, &turned.1, &turned.2)));
        }
    }

    #[test]
    fn shapley_is_the_mean_over_all_orders(paths in some_paths()) {
        let weights = shapley::weights(&paths);
        for channel in CHANNELS {
            let weight = weights.get(channel).copied().unwrap_or(0);
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let got = weight as f64 / 232_792_560.0;
            prop_assert!((got - by_definition(&paths, channel)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_removal_effect_is_what_a_walk_loses(paths in some_paths()) {
        let weights = markov::weights(&paths);
        let all = walked(&paths, None);
        prop_assert_eq!(weights.is_empty(), all == 0.0);
        for (channel, weight) in weights {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let got = weight as f64 / 1e15;
            let expected = 1.0 - walked(&paths, Some(&channel)) / all;
            prop_assert!((got - expected).abs() < 1e-6, "{}: {} {}", channel, got, expected);
        }
    }
}
