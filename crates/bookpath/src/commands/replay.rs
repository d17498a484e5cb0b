//! `bookpath replay`: a day again, from the raw archive.

use bookpath_app::ports::Clock as _;
use bookpath_app::replay::{ReplayEffects, ReplayReport, replay};
use bookpath_embedded::lock::FileLock;

use super::print;
use crate::cli::{Common, ReplayArgs};
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::{business, worker};

pub(crate) async fn run(common: &Common, args: &ReplayArgs) -> Result<(), Failure> {
    let node = Node::open(common)?;
    worker::catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let reactor = if args.with_effects { Some(business::reactor(&node)?) } else { None };
    // Nobody performs what is still to be counted.
    let held = if args.with_effects { Some(business::hold_effects(&node, ETL_WAIT).await?) } else { None };
    let began = node.clock.now();
    let processed = replay(&node.lander(), reactor.as_deref(), args.day, args.vendor).await.map_err(Failure::of)?;
    // Whatever `serve` works on this directory performs them.
    let effects = match reactor {
        Some(_) => ReplayEffects::since(node.database.as_ref(), began).await?,
        None => ReplayEffects::default(),
    };
    drop(held);
    let etl = node.etl()?;
    // A replay answers as of the last run: it changes what is known, not the present.
    let as_of = bookpath_app::etl::as_of(node.database.as_ref()).await?.unwrap_or_else(|| node.clock.now());
    let run = etl.run(as_of, args.rebuild_silver).await.map_err(Failure::of)?;
    let changed_rows = run.tables.get("silver.invitees").map_or(0, |table| table.rows_written);
    print(common, &ReplayReport { processed, changed_rows, skipped_erased: 0, effects })
}
