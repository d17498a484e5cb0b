//! `bookpath query`: SQL over silver and gold, by the engine of the place: DataFusion in a directory, Athena on AWS.

use bookpath_app::ports::{LakeFailure, TableRow};
use bookpath_domain::money::decimal::Decimal;
use serde::Serialize;

use super::print;
use crate::cli::arguments::{Common, QueryArgs, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// What a query answered.
#[derive(Debug, Serialize)]
struct Answered {
    rows: Vec<TableRow>,
    /// There are more rows than were asked for.
    more: bool,
    /// What Athena read and asks for it; nothing in a directory.
    bytes_scanned: u64,
    cost_usd: Decimal,
}

pub(crate) async fn run(common: &Common, args: &QueryArgs) -> Result<(), Failure> {
    let answered = match common.target {
        Target::Embedded => {
            let engine = Node::open(common)?.lake()?;
            let asked = engine
                .ask(&args.sql, args.limit.saturating_add(1))
                .await
                .map_err(|failure| match failure {
                    LakeFailure::Refused(message) => Failure::Usage(message),
                    other => Failure::of(other),
                });
            let mut rows = asked?;
            let more = rows.len() > args.limit;
            rows.truncate(args.limit);
            Answered {
                rows,
                more,
                bytes_scanned: 0,
                cost_usd: Decimal::default(),
            }
        }
        Target::Aws => {
            let answer = Stack::open(common)
                .await?
                .query(&args.sql, args.limit)
                .await?;
            let cost = Decimal::whole(i64::try_from(answer.cost_usd_micros).unwrap_or(i64::MAX));
            let cost_usd = cost.times_ratio(1, 1_000_000).unwrap_or(cost);
            Answered {
                rows: answer.rows,
                more: answer.more,
                bytes_scanned: answer.bytes_scanned,
                cost_usd,
            }
        }
    };
    print(common, &answered)
}
