//! Random worlds: whatever the order, repetition and batch boundaries, gold equals a naive fold.

use bookpath_simulation::{World, gold};
use serde_json::Value;

use crate::stage::{Options, Stage};

const WORLDS: u64 = 40;
/// Worlds at once: other tests have ended by the time that most of them run.
const AT_ONCE: u64 = 2;

/// Each world has a seed, a process and a folder of its own; a failure names the seed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_random_worlds_equal_the_naive_model() {
    let mut running = tokio::task::JoinSet::new();
    for first in 0..AT_ONCE {
        running.spawn(async move {
            for seed in (first..WORLDS).step_by(usize::try_from(AT_ONCE).unwrap()) {
                equals_the_naive_model(seed).await;
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

async fn equals_the_naive_model(seed: u64) {
    let world = World::random(seed);
    let stage = Stage::start(Options {
        clock: "2026-04-01T00:00:00Z",
        config: world.config.clone(),
        ..Options::default()
    })
    .await;
    let mut as_of = 0;
    for (n, delivery) in world.deliveries.iter().enumerate() {
        let answer = stage.calendly(&delivery.body).await;
        assert_eq!(answer.status, 200, "seed {seed}: {answer:?}");
        if world.runs_after.contains(&n) {
            let at = as_of.min(world.as_of.len() - 1);
            stage.etl(world.as_of[at]).await;
            as_of += 1;
        }
    }
    let last = world.as_of[world.as_of.len() - 1];
    stage.etl(last).await;
    let got = stage.all_gold().await;
    let expected = gold(&world, last.parse().unwrap());
    for table in crate::stage::GOLD {
        assert_eq!(
            sorted(&got[table]),
            sorted(&expected[table]),
            "seed {seed}, {table}"
        );
    }
}

fn sorted(rows: &Value) -> Vec<String> {
    let mut rows: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    rows.sort();
    rows
}
