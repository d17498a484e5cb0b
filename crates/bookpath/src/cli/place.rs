//! Where a command works that needs nothing but the store.

use std::sync::Arc;

use bookpath_app::ports::{Clock as _, Store};
use jiff::Timestamp;

use crate::arguments::{Common, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// The store of `--target`, and its present instant.
///
/// # Errors
/// The folder or the stack can't be opened.
pub(in crate::cli) async fn store_and_now(
    common: &Common,
) -> Result<(Arc<dyn Store>, Timestamp), Failure> {
    Ok(match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            (node.database.clone(), node.clock.now())
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            (stack.store.clone(), stack.clock.now())
        }
    })
}
