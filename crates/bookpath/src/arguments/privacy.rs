//! The arguments of `bookpath export` and `bookpath forget`.

use clap::Args;

/// `bookpath export`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PersonArgs {
    /// An e-mail address of the person
    #[arg(long, value_name = "E")]
    pub(crate) email: String,
}

/// `bookpath forget`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    pub(crate) person: PersonArgs,
    /// Print what is there, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
