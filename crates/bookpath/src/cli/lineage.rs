//! `bookpath lineage`: from a number back to what a vendor sent.

use bookpath_app::lake::lineage::{Deals, Lineage, Origin, Tracer, pairs};
use bookpath_app::people::Resolutions;
use bookpath_app::ports::{Clock as _, LakeFailure};
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
        other => Failure::new(other),
    };
    let key = pairs(args.key.iter().map(String::as_str)).map_err(refused)?;
    let shown = progress::spinner("the row is followed");
    let resolutions = Resolutions::default();
    let lineage = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            let lake = node.lake()?;
            let tracer = Tracer {
                lake: &lake,
                store: node.database.as_ref(),
                objects: node.objects.as_ref(),
                resolutions: &resolutions,
                rules: &node.rules,
                now: node.clock.now(),
                deals: Deals::All,
            };
            tracer.trace(&args.table, &key).await
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            let lake = stack.lake()?;
            let tracer = Tracer {
                lake: lake.as_ref(),
                store: stack.store.as_ref(),
                objects: stack.objects.as_ref(),
                resolutions: &resolutions,
                rules: &stack.rules,
                now: stack.clock.now(),
                deals: Deals::All,
            };
            tracer.trace(&args.table, &key).await
        }
    };
    drop(shown);
    print(common, &lineage.map_err(refused)?, words)
}

fn words(lineage: &Lineage) -> String {
    let as_of = lineage
        .as_of
        .map_or_else(String::new, |at| format!(" as of {at}"));
    let rows = if lineage.gold.is_empty() {
        &lineage.silver
    } else {
        &lineage.gold
    };
    if rows.is_empty() {
        return format!("{} has no row with this key{as_of}.", lineage.table);
    }
    let columns = [
        "from",
        "invitee",
        "delivery",
        "object below DIR/lake",
        "SHA-256",
    ];
    let more = if lineage.truncated {
        "\n\nThese are the first; there are more."
    } else {
        ""
    };
    format!(
        "{}{as_of}:\n\n{}\n\nIt stands on {}, sent in {}:\n\n{}{more}",
        lineage.table,
        rows_table(rows),
        count(
            lineage.silver.len() as u64,
            "row of silver",
            "rows of silver"
        ),
        count(lineage.objects.len() as u64, "object", "objects"),
        table(columns, lineage.objects.iter().map(line))
    )
}

fn line(origin: &Origin) -> Vec<serde_json::Value> {
    vec![
        json!(origin.table),
        json!(origin.invitee_uri),
        json!(origin.delivery_id),
        json!(origin.key.as_deref().unwrap_or("(the object is gone)")),
        json!(origin.sha256),
    ]
}
