//! `bookpath bill`: metered use times unit prices.

use bookpath_app::ports::Store as _;
use bookpath_domain::money::bill::{Bill, Usage, bill};
use serde_json::json;

use super::output::{print, table};
use crate::arguments::{BillArgs, Common, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// Hours of a month, as AWS counts them.
const MONTH_HOURS: i64 = 730;

/// What was metered, for how many bookings, on how many shards of the stream.
struct Metered {
    usage: Usage,
    bookings: i64,
    shards: i64,
}

pub(crate) async fn run(common: &Common, args: &BillArgs) -> Result<(), Failure> {
    let (metered, rules) = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            (
                counted(&node.database.counters().await?),
                node.rules.clone(),
            )
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            (of_stack(&stack).await?, stack.rules.clone())
        }
    };
    let bill = bill(&asked(&metered, args)?, &rules.bill).map_err(Failure::new)?;
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

/// What the processes of this directory have counted.
fn counted(counters: &[(String, i64)]) -> Metered {
    let counted = |name: &str| counter(counters, name);
    let usage = Usage {
        sms_parts: counted("sms_parts"),
        lambda_requests: counted("function_calls"),
        lambda_mb_ms: counted("function_mb_ms").into(),
        step_functions_transitions: counted("machine_transitions"),
        dynamodb_writes: counted("store_writes"),
        dynamodb_reads: counted("store_reads"),
        s3_puts: counted("object_puts"),
        kinesis_shard_hours: counted("uptime_ms")
            .max(0)
            .unsigned_abs()
            .div_ceil(3_600_000)
            .try_into()
            .unwrap_or(i64::MAX),
        api_gateway_requests: counted("api_requests"),
        ..Usage::default()
    };
    Metered {
        usage,
        bookings: counted("bookings"),
        shards: 1,
    }
}

/// What AWS has metered; the parts of texts are counted in the store.
async fn of_stack(stack: &Stack) -> Result<Metered, Failure> {
    let (counters, used) = (stack.store.counters().await?, stack.used().await?);
    let usage = Usage {
        sms_parts: counter(&counters, "sms_parts"),
        ..used.usage
    };
    Ok(Metered {
        usage,
        bookings: counter(&counters, "bookings"),
        shards: used.shards,
    })
}

fn counter(counters: &[(String, i64)], name: &str) -> i64 {
    counters
        .iter()
        .find(|(counter, _)| counter == name)
        .map_or(0, |(_, value)| *value)
}

/// The use as it was metered; with --appointments that of a month with so many.
fn asked(metered: &Metered, args: &BillArgs) -> Result<Usage, Failure> {
    let Some(appointments) = args.appointments else {
        return Ok(metered.usage);
    };
    let nothing = || {
        Failure::Failed("no booking has been metered yet, so there is nothing to scale".to_owned())
    };
    let scaled = metered
        .usage
        .scaled(appointments, metered.bookings)
        .ok_or_else(nothing)?;
    Ok(Usage {
        kinesis_shard_hours: MONTH_HOURS.saturating_mul(metered.shards),
        ..scaled
    })
}
