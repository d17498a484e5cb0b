//! Runs react until the process stops.

use std::time::Duration;

use tokio::sync::watch;

use crate::business::Business;
use crate::serve::shutdown::stopped;

/// Records that another process appended are found after this time at the latest.
const POLL: Duration = Duration::from_secs(1);
/// The pause after a failure.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Reacts to what arrives until the process stops.
pub(crate) async fn run(business: Business, mut stop: watch::Receiver<bool>) {
    let mut appended = business.node.database.appended();
    loop {
        let pause = match business.react(POLL).await {
            Ok(_) => POLL,
            Err(error) => {
                tracing::warn!(%error, "react will try again");
                BACK_OFF
            }
        };
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(pause) => {}
            changed = appended.changed(), if pause == POLL => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}
