//! One module per command.

pub(crate) mod arguments;
mod bench;
mod bill;
mod etl;
mod import;
mod lineage;
mod query;
mod reconcile;
mod replay;
mod sms;
mod users;

use std::io::Write as _;

use serde::Serialize;

use crate::cli::arguments::{BenchCommand, Cli, Command, Common, Target};
use crate::failure::Failure;
use crate::serve;

/// Runs the command.
///
/// # Errors
/// [`Failure`] says how the process exits.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let common = &cli.common;
    if common.target == Target::Aws
        && matches!(
            &cli.command,
            Command::Serve(_)
                | Command::Import(_)
                | Command::Sms(_)
                | Command::Reconcile(_)
                | Command::Bench(_)
        )
    {
        return Err(Failure::Usage(
            "this command works on a directory only; leave out --target aws".to_owned(),
        ));
    }
    match &cli.command {
        Command::Serve(args) => serve::run(common, args).await,
        Command::Etl(args) => etl::run(common, args).await,
        Command::Import(args) => import::run(common, args).await,
        Command::Replay(args) => replay::run(common, args).await,
        Command::Lineage(args) => lineage::run(common, args).await,
        Command::Query(args) => query::run(common, args).await,
        Command::Bill(args) => bill::run(common, args).await,
        Command::Sms(command) => sms::run(common, command).await,
        Command::Reconcile(args) => reconcile::run(common, args).await,
        Command::Users(command) => users::run(common, command).await,
        Command::Bench(BenchCommand::Webhooks(args)) => bench::run(common, args).await,
    }
}

/// Prints a result: one JSON object with `--json`, else the same laid out for people.
fn print<T: Serialize>(common: &Common, result: &T) -> Result<(), Failure> {
    let text = if common.json {
        serde_json::to_string(result)?
    } else {
        serde_json::to_string_pretty(result)?
    };
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
