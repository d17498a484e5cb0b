//! `bookpath bench webhooks`: durable deliveries against what the disk and the hash allow.
//!
//! Rounds of the real `serve`, loaded over loopback, alternate with rounds of a reference loop that only hashes,
//! appends and syncs with group commit. The first round of each is dropped; medians and their ratios count.

mod load;
mod reference;

use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::output::{print, table};
use crate::arguments::{BenchWebhooksArgs, Common};
use crate::failure::Failure;

const KEY: &str = "bench_signing_key";
const RULES: &str = "[limits]\nwebhooks_per_second = 4000000000\nwebhooks_burst = 4000000000\n[etl]\ninterval_seconds = 0\n";

/// Throughput and latency of one round, or the medians of several.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    connections: usize,
    seconds: u64,
    rounds: usize,
    body_bytes: usize,
    webhooks: Figures,
    reference: Figures,
    /// Webhooks over reference: throughput (more is better) and p99 (less is better).
    throughput_ratio: f64,
    p99_ratio: f64,
}

pub(crate) async fn run(common: &Common, args: &BenchWebhooksArgs) -> Result<(), Failure> {
    let dir = std::env::temp_dir().join(format!("bookpath-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let measured = measure(&dir, args).await;
    std::fs::remove_dir_all(&dir)?;
    print(common, &measured?, words)
}

async fn measure(dir: &std::path::Path, args: &BenchWebhooksArgs) -> Result<Report, Failure> {
    let rules = dir.join("bench.toml");
    std::fs::write(&rules, RULES)?;
    let (mut server, address) = serve(dir, &rules).await?;
    let limit = Duration::from_secs(args.seconds);
    let (mut webhooks, mut references) = (Vec::new(), Vec::new());
    for round in 0..=args.rounds {
        webhooks.push(load::round(&address, KEY, args.connections, limit, round).await?);
        references
            .push(reference::round(&dir.join("reference.log"), args.connections, limit).await?);
    }
    server.kill().await?;
    let (webhooks, reference) = (median(&webhooks[1..]), median(&references[1..]));
    Ok(Report {
        connections: args.connections,
        seconds: args.seconds,
        rounds: args.rounds,
        body_bytes: load::body(0).len(),
        webhooks,
        reference,
        throughput_ratio: webhooks.per_second / reference.per_second,
        p99_ratio: webhooks.p99_ms / reference.p99_ms,
    })
}

fn words(report: &Report) -> String {
    let row = |name: &str, figures: &Figures| {
        vec![
            json!(name),
            json!(format!("{:.0}", figures.per_second)),
            json!(format!("{:.2}", figures.p50_ms)),
            json!(format!("{:.2}", figures.p99_ms)),
        ]
    };
    let rows = [
        row("webhooks", &report.webhooks),
        row("reference", &report.reference),
    ];
    let columns = ["what", "per second", "p50 ms", "p99 ms"];
    format!(
        "{}\n\n{} connections, {} rounds of {} s, bodies of {} bytes: {:.0} % of the \
         reference's throughput, {:.1} times its p99.",
        table(columns, rows),
        report.connections,
        report.rounds,
        report.seconds,
        report.body_bytes,
        report.throughput_ratio * 100.0,
        report.p99_ratio
    )
}

/// The real binary on a directory of its own.
async fn serve(dir: &std::path::Path, rules: &std::path::Path) -> Result<(Child, String), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.join("data"))
        .arg("--config")
        .arg(rules);
    command
        .env("CALENDLY_WEBHOOK_SIGNING_KEYS", KEY)
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| Failure::Failed("serve has no output".to_owned()))?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.strip_prefix("listening on http://") {
            return Ok((child, address.to_owned()));
        }
    }
    Err(Failure::Failed("serve ended before it listened".to_owned()))
}

fn median(rounds: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Figures {
        per_second: of(|f| f.per_second),
        p50_ms: of(|f| f.p50_ms),
        p99_ms: of(|f| f.p99_ms),
    }
}

/// The figures of one round.
fn figures(mut latencies: Vec<Duration>, elapsed: Duration) -> Figures {
    latencies.sort_unstable();
    let at = |share: usize| {
        latencies
            .get(latencies.len() * share / 100)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = latencies.len() as f64;
    Figures {
        per_second: count / elapsed.as_secs_f64(),
        p50_ms: at(50),
        p99_ms: at(99),
    }
}
