//! Runs perform-effects until the process stops.

use std::time::Duration;

use bookpath_app::ports::Clock as _;
use tokio::sync::watch;

use crate::business::Business;
use crate::serve::shutdown::stopped;

/// The longest pause between two looks at the outbox: another process may have put something there.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// The shortest pause between two looks at the outbox.
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// The pause after a failure.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Performs what is due until the process stops.
pub(crate) async fn run(business: Business, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match business.perform(PAUSE_MAX).await {
            Ok(_) => pause(&business).await,
            Err(error) => {
                tracing::warn!(%error, "perform-effects will try again");
                BACK_OFF
            }
        };
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(pause) => {}
            () = business.rung() => {}
        }
    }
}

/// Until the first effect is due.
async fn pause(business: &Business) -> Duration {
    match business.next_due().await {
        Ok(Some(due)) => Duration::try_from(due.duration_since(business.node.clock.now()))
            .unwrap_or_default()
            .clamp(PAUSE_MIN, PAUSE_MAX),
        _ => PAUSE_MAX,
    }
}
