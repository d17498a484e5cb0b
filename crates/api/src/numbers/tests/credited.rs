//! Rows of `channel_attribution` open into what adds up to them, of every model, and so do the figures of a period.

use bookpath_app::numbers::Month;
use bookpath_app::ports::{Period, PeriodBy, TableRow};
use bookpath_domain::numbers::attribution::{By, Days, Model, Options, PeriodRow, period, rows};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world;
use crate::instants::{Instants, LakeMoment};
use crate::numbers::{Current, Drill, of_attribution};
use crate::testing::World;

pub(super) fn row(row: Value) -> TableRow {
    match row {
        Value::Object(row) => row,
        other => panic!("{other}"),
    }
}

async fn current(world: &World) -> Current {
    let newest = Instants::new(None, None);
    Current::read(&world.api, newest).await.unwrap()
}

fn options(world: &World) -> Options {
    let rules = &world.api.rules.attribution;
    Options {
        window_days: rules.window_days,
        half_life_days: rules.half_life_days,
        ..Options::default()
    }
}

/// The rows as the table has them.
async fn gold(world: &World) -> Vec<TableRow> {
    let current = current(world).await;
    let (input, options) = (current.resolved.attribution_input(), options(world));
    let mut gold = Vec::new();
    for model in Model::all() {
        let name: &'static str = (*model).into();
        let found = rows(input, &current.zone, &options, *model, current.today());
        gold.extend(found.into_iter().map(|((month, channel, campaign), found)| {
            row(json!({
                "month": month.to_string(), "channel": channel, "campaign": campaign, "model": name,
                "touches": found.touches, "revenue_credit_minor": found.revenue_minor,
                "cash_credit_minor": found.cash_minor, "conversions_credit": found.conversions_micro as f64 / 1e6,
                "cost_minor": cost(&current, month, &channel, campaign.as_deref().filter(|_| !model.is_of_months())),
            }))
        }));
    }
    gold
}

/// What was spent in a month on a channel, or on a campaign of it; none of nothing.
fn cost(current: &Current, month: Month, channel: &str, campaign: Option<&str>) -> Option<i64> {
    let spend = current.resolved.facts.spend.iter();
    let spend = spend.filter(|row| {
        Month::containing(row.on) == month
            && row.row_id.split('|').nth(1) == Some(channel)
            && campaign.is_none_or(|campaign| row.campaign.as_deref() == Some(campaign))
    });
    let amounts: Vec<i64> = spend.map(|row| row.amount_minor).collect();
    (!amounts.is_empty()).then(|| amounts.iter().sum())
}

/// The figures of a period, by what is asked.
async fn figures(world: &World, asked: &Period) -> Vec<TableRow> {
    let current = current(world).await;
    let by = match asked.by {
        PeriodBy::Campaign => By::Campaign,
        _ => By::Channel,
    };
    let days = Days {
        from: asked.from.map(Date::first_of_month),
        to: asked.to.map(Date::last_of_month),
    };
    let options = Options {
        by,
        days,
        ..options(world)
    };
    let input = current.resolved.attribution_input();
    let mut found = Vec::new();
    for model in Model::all() {
        let name: &'static str = (*model).into();
        let of_model = period(input, &current.zone, &options, *model, current.today());
        let figures = |earned: &[&PeriodRow]| {
            let sum = |of: fn(&PeriodRow) -> i64| earned.iter().map(|row| of(row)).sum::<i64>();
            row(json!({
                "model": name, "revenue_credit_minor": sum(|row| row.revenue_minor),
                "cash_credit_minor": sum(|row| row.cash_minor),
                "conversions_credit": sum(|row| row.conversions_micro) as f64 / 1e6,
            }))
        };
        if asked.by == PeriodBy::Total {
            let mut all = figures(&of_model.values().collect::<Vec<_>>());
            all.insert("cost_minor".to_owned(), json!(70_000));
            found.push(all);
            continue;
        }
        let column: &'static str = by.into();
        found.extend(of_model.iter().map(|(label, earned)| {
            let mut one = figures(&[earned]);
            one.insert(column.to_owned(), json!(label));
            one
        }));
    }
    found
}

