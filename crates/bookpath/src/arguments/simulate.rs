//! The arguments of `bookpath simulate`.

use clap::Args;

/// Worlds of a call that names no seed.
const SEEDS: u32 = 10;

/// `bookpath simulate`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SimulateArgs {
    /// How many worlds, one for each seed; by default 10, or with --seed 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    seeds: Option<u32>,
    /// The first seed, or the only one
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

impl SimulateArgs {
    /// The seeds to play.
    pub(crate) fn seeds(&self) -> Vec<u64> {
        let first = self.seed.unwrap_or(0);
        let alone = if self.seed.is_some() { 1 } else { SEEDS };
        let count = self.seeds.unwrap_or(alone).into();
        (0..count).map(|n| first.wrapping_add(n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::arguments::{Cli, Command};

    fn seeds(args: &[&str]) -> Option<Vec<u64>> {
        let cli = Cli::try_parse_from([&["bookpath", "simulate"], args].concat()).ok()?;
        match cli.command {
            Command::Simulate(args) => Some(args.seeds()),
            _ => None,
        }
    }

    #[test]
    fn a_seed_alone_is_played_alone() {
        assert_eq!(seeds(&[]), Some((0..10).collect()));
        assert_eq!(seeds(&["--seed", "17"]), Some(vec![17]));
        assert_eq!(seeds(&["--seeds", "2"]), Some(vec![0, 1]));
        assert_eq!(seeds(&["--seed", "7", "--seeds", "3"]), Some(vec![7, 8, 9]));
        assert_eq!(seeds(&["--seeds", "0"]), None);
        assert_eq!(seeds(&["--seed", "x"]), None);
    }
}
