//! `bookpath etl`: bronze to silver to gold, once.

use bookpath_app::ports::Clock as _;
use bookpath_platform_local::lock::FileLock;

use super::print;
use crate::cli::arguments::{Common, EtlArgs, Target};
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::serve::consume_bronze;
use crate::stack::Stack;

pub(crate) async fn run(common: &Common, args: &EtlArgs) -> Result<(), Failure> {
    if common.target == Target::Aws {
        let stack = Stack::open(common).await?;
        let as_of = args.as_of.unwrap_or_else(|| stack.clock.now());
        return print(common, &stack.etl(as_of, args.rebuild).await?);
    }
    let node = Node::open(common)?;
    consume_bronze::catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let as_of = args.as_of.unwrap_or_else(|| node.clock.now());
    let report = node
        .etl()?
        .run(as_of, args.rebuild)
        .await
        .map_err(Failure::of)?;
    print(common, &report)
}
