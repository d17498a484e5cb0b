//! `bookpath lineage`: from a number back to what a vendor sent.

use bookpath_app::lineage::{pairs, trace};
use bookpath_app::ports::LakeFailure;

use super::print;
use crate::cli::{Common, LineageArgs};
use crate::failure::Failure;
use crate::node::Node;

pub(crate) async fn run(common: &Common, args: &LineageArgs) -> Result<(), Failure> {
    let node = Node::open(common)?;
    // A table or column that does not exist is wrong usage.
    let refused = |failure| match failure {
        LakeFailure::Refused(message) => Failure::Usage(message),
        other => Failure::of(other),
    };
    let key = pairs(args.key.iter().map(String::as_str)).map_err(refused)?;
    let lake = node.lake()?;
    let lineage = trace(&lake, node.database.as_ref(), node.objects.as_ref(), &args.table, &key).await.map_err(refused)?;
    print(common, &lineage)
}
