//! write-bronze in this process: every record that is on the log becomes a line of bronze.

use std::time::Duration;

use bookpath_app::bronze::publish::{PublishReport, publish};
use bookpath_app::inbox::consumers::WRITE_BRONZE;
use bookpath_app::ports::{Clock as _, EventLog as _};
use bookpath_platform_local::lock::FileLock;

use crate::failure::Failure;
use crate::node::Node;

/// Records per batch. This limits the memory and the size of an object.
const BATCH_MAX: usize = 1000;

/// Writes everything that is on the log now. Waits up to `wait` while another process does so.
///
/// # Errors
/// The storage's error. The same batch comes again at the next call.
pub(crate) async fn catch_up(node: &Node, wait: Duration) -> Result<PublishReport, Failure> {
    let _exclusive = FileLock::take(&node.dir, WRITE_BRONZE, wait).await?;
    let publisher = node.publisher();
    let mut total = PublishReport::default();
    loop {
        let batch = node.database.claim(WRITE_BRONZE, BATCH_MAX).await?;
        if batch.records.is_empty() {
            return Ok(total);
        }
        let began = node.clock.monotonic();
        let published = publish(&publisher, &batch.records).await;
        node.meter
            .invocation(node.clock.monotonic().saturating_sub(began));
        if let Some(error) = published.error {
            return Err(Failure::new(format!(
                "write-bronze: {} records have to wait: {error}",
                published.failed.len()
            )));
        }
        node.database.finish(WRITE_BRONZE).await?;
        total.records += published.records;
        total.dead += published.dead;
        total.objects.extend(published.objects);
    }
}
