//! One module per command.

mod serve;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// [`Failure`] says how the process exits.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Serve(args) => serve::run(&cli.common, args).await,
    }
}
