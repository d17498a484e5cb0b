//! `bookpath etl`: bronze to silver to gold, once.

use bookpath_app::lake::etl::EtlReport;
use bookpath_app::ports::Clock as _;
use bookpath_platform_local::lock::FileLock;
use serde_json::json;

use super::output::{count, milliseconds, print, table};
use crate::arguments::{Common, EtlArgs, Target};
use crate::bronze::catch_up;
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::progress;
use crate::stack::Stack;

pub(crate) async fn run(common: &Common, args: &EtlArgs) -> Result<(), Failure> {
    let report = match common.target {
        Target::Embedded => embedded(common, args).await?,
        Target::Aws => {
            let stack = Stack::open(common).await?;
            let as_of = args.as_of.unwrap_or_else(|| stack.clock.now());
            let _shown = progress::spinner("the state machine runs");
            stack.etl(as_of, args.again()).await?
        }
    };
    print(common, &report, words)
}

async fn embedded(common: &Common, args: &EtlArgs) -> Result<EtlReport, Failure> {
    let node = Node::open(common)?;
    let _shown = progress::spinner("bronze to silver to gold");
    catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let as_of = args.as_of.unwrap_or_else(|| node.clock.now());
    node.etl()?
        .run(as_of, args.again())
        .await
        .map_err(Failure::new)
}

fn words(report: &EtlReport) -> String {
    let rows = report.tables.iter().map(|(name, run)| {
        vec![
            json!(name),
            json!(run.rows_read),
            json!(run.rows_written),
            json!(run.keys_recomputed),
            json!(run.commits),
            json!(milliseconds(run.duration_ms)),
        ]
    });
    let columns = [
        "table",
        "rows read",
        "rows written",
        "keys recomputed",
        "commits",
        "took",
    ];
    let written: u64 = report.tables.values().map(|run| run.rows_written).sum();
    let sentence = match written {
        0 => format!("Nothing is new as of {}.", report.as_of),
        n => format!(
            "{} written; the tables answer as of {}.",
            count(n, "row is", "rows are"),
            report.as_of
        ),
    };
    format!("{}\n\n{sentence}", table(columns, rows))
}
