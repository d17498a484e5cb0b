//! The system's clock and its timer, where there is no directory to keep anything in.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use bookpath_app::ports::{Clock, Pauses};
use jiff::Timestamp;

/// The system's clock, in whole microseconds: what is stored and compared is what was read.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic reading starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Pauses by the system's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealPauses;

#[async_trait]
impl Pauses for RealPauses {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
