//! The six models that divide a deal among the touches of its contact.

use super::{Model, Touch, TouchKind};

/// 1 in the fixed point of the time decay.
const ONE: u64 = 1 << 60;

/// ln 2 in the same fixed point.
const LN_2: u128 = 799_144_290_325_165_979;

/// The weight of each touch on a path in order of time; `days` is how long each was before the deal.
///
/// Weights are whole numbers in exact proportion, but for the time decay, whose weights have 60 bits
/// after the point. The model is one of the six.
pub(super) fn weights(
    model: Model,
    path: &[&Touch],
    days: &[i64],
    half_life_days: u32,
) -> Vec<u64> {
    let n = path.len();
    let last = n.saturating_sub(1);
    let only = |place: usize| (0..n).map(|p| u64::from(p == place)).collect();
    match model {
        Model::First => only(0),
        Model::Last => only(last),
        Model::U => (0..n).map(|place| u_shaped(place, n)).collect(),
        Model::W => w_shaped(path),
        Model::TimeDecay => {
            let newest = days.iter().min().copied().unwrap_or(0);
            days.iter()
                .map(|d| halved(d.saturating_sub(newest), half_life_days))
                .collect()
        }
        Model::Linear | Model::Markov | Model::Shapley | Model::Booking => vec![1; n],
    }
}

/// 40 % for the first and the last, 20 % for those between; two share evenly.
fn u_shaped(place: usize, n: usize) -> u64 {
    let between = u64::try_from(n.saturating_sub(2)).unwrap_or(u64::MAX);
    match (between, place) {
        (0, _) => 1,
        (_, place) if place == 0 || place + 1 == n => between.saturating_mul(2),
        _ => 1,
    }
}

/// 30 % each for the first touch, the first booking of a triage call and the first of a solution call,
/// 10 % for all others. What is missing leaves its share to the rest in proportion; a touch that is two
/// of the three has the share of both.
fn w_shaped(path: &[&Touch]) -> Vec<u64> {
    let first = |kind: TouchKind| path.iter().position(|touch| touch.kind == kind);
    let anchors = [
        (!path.is_empty()).then_some(0),
        first(TouchKind::Triage),
        first(TouchKind::Solution),
    ];
    let held = |place: usize| anchors.iter().filter(|a| **a == Some(place)).count();
    let counts: Vec<u64> = (0..path.len())
        .map(|place| u64::try_from(held(place)).unwrap_or(0))
        .collect();
    let others = counts.iter().filter(|count| **count == 0).count();
    let others = u64::try_from(others).unwrap_or(u64::MAX);
    let weight = |count: &u64| match (others, *count) {
        (0, count) => count,
        (_, 0) => 1,
        (others, count) => count.saturating_mul(3).saturating_mul(others),
    };
    counts.iter().map(weight).collect()
}

/// 2 to the power of `-days / half_life`, in fixed point; whole numbers only, so every machine has the
/// same.
fn halved(days: i64, half_life_days: u32) -> u64 {
    let half_life = u64::from(half_life_days.max(1));
    let days = u64::try_from(days).unwrap_or(0);
    let (halves, rest) = (days / half_life, days % half_life);
    let part = exp_of_minus(LN_2 * u128::from(rest) / u128::from(half_life));
    u32::try_from(halves)
        .ok()
        .and_then(|halves| part.checked_shr(halves))
        .unwrap_or(0)
}

/// e to the power of `-x` for x up to ln 2, by its series.
fn exp_of_minus(x: u128) -> u64 {
    let one = i128::from(ONE);
    let x = i128::try_from(x).unwrap_or(one);
    let (mut sum, mut term) = (one, one);
    for n in 1..30 {
        term = -(term * x / one) / n;
        sum += term;
    }
    u64::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_is_exact_at_whole_half_lives_and_close_between() {
        for (days, expected) in [(0, ONE), (7, ONE / 2), (28, ONE / 16), (7 * 61, 0)] {
            assert_eq!(halved(days, 7), expected, "{days}");
        }
        for days in 0..200 {
            #[expect(clippy::cast_precision_loss, reason = "compared within a tolerance")]
            let (got, expected) = (
                halved(days, 7) as f64 / ONE as f64,
                (-(days as f64) / 7.0).exp2(),
            );
            assert!((got - expected).abs() < 1e-15, "{days}: {got} {expected}");
        }
        assert_eq!(halved(3, 0), halved(3, 1));
    }
}
