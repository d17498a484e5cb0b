//! `bookpath query`: SQL over silver and gold, by the engine of the place: DataFusion in a directory, Athena on AWS.

use bookpath_app::ports::{LakeFailure, TableRow};
use bookpath_domain::money::decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::output::{bytes, count, print, table};
use super::sentence;
use crate::arguments::{Common, QueryArgs, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::progress;
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
        Target::Embedded => embedded(common, args).await?,
        Target::Aws => deployed(common, args).await?,
    };
    print(common, &answered, words)
}

async fn embedded(common: &Common, args: &QueryArgs) -> Result<Answered, Failure> {
    let engine = Node::open(common)?.lake()?;
    let asked = engine.ask(&args.sql, args.limit.saturating_add(1)).await;
    let mut rows = asked.map_err(|failure| match failure {
        LakeFailure::Refused(message) => Failure::Usage(sentence::of_engine(&message)),
        other => Failure::new(other),
    })?;
    let more = rows.len() > args.limit;
    rows.truncate(args.limit);
    Ok(Answered {
        rows,
        more,
        bytes_scanned: 0,
        cost_usd: Decimal::default(),
    })
}

async fn deployed(common: &Common, args: &QueryArgs) -> Result<Answered, Failure> {
    let stack = Stack::open(common).await?;
    let shown = progress::spinner("Athena is asked");
    let answer = stack.query(&args.sql, args.limit).await?;
    drop(shown);
    let cost = Decimal::whole(i64::try_from(answer.cost_usd_micros).unwrap_or(i64::MAX));
    Ok(Answered {
        rows: answer.rows,
        more: answer.more,
        bytes_scanned: answer.bytes_scanned,
        cost_usd: cost.times_ratio(1, 1_000_000).unwrap_or(cost),
    })
}

fn words(answered: &Answered) -> String {
    let rows = answered.rows.len() as u64;
    let mut text = rows_table(&answered.rows);
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text += &match answered.more {
        true => format!(
            "The first {}; there are more. --limit N shows more of them.",
            count(rows, "row", "rows")
        ),
        false => format!("{}.", count(rows, "row", "rows")),
    };
    if answered.bytes_scanned > 0 {
        let (read, cost) = (bytes(answered.bytes_scanned), answered.cost_usd);
        text += &format!(" Athena read {read}, which costs {cost} USD.");
    }
    text
}

/// Rows as a table of all the columns that any of them has.
pub(super) fn rows_table(rows: &[TableRow]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(TableRow::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return String::new();
    }
    let cells = |row: &TableRow| -> Vec<Value> {
        columns
            .iter()
            .map(|name| row.get(*name).cloned().unwrap_or(Value::Null))
            .collect()
    };
    table(columns.clone(), rows.iter().map(cells))
}
