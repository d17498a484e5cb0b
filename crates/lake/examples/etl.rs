//! Times one run: `etl LAKE AS_OF [--batch N] [--prefix PREFIX] [--rebuild]`; prints the report and the phases.

#![allow(clippy::disallowed_methods, reason = "a timing tool reads the clock")]

use std::time::Instant;

use bookpath_lake::{BronzeObject, Lake, LakeRules, RunInput};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn files(
    root: &std::path::Path,
    below: &std::path::Path,
    found: &mut Vec<String>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(below)? {
        let path = entry?.path();
        if path.is_dir() {
            files(root, &path, found)?;
        } else if let Ok(key) = path.strip_prefix(root) {
            found.push(key.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        args.iter()
            .position(|a| a == name)
            .and_then(|at| args.get(at + 1))
            .cloned()
    };
    let root = std::path::PathBuf::from(args.get(1).ok_or("LAKE is missing")?).canonicalize()?;
    let as_of: Timestamp = args.get(2).ok_or("AS_OF is missing")?.parse()?;
    let batch: i64 = option("--batch").map_or(Ok(1), |b| b.parse())?;
    let start = Instant::now();
    let mut keys = Vec::new();
    files(
        &root,
        &root.join(option("--prefix").unwrap_or_else(|| "bronze".to_owned())),
        &mut keys,
    )?;
    keys.sort();
    let objects: Vec<BronzeObject> = keys.into_iter().map(|key| BronzeObject { key }).collect();
    let lake = Lake::local(&root)?;
    let rules = LakeRules {
        reporting_timezone: TimeZone::UTC,
    };
    let listed = start.elapsed();
    let mut report = if args.iter().any(|a| a == "--rebuild") {
        lake.rebuild_silver(batch, &rules, as_of, as_of).await?
    } else {
        lake.refine(&RunInput {
            batch,
            objects: &objects,
            rules: &rules,
            as_of,
            now: as_of,
        })
        .await?
    };
    let refined = start.elapsed();
    report.merge(lake.compute(&rules, as_of, as_of).await?);
    println!("{}", serde_json::to_string(&report)?);
    println!(
        "list {listed:?}, refine {:?}, compute {:?}",
        refined - listed,
        start.elapsed() - refined
    );
    Ok(())
}
