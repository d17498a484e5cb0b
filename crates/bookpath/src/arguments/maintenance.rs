//! The arguments of `bookpath maintenance`.

use clap::{Args, Subcommand};
use jiff::Timestamp;

/// `bookpath maintenance`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum MaintenanceCommand {
    /// Show every page of the team when Bookpath will be worked on, in place of what was announced before
    Announce(AnnounceArgs),
    /// Print what is announced
    Show,
    /// Take the announcement back
    Withdraw,
}

/// `bookpath maintenance announce`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AnnounceArgs {
    /// When it begins (RFC 3339)
    #[arg(long, value_name = "T")]
    pub(crate) from: Timestamp,
    /// When it is over
    #[arg(long, value_name = "T")]
    pub(crate) until: Timestamp,
    /// What it means for the team, at most 300 characters
    #[arg(long)]
    pub(crate) text: String,
}
