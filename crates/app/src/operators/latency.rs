//! How long requests and deliveries take, as counters of the store: one per class of time (S4-45).
//!
//! Counters commute, so every process adds to the same ones, and a reader needs no process that answered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::ports::{Commit, Store, Write};

/// Upper bounds of the classes in milliseconds; the last class has none.
const BOUNDS_MS: [u64; 10] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];
const CLASSES: usize = BOUNDS_MS.len() + 1;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// A request to the API, from its first byte to its answer.
    Api,
    /// A delivery, from its arrival to the decision that it led to.
    Webhook,
}

impl Series {
    const fn counters(self) -> [&'static str; CLASSES] {
        match self {
            Self::Api => [
                "api_latency_ms_5",
                "api_latency_ms_10",
                "api_latency_ms_25",
                "api_latency_ms_50",
                "api_latency_ms_100",
                "api_latency_ms_250",
                "api_latency_ms_500",
                "api_latency_ms_1000",
                "api_latency_ms_2500",
                "api_latency_ms_10000",
                "api_latency_ms_more",
            ],
            Self::Webhook => [
                "webhook_latency_ms_5",
                "webhook_latency_ms_10",
                "webhook_latency_ms_25",
                "webhook_latency_ms_50",
                "webhook_latency_ms_100",
                "webhook_latency_ms_250",
                "webhook_latency_ms_500",
                "webhook_latency_ms_1000",
                "webhook_latency_ms_2500",
                "webhook_latency_ms_10000",
                "webhook_latency_ms_more",
            ],
        }
    }

    /// One measurement, to be written with whatever else is written.
    #[must_use]
    pub fn write(self, took: Duration) -> Write {
        Write::Count {
            counter: self.counters()[class(took)],
            by: 1,
        }
    }
}

fn class(took: Duration) -> usize {
    let ms = u64::try_from(took.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
    BOUNDS_MS.partition_point(|bound| *bound < ms)
}

/// Measurements of a process since it last wrote them down.
#[derive(Debug, Default)]
pub struct Histogram {
    classes: [AtomicI64; CLASSES],
}

impl Histogram {
    /// Takes in one measurement.
    pub fn record(&self, took: Duration) {
        self.classes[class(took)].fetch_add(1, Ordering::Relaxed);
    }

    /// What was measured since the last call.
    #[must_use]
    pub fn take(&self, series: Series) -> Vec<Write> {
        let counted = series.counters().into_iter().zip(&self.classes);
        counted
            .map(|(counter, cell)| (counter, cell.swap(0, Ordering::Relaxed)))
            .filter(|(_, by)| *by > 0)
            .map(|(counter, by)| Write::Count { counter, by })
            .collect()
    }
}

/// Stores measurements. One that can't be stored is dropped with a line in the log.
pub async fn note(store: &dyn Store, series: Series, took: &[Duration]) {
    let histogram = Histogram::default();
    took.iter().for_each(|took| histogram.record(*took));
    let counts = histogram.take(series);
    if counts.is_empty() {
        return;
    }
    if let Err(error) = store.commit(Commit::new(counts)).await {
        tracing::warn!(%error, "latencies could not be written");
    }
}

/// Times of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    pub count: i64,
    /// Upper bounds in milliseconds; `None` is more than ten seconds, or nothing measured.
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
    pub p99_ms: Option<u64>,
}

/// The times of a series, from the store's counters.
#[must_use]
pub fn percentiles(series: Series, counters: &BTreeMap<String, i64>) -> Percentiles {
    let counts = series
        .counters()
        .map(|name| counters.get(name).copied().unwrap_or(0));
    let count: i64 = counts.iter().sum();
    let at = |percent: i64| {
        let mut seen = 0;
        let place = counts.iter().position(|n| {
            seen += n;
            seen * 100 >= count * percent
        });
        place
            .filter(|_| count > 0)
            .and_then(|place| BOUNDS_MS.get(place).copied())
    };
    Percentiles {
        count,
        p50_ms: at(50),
        p95_ms: at(95),
        p99_ms: at(99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_percentiles() {
        let histogram = Histogram::default();
        for ms in [0, 5, 6, 80, 90, 400, 20_000] {
            histogram.record(Duration::from_millis(ms));
        }
        let counters: BTreeMap<String, i64> = histogram
            .take(Series::Api)
            .into_iter()
            .filter_map(|w| {
                if let Write::Count { counter, by } = w {
                    Some((counter.to_owned(), by))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(
            counters
                .iter()
                .map(|(name, n)| (name.as_str(), *n))
                .collect::<Vec<_>>(),
            [
                ("api_latency_ms_10", 1),
                ("api_latency_ms_100", 2),
                ("api_latency_ms_5", 2),
                ("api_latency_ms_500", 1),
                ("api_latency_ms_more", 1),
            ]
        );
        assert_eq!(
            percentiles(Series::Api, &counters),
            Percentiles {
                count: 7,
                p50_ms: Some(100),
                p95_ms: None,
                p99_ms: None
            }
        );
        assert_eq!(
            percentiles(Series::Webhook, &counters),
            Percentiles::default()
        );
        assert!(histogram.take(Series::Api).is_empty());
    }
}
