//! `bookpath bill`: metered use times unit prices.

use bookpath_app::ports::Store as _;
use bookpath_domain::money::bill::{Usage, bill};

use super::print;
use crate::cli::arguments::{BillArgs, Common, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// Hours of a month, as AWS counts them.
const MONTH_HOURS: i64 = 730;

/// What was metered, and of how much.
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
    print(
        common,
        &bill(&asked(&metered, args)?, &rules.bill).map_err(Failure::of)?,
    )
}

/// What this process and those before it have counted themselves.
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

/// What the services have metered; the store counts the texts' parts.
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

/// The use as it was metered, or a month's with so many appointments.
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
