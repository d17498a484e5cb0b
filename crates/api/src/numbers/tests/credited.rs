//! Rows of `channel_attribution` open into what adds up to them, of every model, and so do the figures of a period.

use bookpath_app::ports::{Period, PeriodBy, TableRow};
use bookpath_domain::numbers::attribution::{By, Days, Model, Options, period, rows};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world;
use crate::instants::{Instants, Told};
use crate::numbers::{Current, of_attribution};
use crate::testing::World;

fn row(row: Value) -> TableRow {
    match row {
        Value::Object(row) => row,
        other => panic!("{other}"),
    }
}

async fn current(world: &World) -> Current {
    let newest = Instants::new(None, None);
    Current::of(&world.api, newest).await.unwrap()
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
                "conversions_credit": found.conversions_micro as f64 / 1e6,
            }))
        }));
    }
    gold
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
        let revenue: i64 = of_model.values().map(|row| row.revenue_minor).sum();
        if asked.by == PeriodBy::Total {
            found.push(row(
                json!({ "model": name, "revenue_credit_minor": revenue }),
            ));
            continue;
        }
        let column: &'static str = by.into();
        found.extend(of_model.into_iter().map(|(label, earned)| {
            row(json!({ column: label, "model": name, "revenue_credit_minor": earned.revenue_minor }))
        }));
    }
    found
}

async fn assert_opens(world: &World, asked: Option<&Period>, rows: &[TableRow]) {
    let told = Told::at(&world.api, None::<Timestamp>).await.unwrap();
    let drills = of_attribution(&world.api, &told, asked, rows)
        .await
        .unwrap();
    assert_eq!(drills.len(), rows.len());
    for (row, drill) in rows.iter().zip(drills) {
        let opening = drill.unwrap().numerator;
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
            let asked = Period { from, to, by };
            let rows = figures(&world, &asked).await;
            assert!(rows.len() >= 9, "{rows:?}");
            assert_opens(&world, Some(&asked), &rows).await;
        }
    }
}
