//! The arguments of `bookpath contacts`.

use clap::{Args, Subcommand};

/// `bookpath contacts`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ContactsCommand {
    /// List pairs that may be one person, the likeliest first
    Candidates(CandidatesArgs),
    /// Say that two contacts are one person
    Merge(MergeArgs),
    /// Take a merge back
    Unmerge(UnmergeArgs),
    /// Say that two contacts are not one person
    Reject(RejectArgs),
}

/// `bookpath contacts candidates`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CandidatesArgs {
    /// Pairs at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) limit: usize,
}

/// Why, and whether for real.
#[derive(Debug, Clone, Args)]
pub(crate) struct DecisionArgs {
    /// Why; it is kept with the decision
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Print what would move, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `bookpath contacts merge`.
#[derive(Debug, Clone, Args)]
pub(crate) struct MergeArgs {
    /// The contact that stays: its id, or an e-mail address of it
    #[arg(long, value_name = "ID")]
    pub(crate) into: String,
    /// The contact that goes into it
    #[arg(long, value_name = "ID")]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
}

/// `bookpath contacts unmerge`.
#[derive(Debug, Clone, Args)]
pub(crate) struct UnmergeArgs {
    /// The id that `merge` printed
    #[arg(value_name = "MERGE_ID")]
    pub(crate) merge_id: String,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
}

/// `bookpath contacts reject`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RejectArgs {
    /// A contact: its id, or an e-mail address of it
    #[arg(value_name = "A")]
    pub(crate) one: String,
    /// The other contact
    #[arg(value_name = "B")]
    pub(crate) other: String,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
}
