//! `bookpath lineage`: from a number back to what a vendor sent.

use bookpath_app::lake::lineage::{Lineage, pairs, trace};
use bookpath_app::ports::LakeFailure;
use serde_json::json;

use super::output::{count, print, table};
use super::query::rows_table;
use crate::arguments::{Common, LineageArgs, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::progress;
use crate::stack::Stack;

pub(crate) async fn run(common: &Common, args: &LineageArgs) -> Result<(), Failure> {
    // A table or column that does not exist is wrong usage.
    let refused = |failure| match failure {
        LakeFailure::Refused(message) => Failure::Usage(message),
        other => Failure::of(other),
    };
    let key = pairs(args.key.iter().map(String::as_str)).map_err(refused)?;
    let shown = progress::spinner("the row is followed");
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
    drop(shown);
    print(common, &lineage.map_err(refused)?, words)
}

fn words(lineage: &Lineage) -> String {
    let as_of = lineage
        .as_of
        .map_or_else(String::new, |at| format!(" as of {at}"));
    if lineage.gold.is_empty() {
        return format!("{} has no row with this key{as_of}.", lineage.table);
    }
    let objects = lineage.objects.iter().map(|origin| {
        vec![
            json!(origin.invitee_uri),
            json!(origin.delivery_id),
            json!(origin.key.as_deref().unwrap_or("(the object is gone)")),
            json!(origin.sha256),
        ]
    });
    let columns = ["invitee", "delivery", "object below DIR/lake", "SHA-256"];
    format!(
        "{}{as_of}:\n\n{}\n\nIt stands on {}:\n\n{}",
        lineage.table,
        rows_table(&lineage.gold),
        count(lineage.silver.len() as u64, "booking", "bookings"),
        table(columns, objects)
    )
}
