//! In: our functions and their Python peers. Out: how they compare, side by side, on stubs of the Lambda Runtime API
//! and of the services that they call.
//!
//! Rounds are interleaved, ours and Python's in turn; the first round is dropped and medians are told. Both sides get
//! the very same events.

mod comparison;
mod events;
mod failure;
mod function;
mod measured;
mod report;
mod runtime;
mod services;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use comparison::{Contest, Series};
use failure::Failure;
use function::Function;
use measured::Measured;
use runtime::RuntimeApi;

/// Compares receive-webhook and write-bronze with Python functions that do the same.
#[derive(Debug, Parser)]
struct Arguments {
    /// Directory of our functions' binaries.
    #[arg(long)]
    binaries: PathBuf,
    /// A Python with awslambdaric and boto3.
    #[arg(long)]
    python: PathBuf,
    /// Directory of the peers' handlers.
    #[arg(long, default_value = "bench/receiver/peer")]
    peers: PathBuf,
    /// Webhooks per round with services that answer at once.
    #[arg(long, default_value_t = 2000)]
    calls: usize,
    /// Rounds; the first is dropped.
    #[arg(long, default_value_t = 6)]
    rounds: usize,
    /// How long a slow service takes, in milliseconds.
    #[arg(long, default_value_t = 20)]
    slow_ms: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match compare(&arguments).await {
        Ok(series) => {
            report::print(&arguments.binaries, &series);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn compare(arguments: &Arguments) -> Result<Vec<Series>, Failure> {
    let slow = Duration::from_millis(arguments.slow_ms);
    let plan = [
        (Contest::Receiver, Duration::ZERO, arguments.calls),
        (Contest::Receiver, slow, (arguments.calls / 10).max(20)),
        (Contest::Consumer, slow, 5),
    ];
    let mut all = Vec::new();
    for (contest, delay, calls) in plan {
        let mut series = Series {
            contest,
            delay,
            ours: Vec::new(),
            python: Vec::new(),
        };
        for round in 0..arguments.rounds {
            eprintln!(
                "{contest:?}, services of {} ms: round {} of {}",
                delay.as_millis(),
                round + 1,
                arguments.rounds
            );
            let ours = one(
                Function::ours(contest, &arguments.binaries),
                contest,
                delay,
                calls,
            )
            .await?;
            let python = one(
                Function::python(contest, &arguments.python, &arguments.peers),
                contest,
                delay,
                calls,
            )
            .await?;
            if round > 0 {
                series.ours.push(ours);
                series.python.push(python);
            }
        }
        all.push(series);
    }
    Ok(all)
}

/// A cold start, some warm-up, then the measured calls.
async fn one(
    function: Function,
    contest: Contest,
    delay: Duration,
    calls: usize,
) -> Result<Measured, Failure> {
    let services = services::start(delay).await?;
    let mut api = RuntimeApi::start().await?;
    let process = function.start(&api, services.address)?;
    let init = process.ready(&mut api).await?;
    let first = process.call(&mut api, &events::one(contest, 0)).await?;
    let warm_up = (calls / 10).max(1);
    for n in 1..=warm_up {
        process.call(&mut api, &events::one(contest, n)).await?;
    }
    let asked = services.asked();
    let before = process.cpu()?;
    let mut latencies = Vec::with_capacity(calls);
    for n in 0..calls {
        latencies.push(
            process
                .call(&mut api, &events::one(contest, warm_up + 1 + n))
                .await?,
        );
    }
    let cpu = process.cpu()?.saturating_sub(before);
    latencies.sort_unstable();
    Ok(Measured {
        init,
        first,
        p50: latencies[calls / 2],
        p99: latencies[(calls * 99 / 100).min(calls - 1)],
        cpu: cpu / u32::try_from(calls).unwrap_or(1),
        rss_kib: process.rss_kib()?,
        requests: (services.asked() - asked) / calls as u64,
    })
}
