//! The write-bronze consumer of a process.

use std::time::Duration;

use bookpath_app::bronze::publish::{CONSUMER, Landed, land};
use bookpath_app::ports::{Clock as _, EventLog};
use bookpath_platform_local::lock::FileLock;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::node::Node;

/// Records per batch: bounds the memory and the size of an object.
const BATCH_MAX: usize = 1000;
/// Records that arrive within this time share an object.
const LINGER: Duration = Duration::from_millis(100);
/// Another process's appends are found after this time.
const POLL: Duration = Duration::from_secs(2);
/// After a failed batch.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Lands everything that is on the log now. Waits while another process is at it.
///
/// # Errors
/// The storage's error; the same batch comes again.
pub(crate) async fn catch_up(node: &Node, wait: Duration) -> Result<Landed, Failure> {
    let _exclusive = FileLock::take(&node.dir, CONSUMER, wait).await?;
    let lander = node.lander();
    let mut total = Landed::default();
    loop {
        let batch = node.database.claim(CONSUMER, BATCH_MAX).await?;
        if batch.records.is_empty() {
            return Ok(total);
        }
        let began = node.clock.monotonic();
        let landed = land(&lander, &batch.records).await;
        node.meter
            .invocation(node.clock.monotonic().saturating_sub(began));
        if let Some(error) = landed.error {
            return Err(Failure::of(format!(
                "write-bronze: {} records have to wait: {error}",
                landed.failed.len()
            )));
        }
        node.database.finish(CONSUMER).await?;
        total.records += landed.records;
        total.dead += landed.dead;
        total.objects.extend(landed.objects);
    }
}

/// Lands what arrives until the process stops.
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

/// Returns once the process is to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("the stop signal is gone, and so is the process's main task");
    }
}
