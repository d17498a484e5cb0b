//! `bookpath lineage`: from a number back to what a vendor sent.

use bookpath_app::lake::lineage::{pairs, trace};
use bookpath_app::ports::LakeFailure;

use super::print;
use crate::cli::arguments::{Common, LineageArgs, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

pub(crate) async fn run(common: &Common, args: &LineageArgs) -> Result<(), Failure> {
    // A table or column that does not exist is wrong usage.
    let refused = |failure| match failure {
        LakeFailure::Refused(message) => Failure::Usage(message),
        other => Failure::of(other),
    };
    let key = pairs(args.key.iter().map(String::as_str)).map_err(refused)?;
    let lineage = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            trace(
                &node.lake()?,
                node.database.as_ref(),
                node.objects.as_ref(),
                &args.table,
                &key,
            )
            .await
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            trace(
                stack.lake()?.as_ref(),
                stack.store.as_ref(),
                stack.objects.as_ref(),
                &args.table,
                &key,
            )
            .await
        }
    };
    let lineage = lineage.map_err(refused)?;
    print(common, &lineage)
}
