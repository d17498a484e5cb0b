//! Pairs of records, counted.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

/// Pairs of records that are said to be one person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Pairs {
    /// Pairs that were found.
    pub found: u64,
    /// Those of them that are one person's.
    pub right: u64,
    /// Pairs that are one person's, found or not.
    pub all: u64,
}

impl Pairs {
    /// The share of what was found that is right; 1 when nothing was found.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.found)
    }

    /// The share of what there is that was found; 1 when there is nothing.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.all)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of pairs, for people to read"
)]
fn share(part: u64, of: u64) -> f64 {
    if of == 0 {
        1.0
    } else {
        part as f64 / of as f64
    }
}

/// Pairs among `n` things.
pub(crate) fn among(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

/// What a partition of records says against the truth; both name a person for each record.
#[must_use]
pub fn pairs_of<T: Hash + Eq>(truth: &[u32], found: &[T]) -> Pairs {
    let mut people: HashMap<u32, u64> = HashMap::new();
    let mut groups: HashMap<&T, u64> = HashMap::new();
    let mut both: HashMap<(u32, &T), u64> = HashMap::new();
    for (person, group) in truth.iter().zip(found) {
        *people.entry(*person).or_default() += 1;
        *groups.entry(group).or_default() += 1;
        *both.entry((*person, group)).or_default() += 1;
    }
    Pairs {
        found: groups.into_values().map(among).sum(),
        right: both.into_values().map(among).sum(),
        all: people.into_values().map(among).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_once() {
        let pairs = pairs_of(&[1, 1, 1, 2, 2], &["a", "a", "b", "b", "c"]);
        let expected = Pairs {
            found: 2,
            right: 1,
            all: 4,
        };
        assert_eq!(pairs, expected);
        assert_eq!((pairs.precision(), pairs.recall()), (0.5, 0.25));
        assert_eq!(pairs_of::<u8>(&[], &[]).precision(), 1.0);
    }
}
