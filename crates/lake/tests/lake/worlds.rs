//! Random worlds: whatever the order, duplication and batch boundaries, silver and gold equal the naive model.

use std::collections::BTreeMap;

use bookpath_lake::{Catalog, Lake, LakeRules, SpendRow};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::Bench;
use crate::assert_same;
use crate::model::{Model, Spend, model};
use crate::periods;
use crate::world::{START_US, chain, iso};

/// Worlds of a test run. A world takes some 20 s without optimisation; `BOOKPATH_WORLDS=40` asks for more.
const WORLDS: u32 = 5;

fn asked<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[derive(Debug, Clone)]
struct World {
    /// Lines in the order in which they arrive, with duplicates.
    lines: Vec<String>,
    /// How many lines each run takes, and the hours by which as_of moves before it.
    batches: Vec<(usize, i64)>,
    zone: &'static str,
    file_rows: usize,
    /// (after which run, day of the world, channel, campaign, amount).
    spend: Vec<(usize, i64, usize, usize, i64)>,
}

fn world() -> impl Strategy<Value = World> {
    let zone = prop::sample::select(vec!["UTC", "America/New_York", "Australia/Lord_Howe"]);
    let spend = prop::collection::vec(
        (0..4_usize, 0..40_i64, 0..3_usize, 0..3_usize, 0..50_000_i64),
        0..8,
    );
    let batches = prop::collection::vec((0..25_usize, 0..200_i64), 1..5);
    let file_rows = prop::sample::select(vec![8_usize, 512]);
    (
        prop::collection::vec(chain(), 1..16),
        batches,
        (zone, file_rows),
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
        .prop_map(|(lines, batches, (zone, file_rows), spend)| World {
            lines,
            batches,
            zone,
            file_rows,
            spend,
        })
}

const CHANNELS: [&str; 3] = ["facebook_paid_ads", "unknown", "tiktok"];
const CAMPAIGNS: [Option<&str>; 3] = [Some("brand"), None, Some("solo")];

/// Columns that the naive model leaves out: they repeat others, or decide between snapshots.
const DERIVED: [&str; 10] = [
    "canceled_at",
    "no_show_marked_at",
    "no_show_unmarked_at",
    "snapshot_no_show",
    "payload_sha256",
    "contact_key",
    "created_us",
    "start_us",
    "call_type",
    "crm_outcome",
];

async fn assert_model(what: &str, bench: &Bench, model: &Model) {
    for (table, wanted) in [
        ("silver.invitees", &model.invitees),
        ("gold.booking_time_analysis", &model.time_analysis),
        ("gold.bookings_trend", &model.trend),
        ("gold.channel_attribution", &model.attribution),
        ("gold.cost_per_booking", &model.cost),
        ("gold.daily_bookings_by_source", &model.by_source),
    ] {
        let mut got = bench.rows(table).await;
        for row in &mut got {
            for column in DERIVED {
                row.remove(column);
            }
        }
        assert_same(what, table, &got, wanted);
    }
}

/// Every row that readers of the past see: those that people and numbers are made of, and those of gold.
async fn visible(lake: &Lake, rules: &LakeRules) -> Vec<String> {
    let sources = lake.sources(rules).await.unwrap();
    let mut rows: Vec<String> = Vec::new();
    rows.extend(sources.invitees.iter().map(|row| format!("{row:?}")));
    rows.extend(sources.spend.iter().map(|row| format!("{row:?}")));
    rows.sort();
    for table in Catalog::get().unwrap().tier("gold") {
        let found = lake.head(&table.name, &[], 1_000_000, 0).await.unwrap();
        rows.extend(found.iter().map(|row| format!("{} {row:?}", table.name)));
    }
    rows
}

/// Records the spend that comes before a run.
async fn spend_of(
    world: &World,
    run: usize,
    bench: &Bench,
    now: Timestamp,
    spends: &mut Vec<Spend>,
) {
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
            .append_ad_spend(std::slice::from_ref(&row), &bench.rules, now)
            .await
            .unwrap();
        spends.retain(|s| (s.day, &s.channel, &s.campaign) != (day, &row.channel, &row.campaign));
        spends.push(Spend {
            day,
            channel: row.channel,
            campaign: row.campaign,
            amount_minor: *amount,
        });
    }
}

async fn check(world: World) {
    let zone = TimeZone::get(world.zone).unwrap();
    let mut bench = Bench::new(world.zone);
    // Small files, so that they fill and split.
    bench.lake = bench.lake.with_file_rows(world.file_rows);
    let mut seen: Vec<String> = Vec::new();
    let mut spends: Vec<Spend> = Vec::new();
    let mut rest = world.lines.as_slice();
    let mut as_of = Timestamp::from_microsecond(START_US).unwrap();
    let runs = world.batches.len();
    let mut shown: BTreeMap<Timestamp, Vec<String>> = BTreeMap::new();
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
        spend_of(&world, run, &bench, as_of, &mut spends).await;
        bench.run(batch, as_of).await;
        assert_model(
            &format!("run {run}"),
            &bench,
            &model(&seen, &spends, &zone, as_of),
        )
        .await;
        shown.insert(as_of, visible(&bench.lake, &bench.rules).await);
        if run + 1 == runs {
            assert!(
                bench.run(&[], as_of).await.is_empty(),
                "an empty run commits nothing"
            );
            assert!(
                bench.run(batch, as_of).await.is_empty(),
                "a repeated batch commits nothing"
            );
        }
        if run % 3 == 2 {
            let before = bench.all().await;
            bench
                .lake
                .maintain(as_of, jiff::SignedDuration::from_hours(24 * 365))
                .await
                .unwrap();
            for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
                assert_same("a sweep", table, got, wanted);
            }
        }
    }
    for (at, then) in &shown {
        let past = bench.lake.known_at(*at);
        assert_eq!(&visible(&past, &bench.rules).await, then, "known at {at}");
    }
    periods::check(&bench, &spends).await;
    let before = bench.all().await;
    bench.rebuild(as_of).await;
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
        assert_same("rebuild", table, got, wanted);
    }
}

/// Without being asked the worlds are the same in every run, so that a change is judged by what it changes;
/// `BOOKPATH_SEED=7` shows others.
#[test]
fn random_worlds_equal_the_naive_model() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: asked("BOOKPATH_WORLDS").unwrap_or(WORLDS),
        rng_seed: RngSeed::Fixed(asked("BOOKPATH_SEED").unwrap_or(0)),
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
        file_rows: 8,
        spend: Vec::new(),
    })
    .await;
}
