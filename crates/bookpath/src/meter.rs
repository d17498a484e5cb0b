//! What this process uses, counted as AWS would bill it: the basis of `bookpath bill` (X41).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bookpath_app::operators::latency::{Histogram, Series};
use bookpath_app::ports::{Clock as _, Commit, Store as _, StoreError, Write};

use crate::node::Node;

/// Memory of the functions behind routes, consumers and effects, in MB (infra/template.yaml).
const MEMORY_MB: i64 = 256;

/// Counted since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicI64,
    invocations: AtomicI64,
    mb_ms: AtomicI64,
    /// What was added up already of what the adapters count by themselves.
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

    /// A delivery that was decided upon.
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

    /// Adds what was counted to the store's counters. What a crash forgets is the last minute's.
    pub(crate) async fn flush(&self, node: &Node) -> Result<(), StoreError> {
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
        let uptime_ms = u64::try_from(node.clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        for (counter, total, known) in [
            ("store_reads", node.database.reads(), &self.reads),
            ("object_puts", node.objects.puts(), &self.puts),
            ("uptime_ms", uptime_ms, &self.uptime_ms),
        ] {
            let by = i64::try_from(total.saturating_sub(known.fetch_max(total, Ordering::Relaxed)))
                .unwrap_or(i64::MAX);
            writes.extend((by > 0).then_some(Write::Count { counter, by }));
        }
        writes.extend(self.api.take(Series::Api));
        writes.extend(self.webhooks.take(Series::Webhook));
        node.database.commit(Commit::of(writes)).await
    }
}
