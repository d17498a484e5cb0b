//! Runs write-bronze until the process stops.

use std::time::Duration;

use tokio::sync::watch;

use crate::bronze::catch_up;
use crate::node::Node;
use crate::serve::shutdown::stopped;

/// Records that arrive within this time share an object.
const LINGER: Duration = Duration::from_millis(100);
/// Records that another process appended are found after this time at the latest.
const POLL: Duration = Duration::from_secs(2);
/// The pause after a failed batch.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Writes what arrives to bronze until the process stops.
pub(crate) async fn run(node: Node, mut stop: watch::Receiver<bool>) {
    let mut appended = node.database.appended();
    loop {
        let pause = match catch_up(&node, POLL).await {
            Ok(_) => POLL,
            Err(error) => {
                tracing::warn!(%error, "write-bronze will try again");
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
                tokio::time::sleep(LINGER).await;
            }
        }
    }
}
