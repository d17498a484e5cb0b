//! `bookpath bill`: metered use times unit prices.

use bookpath_app::operators::bill::StoreMeters;
use bookpath_app::ports::Meters as _;
use bookpath_domain::money::bill::{Bill, bill};
use serde_json::json;

use super::output::{print, table};
use crate::arguments::{BillArgs, Common, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

pub(crate) async fn run(common: &Common, args: &BillArgs) -> Result<(), Failure> {
    let (metered, rules) = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            let meters = StoreMeters(node.database.clone());
            (meters.metered().await, node.rules.clone())
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            (stack.meters().metered().await, stack.rules.clone())
        }
    };
    let usage = metered
        .map_err(Failure::new)?
        .usage_for(args.appointments)
        .map_err(|e| Failure::Failed(e.to_string()))?;
    let bill = bill(&usage, &rules.bill).map_err(Failure::new)?;
    print(common, &bill, |bill| words(bill, args))
}

fn words(bill: &Bill, args: &BillArgs) -> String {
    let rows = bill.lines.iter().map(|line| {
        vec![
            json!(line.service),
            json!(line.quantity),
            json!(line.unit),
            json!(line.unit_price),
            json!(line.amount.to_places(4)),
        ]
    });
    let columns = ["service", "quantity", "unit", "USD per unit", "USD"];
    let what = args.appointments.map_or_else(
        || "What was used so far".to_owned(),
        |n| format!("A month with {n} appointments"),
    );
    format!(
        "{}\n\n{what} costs {} USD on AWS, at the prices of [bill] in bookpath.toml.",
        table(columns, rows),
        bill.total.to_places(2)
    )
}