/// What opens behind a figure adds up to it.
async fn assert_figure(world: &World, row: &TableRow, column: &str, drill: &Drill) {
    let opening = drill.denominator.as_ref().unwrap_or(&drill.numerator);
    let column = match column {
        "roas" => "cost_minor",
        other => other,
    };
    let behind = world.get(&opening.href).await;
    let what = format!("{row:?} {column} {}", opening.href);
    assert_eq!(behind["total"], opening.count, "{what}");
    assert_eq!(behind["total_minor"].as_i64(), opening.sum_minor, "{what}");
    assert_eq!(behind["total_micro"].as_i64(), opening.sum_micro, "{what}");
    match (opening.sum_minor, opening.sum_micro) {
        (Some(sum), None) => assert_eq!(row[column], sum, "{what}"),
        (None, Some(sum)) => {
            let wanted = (row[column].as_f64().unwrap() * 1e6).round();
            assert_eq!(sum as f64, wanted, "{what}");
        }
        _ => assert_eq!(row[column], opening.count, "{what}"),
    }
}

pub(super) async fn assert_opens(world: &World, asked: Option<&Period>, rows: &[TableRow]) {
    let told = LakeMoment::at(&world.api, None::<Timestamp>).await.unwrap();
    let drills = of_attribution(&world.api, &told, asked, rows)
        .await
        .unwrap();
    assert_eq!(drills.len(), rows.len());
    for (row, opened) in rows.iter().zip(drills) {
        let opened = opened.unwrap();
        for (column, drill) in &opened.drills {
            assert_figure(world, row, column, drill).await;
        }
        let opening = opened.drill.numerator;
        let behind = world.get(&opening.href).await;
        assert_eq!(behind["total"], opening.count, "{row:?} {}", opening.href);
        assert_eq!(behind["rows"], behind["items"].as_array().unwrap().len());
        if row["model"] == "booking" {
            assert_eq!(opening.sum_minor, None);
            if let Some(credit) = row.get("conversions_credit") {
                assert_eq!(behind["total"].as_f64(), credit.as_f64(), "{row:?}");
            }
        } else {
            assert_eq!(
                behind["total_minor"], row["revenue_credit_minor"],
                "{row:?} {}",
                opening.href
            );
            assert_eq!(opening.sum_minor, row["revenue_credit_minor"].as_i64());
        }
    }
}

#[tokio::test]
async fn every_row_of_every_model_opens_into_its_touches_or_bookings() {
    let world = world().await;
    let rows = gold(&world).await;
    assert!(rows.len() > 20, "{rows:?}");
    assert_opens(&world, None, &rows).await;
    // Deals without touches are of no known channel.
    let mut unknown = super::sources();
    unknown.forms.clear();
    unknown.invitees.clear();
    let unknown = World::new(unknown, super::RULES).await;
    let rows = gold(&unknown).await;
    assert!(
        rows.iter()
            .any(|row| row["channel"] == "unknown" && row["touches"] == 0)
    );
    assert_opens(&unknown, None, &rows).await;
}

#[tokio::test]
async fn figures_of_a_period_open_too() {
    let world = world().await;
    let day = |text: &str| Some(text.parse().unwrap());
    for by in [PeriodBy::Channel, PeriodBy::Campaign, PeriodBy::Total] {
        for (from, to) in [(None, None), (day("2026-02-10"), day("2026-02-20"))] {
            let asked = Period {
                from,
                to,
                by,
                channel: None,
            };
            let rows = figures(&world, &asked).await;
            assert!(rows.len() >= 9, "{rows:?}");
            assert_opens(&world, Some(&asked), &rows).await;
        }
    }
}
