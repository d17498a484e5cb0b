//! Markov chains: how much of the conversions would be lost without a channel.

use std::collections::BTreeMap;

use super::paths::Path;

/// A channel's share of the conversions, as a weight. Fifteen decimals of the share.
const UNIT: f64 = 1e15;

/// The weight of each channel: its removal effect, 1 − P(without it) / P, where P is the probability
/// that a walk from the start ends in a conversion.
///
/// The walk goes from touch to touch as often as the paths do. P is the solution of the absorbing chain,
/// not the mean of simulated walks, so it is the same in every run. Empty without a conversion.
pub(super) fn weights(paths: &[Path<'_>]) -> BTreeMap<String, u64> {
    let chain = Chain::new(paths);
    let all = chain.conversion(None);
    if all <= 0.0 {
        return BTreeMap::new();
    }
    let effects = (0..chain.channels.len()).map(|channel| {
        let effect = 1.0 - chain.conversion(Some(channel)) / all;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an effect lies between 0 and 1"
        )]
        let weight = (effect.clamp(0.0, 1.0) * UNIT).round() as u64;
        weight
    });
    let names = chain.channels.iter().map(|name| (*name).to_owned());
    names.zip(effects).collect()
}

/// Counts of steps between channels.
struct Chain<'a> {
    channels: Vec<&'a str>,
    start: Vec<f64>,
    /// By channel: steps to each channel.
    steps: Vec<Vec<f64>>,
    converted: Vec<f64>,
    /// By channel: all steps that leave it, into the end too.
    leaving: Vec<f64>,
    paths: f64,
}

impl<'a> Chain<'a> {
    fn new(paths: &[Path<'a>]) -> Self {
        let named = paths.iter().flat_map(|path| path.channels.iter().copied());
        let places: BTreeMap<&str, usize> = named.map(|name| (name, 0)).collect();
        let channels: Vec<&str> = places.into_keys().collect();
        let n = channels.len();
        let mut chain = Self {
            channels,
            start: vec![0.0; n],
            steps: vec![vec![0.0; n]; n],
            converted: vec![0.0; n],
            leaving: vec![0.0; n],
            paths: 0.0,
        };
        for path in paths {
            chain.walk(path);
        }
        chain
    }

    fn walk(&mut self, path: &Path<'_>) {
        let place = |name: &&str| self.channels.binary_search(name).unwrap_or(0);
        let places: Vec<usize> = path.channels.iter().map(place).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return;
        };
        self.paths += 1.0;
        self.start[*first] += 1.0;
        for pair in places.windows(2) {
            self.steps[pair[0]][pair[1]] += 1.0;
        }
        for place in &places {
            self.leaving[*place] += 1.0;
        }
        if path.converted {
            self.converted[*last] += 1.0;
        }
    }

    /// The probability of a conversion; a step into the channel `without` ends the walk.
    fn conversion(&self, without: Option<usize>) -> f64 {
        let kept: Vec<usize> = (0..self.channels.len())
            .filter(|place| Some(*place) != without)
            .collect();
        // x = A x + b, where x is the probability from each channel on.
        let mut rows: Vec<Vec<f64>> = kept
            .iter()
            .map(|from| {
                let step = |to: &usize| {
                    let share = self.steps[*from][*to] / self.leaving[*from];
                    f64::from(u8::from(from == to)) - share
                };
                let end = self.converted[*from] / self.leaving[*from];
                kept.iter().map(step).chain([end]).collect()
            })
            .collect();
        let x = solve(&mut rows);
        let from_start = kept.iter().zip(&x);
        let sum: f64 = from_start.map(|(to, x)| self.start[*to] * x).sum();
        if self.paths > 0.0 {
            sum / self.paths
        } else {
            0.0
        }
    }
}

/// Gauss's elimination with the largest pivot; the last number of a row is its right side. Every walk
/// ends, so the system has one solution.
fn solve(rows: &mut [Vec<f64>]) -> Vec<f64> {
    let n = rows.len();
    for column in 0..n {
        let larger =
            |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let Some(pivot) = (column..n).max_by(larger) else {
            continue;
        };
        rows.swap(column, pivot);
        let (done, below) = rows.split_at_mut(column + 1);
        let Some(head) = done.last().filter(|head| head[column] != 0.0) else {
            continue;
        };
        for row in below {
            let factor = row[column] / head[column];
            for (value, of_head) in row[column..].iter_mut().zip(&head[column..]) {
                *value -= factor * of_head;
            }
        }
    }
    let mut x = vec![0.0; n];
    for place in (0..n).rev() {
        let row = &rows[place];
        let known: f64 = (place + 1..n).map(|other| row[other] * x[other]).sum();
        let pivot = row[place];
        x[place] = if pivot == 0.0 {
            0.0
        } else {
            (row[n] - known) / pivot
        };
    }
    x
}
