//! The arguments of `bookpath etl`.

use bookpath_app::ports::RebuildScope;
use bookpath_lake::Catalog;
use clap::Args;
use jiff::Timestamp;

/// `bookpath etl`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EtlArgs {
    /// Start again from all of bronze
    #[arg(long)]
    rebuild: bool,
    /// With --rebuild: only this table, as `bookings_trend` or `silver.invitees`; silver is made in one pass over bronze
    #[arg(long, value_name = "T", requires = "rebuild", value_parser = table)]
    table: Option<String>,
    /// The instant to answer for (RFC 3339), instead of now
    #[arg(long, value_name = "T")]
    pub(crate) as_of: Option<Timestamp>,
}

impl EtlArgs {
    /// What is made again.
    pub(crate) fn again(&self) -> RebuildScope {
        let table = self.table.clone();
        table.map_or_else(|| self.rebuild.into(), RebuildScope::Table)
    }
}

/// The whole name of a table.
fn table(text: &str) -> Result<String, String> {
    let catalog = Catalog::get().map_err(|error| error.to_string())?;
    let found = catalog.find(text).map_err(|error| error.to_string())?;
    Ok(found.name.clone())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Cli, Command};

    fn again(args: &[&str]) -> Option<RebuildScope> {
        let cli = Cli::try_parse_from([&["bookpath", "etl"], args].concat()).ok()?;
        match cli.command {
            Command::Etl(args) => Some(args.again()),
            _ => None,
        }
    }

    #[test]
    fn a_table_is_named_in_full_or_by_itself_and_only_with_rebuild() {
        let one = |name: &str| Some(RebuildScope::Table(name.to_owned()));
        assert_eq!(again(&[]), Some(RebuildScope::Nothing));
        assert_eq!(again(&["--rebuild"]), Some(RebuildScope::Everything));
        for name in ["bookings_trend", "gold.bookings_trend"] {
            assert_eq!(
                again(&["--rebuild", "--table", name]),
                one("gold.bookings_trend")
            );
        }
        assert_eq!(
            again(&["--table", "silver.invitees", "--rebuild"]),
            one("silver.invitees")
        );
        assert_eq!(again(&["--table", "bookings_trend"]), None);
        assert_eq!(again(&["--rebuild", "--table", "nothing"]), None);
    }
}
