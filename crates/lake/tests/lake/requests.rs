//! What a small run asks of the object store, early and late in a table's life.

use crate::Bench;
use crate::at;
use crate::simple::day;
use crate::stores::Watched;

/// Requests of a day's run; every tenth run, in which delta-rs writes checkpoints of all tables, may make more.
const REQUESTS_MAX: u64 = 250;
const CHECKPOINT_REQUESTS_MAX: u64 = 800;
const EMPTY_REQUESTS_MAX: u64 = 60;
const RUNS: usize = 40;

#[tokio::test]
async fn a_day_costs_the_same_few_requests_early_and_late() {
    let store = Watched::new(false);
    let mut bench = Bench::on(store.clone(), "UTC");
    let as_of = at("2026-04-30T00:00:00Z");
    let mut measured = Vec::new();
    for run in 0..RUNS {
        let objects = bench.land(&day(run, 20)).await;
        store.arm(-1);
        bench.etl(&objects, as_of).await.unwrap();
        measured.push(store.requests() - objects.len() as u64);
        if run % 10 == 9 {
            store.arm(-1);
            assert!(bench.run(&[], as_of).await.is_empty());
            let empty = store.requests();
            assert!(
                empty <= EMPTY_REQUESTS_MAX,
                "{empty} requests of an empty run"
            );
        }
    }
    println!("requests by run: {measured:?}");
    let most = measured.iter().max().copied().unwrap_or(0);
    assert!(most <= CHECKPOINT_REQUESTS_MAX, "{measured:?}");
    let few = measured
        .iter()
        .filter(|requests| **requests <= REQUESTS_MAX)
        .count();
    assert!(few >= RUNS * 8 / 10, "{measured:?}");
}
