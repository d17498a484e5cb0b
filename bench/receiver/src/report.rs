//! The figures, and the ratios that docs/PERFORMANCE.md states.

use std::path::Path;
use std::time::Duration;

use crate::comparison::{Contest, Series};
use crate::measured::Measured;

fn median(measured: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = measured.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

type Figure = fn(&Measured) -> f64;

/// Prints one table per contest and speed.
pub(crate) fn print(binaries: &Path, all: &[Series]) {
    for series in all {
        let name = match series.contest {
            Contest::Receiver => "receive-webhook",
            Contest::Consumer => "write-bronze, 100 records",
        };
        println!(
            "\n{name}, services of {} ms, medians of {} rounds",
            series.delay.as_millis(),
            series.ours.len()
        );
        println!(
            "{:<22}{:>12}{:>12}{:>12}",
            "", "ours", "Python", "ours is 1/"
        );
        let rows: [(&str, Figure); 7] = [
            ("init, ms", |m| ms(m.init)),
            ("first call, ms", |m| ms(m.first)),
            ("p50, ms", |m| ms(m.p50)),
            ("p99, ms", |m| ms(m.p99)),
            ("CPU per call, ms", |m| ms(m.cpu)),
            ("peak RSS, MiB", |m| {
                #[expect(clippy::cast_precision_loss, reason = "a few MiB")]
                let kib = m.rss_kib as f64;
                kib / 1024.0
            }),
            ("requests per call", |m| {
                f64::from(u32::try_from(m.requests).unwrap_or(u32::MAX))
            }),
        ];
        for (row, of) in rows {
            let (ours, python) = (median(&series.ours, of), median(&series.python, of));
            println!("{row:<22}{ours:>12.3}{python:>12.3}{:>12.1}", python / ours);
        }
    }
    for binary in ["receive-webhook", "write-bronze"] {
        if let Ok(meta) = std::fs::metadata(binaries.join(binary)) {
            println!(
                "\n{binary}: {:.2} MB",
                f64::from(u32::try_from(meta.len()).unwrap_or(u32::MAX)) / 1_000_000.0
            );
        }
    }
}
