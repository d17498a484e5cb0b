//! Shapley values: what a channel adds on average over all orders in which channels could come.
//!
//! The worth of a set of channels is the number of conversions whose path lies inside it. Such a game is
//! the sum of one game for each conversion, whose Shapley value is an even share for each channel of the
//! path, so the values are exact for any number of channels and nothing is sampled.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::Path;

/// A conversion in units that every number of channels up to 22 divides.
const UNIT: u64 = 232_792_560;

/// The weight of each channel. Empty without a conversion.
pub(super) fn weights(paths: &[Path<'_>]) -> BTreeMap<String, u64> {
    let mut out: BTreeMap<String, u64> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.converted) {
        let set: BTreeSet<&str> = path.channels.iter().copied().collect();
        let share = UNIT / u64::try_from(set.len().max(1)).unwrap_or(UNIT);
        for channel in set {
            let weight = out.entry(channel.to_owned()).or_default();
            *weight = weight.saturating_add(share);
        }
    }
    out
}
