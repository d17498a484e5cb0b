//! `bookpath lineage`: from a number back to what a vendor sent.

use bookpath_app::lineage::{pairs, trace};

use super::print;
use crate::cli::{Common, LineageArgs};
use crate::failure::Failure;
use crate::node::Node;

pub(crate) async fn run(common: &Common, args: &LineageArgs) -> Result<(), Failure> {
    let node = Node::open(common)?;
    let key = pairs(args.key.iter().map(String::as_str)).map_err(Failure::of)?;
    let lake = node.lake()?;
    let lineage = trace(&lake, node.database.as_ref(), node.objects.as_ref(), &args.table, &key).await.map_err(Failure::of)?;
    print(common, &lineage)
}
