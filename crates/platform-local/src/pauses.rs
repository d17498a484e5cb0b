//! Pauses of real time.

use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::ports::Pauses;

/// Pauses by the system's timer, also under a set clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealPauses;

#[async_trait]
impl Pauses for RealPauses {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
