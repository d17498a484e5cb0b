//! What this process uses, counted as AWS would bill it: the basis of `bookpath bill` (X41).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bookpath_app::operators::latency::{Histogram, Series};
use bookpath_app::ports::Write;

/// Memory of the functions behind routes, consumers and effects, in MB (infra/template.yaml).
const MEMORY_MB: i64 = 256;

/// What the adapters of this process have counted since it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) store_reads: u64,
    pub(crate) object_puts: u64,
    pub(crate) uptime: Duration,
}

/// Counts metered use in memory; the counts are added to the store's about once a minute.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicI64,
    invocations: AtomicI64,
    mb_ms: AtomicI64,
    /// How much of [`Totals`] was handed out already.
    reads: AtomicU64,
    puts: AtomicU64,
    uptime_ms: AtomicU64,
    /// Latencies of the API and of deliveries (S4-45).
    api: Histogram,
    webhooks: Histogram,
}

impl Meter {
    /// A request through the API.
    pub(crate) fn request(&self, took: Duration) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.api.record(took);
        self.invocation(took);
    }

    /// A delivery that was reacted to, and how long after its arrival.
    pub(crate) fn delivery(&self, took: Duration) {
        self.webhooks.record(took);
    }

    /// A call of a function: billed by the millisecond, rounded up.
    pub(crate) fn invocation(&self, took: Duration) {
        let ms = i64::try_from(took.as_micros().div_ceil(1000))
            .unwrap_or(i64::MAX)
            .max(1);
        self.invocations.fetch_add(1, Ordering::Relaxed);
        self.mb_ms
            .fetch_add(ms.saturating_mul(MEMORY_MB), Ordering::Relaxed);
    }

    /// What was counted since the last call, as writes to the store's counters. `totals` are what this process has used
    /// so far; what was handed out of them before is left out.
    pub(crate) fn take(&self, totals: Totals) -> Vec<Write> {
        let taken = [
            ("api_requests", &self.requests),
            ("function_calls", &self.invocations),
            ("function_mb_ms", &self.mb_ms),
        ];
        let counts = taken.map(|(counter, cell)| (counter, cell.swap(0, Ordering::Relaxed)));
        let mut writes: Vec<Write> = counts
            .into_iter()
            .filter(|(_, by)| *by > 0)
            .map(|(counter, by)| Write::Count { counter, by })
            .collect();
        let uptime_ms = u64::try_from(totals.uptime.as_millis()).unwrap_or(u64::MAX);
        for (counter, total, known) in [
            ("store_reads", totals.store_reads, &self.reads),
            ("object_puts", totals.object_puts, &self.puts),
            ("uptime_ms", uptime_ms, &self.uptime_ms),
        ] {
            let by = i64::try_from(total.saturating_sub(known.fetch_max(total, Ordering::Relaxed)))
                .unwrap_or(i64::MAX);
            writes.extend((by > 0).then_some(Write::Count { counter, by }));
        }
        writes.extend(self.api.take(Series::Api));
        writes.extend(self.webhooks.take(Series::Webhook));
        writes
    }
}
