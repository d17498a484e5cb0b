//! One module per command.

mod bench;
mod bill;
mod contacts;
mod doctor;
mod etl;
mod import;
mod lineage;
mod maintenance;
mod output;
mod place;
mod privacy;
mod query;
mod reconcile;
mod replay;
mod sentence;
mod simulate;
mod sms;
mod sync;
mod users;
pub(crate) mod webhooks;

use crate::arguments::{BenchCommand, Cli, Command, Target};
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
                | Command::Simulate(_)
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
        Command::Sync(args) => sync::run(common, args).await,
        Command::Webhooks(command) => webhooks::run(common, command).await,
        Command::Replay(args) => replay::run(common, args).await,
        Command::Lineage(args) => lineage::run(common, args).await,
        Command::Query(args) => query::run(common, args).await,
        Command::Bill(args) => bill::run(common, args).await,
        Command::Sms(command) => sms::run(common, command).await,
        Command::Reconcile(args) => reconcile::run(common, args).await,
        Command::Contacts(command) => contacts::run(common, command).await,
        Command::Export(args) => privacy::export(common, args).await,
        Command::Forget(args) => privacy::forget(common, args).await,
        Command::Users(command) => users::run(common, command).await,
        Command::Maintenance(command) => maintenance::run(common, command).await,
        Command::Doctor(args) => doctor::run(common, args).await,
        Command::Simulate(args) => simulate::run(common, args).await,
        Command::Bench(BenchCommand::Webhooks(args)) => bench::run(common, args).await,
    }
}
