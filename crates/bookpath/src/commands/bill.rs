//! `bookpath bill`: metered use times unit prices.

use bookpath_app::ports::Store as _;
use bookpath_core::bill::{Usage, bill};

use super::print;
use crate::cli::{BillArgs, Common, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// Hours of a month, as AWS counts them.
const MONTH_HOURS: i64 = 730;

pub(crate) async fn run(common: &Common, args: &BillArgs) -> Result<(), Failure> {
    let (counters, rules) = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            (node.database.counters().await?, node.rules.clone())
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            (stack.store.counters().await?, stack.rules.clone())
        }
    };
    let counted = |name: &str| counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, value)| *value);
    let bookings = counted("bookings");
    // Scaled exactly, rounded half up: so many appointments instead of those that were metered.
    let scaled = |name: &str| -> i128 {
        let metered = i128::from(counted(name));
        args.appointments.map_or(metered, |wanted| {
            if bookings > 0 { (2 * metered * i128::from(wanted) + i128::from(bookings)) / (2 * i128::from(bookings)) } else { 0 }
        })
    };
    let whole = |name: &str| i64::try_from(scaled(name)).unwrap_or(i64::MAX);
    if args.appointments.is_some() && bookings == 0 {
        return Err(Failure::Failed("no booking has been metered yet, so there is nothing to scale".to_owned()));
    }
    let usage = Usage {
        sms_parts: whole("sms_parts"),
        lambda_requests: whole("function_calls"),
        lambda_mb_ms: scaled("function_mb_ms"),
        step_functions_transitions: whole("machine_transitions"),
        dynamodb_writes: whole("store_writes"),
        dynamodb_reads: whole("store_reads"),
        s3_puts: whole("object_puts"),
        // A shard costs by the hour, whatever goes through it: a month's when a month's appointments are asked for.
        kinesis_shard_hours: if args.appointments.is_some() {
            MONTH_HOURS
        } else {
            counted("uptime_ms").max(0).unsigned_abs().div_ceil(3_600_000).try_into().unwrap_or(i64::MAX)
        },
        api_gateway_requests: whole("api_requests"),
        ..Usage::default()
    };
    print(common, &bill(&usage, &rules.bill).map_err(Failure::of)?)
}
