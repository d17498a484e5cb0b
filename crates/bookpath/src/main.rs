//! The command line of Bookpath. In: arguments and the environment. Out: tables and sentences, one JSON object with `--json`, or a server.

mod arguments;
mod bronze;
mod business;
mod cli;
mod environment;
mod failure;
mod key_file;
mod lake_engine;
mod meter;
mod node;
mod progress;
mod rules;
mod serve;
mod simulation;
mod stack;
mod syncs;

use std::process::ExitCode;

use clap::Parser;

/// A fifth of a run of the lake was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match arguments::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    tracing_subscriber::fmt()
        .with_env_filter(environment::log_filter(&cli.command))
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr())
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::from(error).report(),
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Help and version are no errors; anything else is wrong usage: exit 2.
fn usage(error: &clap::Error) -> ExitCode {
    if error.print().is_err() {
        return ExitCode::FAILURE;
    }
    if error.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}
