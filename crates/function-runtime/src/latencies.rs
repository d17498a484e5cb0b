//! How long requests take, in the counters that the embedded stage keeps as well.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bookpath_app::operators::latency::{Histogram, Series};
use bookpath_app::ports::{Commit, Store};
use tokio::time::Instant;

/// Between two writes of a process.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// Measurements of a process. They are written once a minute, beside the request that comes next: no caller waits for
/// it. What a process has not written when the service ends it is lost.
pub struct Latencies {
    store: Arc<dyn Store>,
    requests: Histogram,
    written: Mutex<Instant>,
}

impl std::fmt::Debug for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Latencies").finish_non_exhaustive()
    }
}

impl Latencies {
    /// Measurements that go to the counters of this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            requests: Histogram::default(),
            written: Mutex::new(Instant::now()),
        }
    }

    pub(crate) fn record(&self, took: Duration) {
        self.requests.record(took);
    }

    /// Writes what was measured, when a minute has passed.
    pub(crate) async fn write_when_due(&self) {
        {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            if written.elapsed() < WRITE_EVERY {
                return;
            }
            *written = Instant::now();
        }
        self.write().await;
    }

    async fn write(&self) {
        let counts = self.requests.take(Series::Api);
        if counts.is_empty() {
            return;
        }
        if let Err(error) = self.store.commit(Commit::new(counts)).await {
            tracing::warn!(%error, "latencies could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bookpath_app::operators::latency::percentiles;
    use bookpath_testkit::MemoryStore;

    use super::*;

    async fn measured(store: &MemoryStore) -> i64 {
        let counters = store.counters().await.unwrap();
        let counters: BTreeMap<String, i64> = counters.into_iter().collect();
        percentiles(Series::Api, &counters).count
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_measured_is_written_once_a_minute_and_once() {
        let store = Arc::new(MemoryStore::default());
        let latencies = Latencies::new(store.clone());
        for _ in 0..3 {
            latencies.record(Duration::from_millis(7));
            latencies.write_when_due().await;
        }
        assert_eq!(measured(&store).await, 0, "the minute is not over");
        tokio::time::advance(WRITE_EVERY).await;
        latencies.write_when_due().await;
        latencies.write_when_due().await;
        assert_eq!(measured(&store).await, 3);
        latencies.record(Duration::from_secs(20));
        tokio::time::advance(WRITE_EVERY / 2).await;
        latencies.write_when_due().await;
        assert_eq!(measured(&store).await, 3);
        tokio::time::advance(WRITE_EVERY).await;
        latencies.write_when_due().await;
        assert_eq!(measured(&store).await, 4);
    }
}
