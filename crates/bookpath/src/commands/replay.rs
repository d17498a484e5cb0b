//! `bookpath replay`: a day again, from the raw archive.

use bookpath_app::ports::Clock as _;
use bookpath_app::replay::{ReplayReport, replay};
use bookpath_embedded::lock::FileLock;

use super::print;
use crate::cli::{Common, ReplayArgs};
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::worker;

pub(crate) async fn run(common: &Common, args: &ReplayArgs) -> Result<(), Failure> {
    let node = Node::open(common)?;
    worker::catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let processed = replay(&node.lander(), args.day, args.vendor).await.map_err(Failure::of)?;
    let etl = node.etl()?;
    // A run may not go back behind the last one (CONTRACT-DETAILS 13), which a set clock may have put ahead.
    let now = node.clock.now();
    let as_of = etl.lake.as_of().await.map_err(Failure::of)?.map_or(now, |last| last.max(now));
    let run = etl.run(as_of, args.rebuild_silver).await.map_err(Failure::of)?;
    let changed_rows = run.tables.get("silver.invitees").map_or(0, |table| table.rows_written);
    print(common, &ReplayReport { processed, changed_rows, ..ReplayReport::default() })
}
