//! Random worlds: whatever the order, duplication and batch boundaries, silver and gold equal the naive model.

use bookpath_lake::{Layout, SpendRow, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::Bench;
use crate::assert_same;
use crate::model::{Model, Spend, model};
use crate::world::{START_US, chain, iso};

const WORLDS: u32 = 40;

#[derive(Debug, Clone)]
struct World {
    /// Lines in the order in which they arrive, with duplicates.
    lines: Vec<String>,
    /// How many lines each run takes, and the hours by which as_of moves before it.
    batches: Vec<(usize, i64)>,
    zone: &'static str,
    group_rows: usize,
    late_groups: usize,
    recent_days: u16,
    /// (after which run, day of the world, channel, campaign, amount).
    spend: Vec<(usize, i64, usize, usize, i64)>,
}

fn world() -> impl Strategy<Value = World> {
    let zone = prop::sample::select(vec!["UTC", "America/New_York", "Australia/Lord_Howe"]);
    let spend = prop::collection::vec(
        (0..6_usize, 0..40_i64, 0..3_usize, 0..3_usize, 0..50_000_i64),
        0..8,
    );
    let batches = prop::collection::vec((0..25_usize, 0..200_i64), 1..8);
    let group_rows = prop::sample::select(vec![2_usize, 5, 512]);
    let recent_days = prop::sample::select(vec![0_u16, 1, 14]);
    let late_groups = prop::sample::select(vec![0_usize, 1, 4]);
    (
        prop::collection::vec(chain(), 1..25),
        batches,
        (zone, group_rows, late_groups, recent_days),
        spend,
    )
        .prop_flat_map(|(chains, batches, zone, spend)| {
            let mut lines: Vec<String> = Vec::new();
            for (n, chain) in chains.iter().enumerate() {
                lines.extend(chain.records(n).iter().map(ToString::to_string));
            }
            let twice: Vec<String> = lines.iter().step_by(5).cloned().collect();
            lines.extend(twice);
            (
                Just(lines).prop_shuffle(),
                Just(batches),
                Just(zone),
                Just(spend),
            )
        })
        .prop_map(
            |(lines, batches, (zone, group_rows, late_groups, recent_days), spend)| World {
                lines,
                batches,
                zone,
                group_rows,
                late_groups,
                recent_days,
                spend,
            },
        )
}

const CHANNELS: [&str; 3] = ["facebook_paid_ads", "unknown", "tiktok"];
const CAMPAIGNS: [Option<&str>; 3] = [Some("brand"), None, Some("solo")];

async fn assert_model(what: &str, bench: &Bench, model: &Model) {
    for (table, wanted) in [
        (Table::Invitees, &model.invitees),
        (Table::BookingTimeAnalysis, &model.time_analysis),
        (Table::BookingsTrend, &model.trend),
        (Table::ChannelAttribution, &model.attribution),
        (Table::CostPerBooking, &model.cost),
        (Table::DailyBookingsBySource, &model.by_source),
    ] {
        assert_same(what, table, &bench.rows(table).await, wanted);
    }
}

async fn check(world: World) {
    let zone = TimeZone::get(world.zone).unwrap();
    let mut bench = Bench::new(world.zone);
    // Small files and groups, so that they fill, split and are copied.
    bench.lake = bench.lake.with_layout(Layout {
        group_rows: world.group_rows,
        recent_days: world.recent_days,
        recent_rows: world.group_rows,
        file_rows_min: world.group_rows * 2,
        file_rows_max: world.group_rows * 4,
        late_groups_max: world.late_groups,
    });
    let mut seen: Vec<String> = Vec::new();
    let mut spends: Vec<Spend> = Vec::new();
    let mut rest = world.lines.as_slice();
    let mut as_of = Timestamp::from_microsecond(START_US).unwrap();
    let runs = world.batches.len();
    for (run, (lines, hours)) in world.batches.iter().enumerate() {
        let take = if run + 1 == runs {
            rest.len()
        } else {
            (*lines).min(rest.len())
        };
        let (batch, tail) = rest.split_at(take);
        rest = tail;
        as_of += jiff::SignedDuration::from_hours(*hours);
        seen.extend_from_slice(batch);
        for (_, day, channel, campaign, amount) in world.spend.iter().filter(|s| s.0 == run) {
            let day = iso(START_US + day * 86_400_000_000)[..10].parse().unwrap();
            let row = SpendRow {
                day,
                channel: CHANNELS[*channel].to_owned(),
                campaign: CAMPAIGNS[*campaign].map(str::to_owned),
                amount_minor: *amount,
                currency: "USD".to_owned(),
            };
            bench
                .lake
                .append_ad_spend(std::slice::from_ref(&row), &bench.rules, as_of)
                .await
                .unwrap();
            spends
                .retain(|s| (s.day, &s.channel, &s.campaign) != (day, &row.channel, &row.campaign));
            spends.push(Spend {
                day,
                channel: row.channel,
                campaign: row.campaign,
                amount_minor: *amount,
            });
        }
        bench.run(batch, as_of).await;
        assert_model(
            &format!("run {run}"),
            &bench,
            &model(&seen, &spends, &zone, as_of),
        )
        .await;
        assert!(
            bench.run(&[], as_of).await.is_empty(),
            "an empty run commits nothing"
        );
        assert!(
            bench.run(batch, as_of).await.is_empty(),
            "a repeated batch commits nothing"
        );
        if run % 3 == 2 {
            let before = bench.all().await;
            bench
                .lake
                .maintain(as_of, jiff::SignedDuration::from_hours(24 * 365))
                .await
                .unwrap();
            for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
                assert_same("a sweep", *table, got, wanted);
            }
        }
    }
    let before = bench.all().await;
    bench.rebuild(as_of).await;
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
        assert_same("rebuild", *table, got, wanted);
    }
}

#[test]
fn random_worlds_equal_the_naive_model() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: WORLDS,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    });
    runner
        .run(&world(), |world| {
            runtime.block_on(check(world));
            Ok(())
        })
        .unwrap();
}

/// A file is split, one part changes, and the sweep puts the parts together again: each row keeps the facts of its own
/// part, so the run after it still finds the whole chain. Found as a random world.
#[tokio::test]
async fn parts_of_a_split_file_are_put_together_with_their_own_facts() {
    let lines = include_str!("split_then_swept.ndjson").lines();
    check(World {
        lines: lines.map(str::to_owned).collect(),
        batches: vec![(2, 163), (17, 54), (21, 107), (1, 100)],
        zone: "America/New_York",
        group_rows: 2,
        late_groups: 1,
        recent_days: 0,
        spend: Vec::new(),
    })
    .await;
}
