//! `bookpath simulate`: plays random worlds with faults, and compares what came out with a naive model.

use serde::Serialize;

use super::output::{count, print};
use crate::arguments::{Common, SimulateArgs};
use crate::failure::Failure;
use crate::progress;
use crate::simulation::{Played, play};

/// A seed whose world came out wrong.
#[derive(Debug, Serialize)]
struct Failing {
    seed: u64,
    reason: String,
}

/// What was played.
#[derive(Debug, Serialize)]
struct Report {
    seeds: usize,
    first_seed: u64,
    passed: usize,
    failed: Vec<Failing>,
    #[serde(flatten)]
    played: Played,
}

/// Fails when a world came out wrong, after it has printed what was played.
pub(crate) async fn run(common: &Common, args: &SimulateArgs) -> Result<(), Failure> {
    let seeds = args.seeds();
    let mut report = Report {
        seeds: seeds.len(),
        first_seed: seeds.first().copied().unwrap_or_default(),
        passed: 0,
        failed: Vec::new(),
        played: Played::default(),
    };
    let shown = progress::steps("simulating", seeds.len() as u64);
    for seed in seeds {
        let mut played = Played::default();
        match play(seed, &mut played).await {
            Ok(()) => report.passed += 1,
            Err(reason) => report.failed.push(Failing {
                seed,
                reason: reason.to_string(),
            }),
        }
        report.played.add(&played);
        shown.inc(1);
    }
    shown.finish_and_clear();
    print(common, &report, words)?;
    failing(&report.failed).map_or(Ok(()), |line| Err(Failure::Failed(line)))
}

/// The line about the first failing seed.
fn failing(failed: &[Failing]) -> Option<String> {
    let first = failed.first()?;
    let others = match failed.len() - 1 {
        0 => String::new(),
        n => format!(" (and {} more)", count(n as u64, "seed", "seeds")),
    };
    Some(format!(
        "seed {} fails{others}: {}; `bookpath simulate --seed {}` plays it again",
        first.seed, first.reason, first.seed
    ))
}

fn words(report: &Report) -> String {
    let Played {
        deliveries,
        faults,
        restarts,
        runs,
    } = report.played;
    let mut text = format!(
        "{} of {} came out as the naive model says, from seed {} on: {}, {}, {}, {}.",
        report.passed,
        count(report.seeds as u64, "world", "worlds"),
        report.first_seed,
        count(deliveries, "delivery", "deliveries"),
        count(faults, "fault", "faults"),
        count(restarts, "restart", "restarts"),
        count(runs, "run of the ETL", "runs of the ETL"),
    );
    for failing in &report.failed {
        text += &format!("\nseed {}: {}", failing.seed, failing.reason);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_seed_is_named() {
        let failed = |seeds: &[u64]| -> Vec<Failing> {
            let one = |seed: &u64| Failing {
                seed: *seed,
                reason: "gold.bookings_trend differs".to_owned(),
            };
            seeds.iter().map(one).collect()
        };
        assert_eq!(failing(&[]), None);
        let line = failing(&failed(&[17])).unwrap();
        assert_eq!(
            line,
            "seed 17 fails: gold.bookings_trend differs; `bookpath simulate --seed 17` plays it again"
        );
        let line = failing(&failed(&[3, 17, 20])).unwrap();
        assert!(
            line.starts_with("seed 3 fails (and 2 seeds more): "),
            "{line}"
        );
    }
}
