//! `bookpath replay`: a day again, from the raw archive.

use bookpath_app::etl::EtlReport;
use bookpath_app::ports::{Clock as _, Store};
use bookpath_app::replay::{ReplayReport, replay};
use bookpath_embedded::lock::FileLock;
use jiff::Timestamp;

use super::print;
use crate::cli::{Common, ReplayArgs, Target};
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::stack::Stack;
use crate::worker;

pub(crate) async fn run(common: &Common, args: &ReplayArgs) -> Result<(), Failure> {
    let (processed, run) = match common.target {
        Target::Embedded => embedded(common, args).await?,
        Target::Aws => deployed(common, args).await?,
    };
    let changed_rows = run.tables.get("silver.invitees").map_or(0, |table| table.rows_written);
    print(common, &ReplayReport { processed, changed_rows, ..ReplayReport::default() })
}

async fn embedded(common: &Common, args: &ReplayArgs) -> Result<(u64, EtlReport), Failure> {
    let node = Node::open(common)?;
    worker::catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let processed = replay(&node.lander(), args.day, args.vendor).await.map_err(Failure::of)?;
    let as_of = last_run(node.database.as_ref()).await?.unwrap_or_else(|| node.clock.now());
    let run = node.etl()?.run(as_of, args.rebuild_silver).await.map_err(Failure::of)?;
    Ok((processed, run))
}

async fn deployed(common: &Common, args: &ReplayArgs) -> Result<(u64, EtlReport), Failure> {
    let stack = Stack::open(common).await?;
    let processed = replay(&stack.lander(), args.day, args.vendor).await.map_err(Failure::of)?;
    let as_of = last_run(stack.store.as_ref()).await?.unwrap_or_else(|| stack.clock.now());
    Ok((processed, stack.etl(as_of, args.rebuild_silver).await?))
}

/// A replay answers as of the last run: it changes what is known, not the present.
async fn last_run(store: &dyn Store) -> Result<Option<Timestamp>, Failure> {
    Ok(bookpath_app::etl::as_of(store).await?)
}
