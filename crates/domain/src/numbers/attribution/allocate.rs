//! Dividing whole units so that the parts add up exactly.

/// Divides `total` in proportion to `weights` by the largest remainder: everybody gets the whole units
/// of their exact share, and the units that are left go to the largest fractions, of equal ones to the
/// earlier. A negative total is divided like the positive one. All weights 0: nothing is divided.
///
/// ```
/// # use bookpath_domain::numbers::attribution::allocate;
/// assert_eq!(allocate(100, &[1, 1, 1]), [34, 33, 33]);
/// assert_eq!(allocate(-100, &[1, 1, 1]), [-34, -33, -33]);
/// ```
#[must_use]
pub fn allocate(total: i64, weights: &[u64]) -> Vec<i64> {
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let size = u128::from(total.unsigned_abs());
    // Both factors have at most 64 bits, so the product fits.
    let exact = |weight: &u64| {
        (
            size * u128::from(*weight) / sum,
            size * u128::from(*weight) % sum,
        )
    };
    let shares: Vec<(u128, u128)> = weights.iter().map(exact).collect();
    let whole: u128 = shares.iter().map(|(units, _)| units).sum();
    let left = usize::try_from(size - whole).unwrap_or(usize::MAX);
    let mut by_rest: Vec<usize> = (0..shares.len()).collect();
    by_rest.sort_by_key(|place| std::cmp::Reverse(shares[*place].1));
    let mut parts: Vec<i64> = shares
        .iter()
        .map(|(units, _)| i64::try_from(*units).unwrap_or(i64::MAX))
        .collect();
    for place in by_rest.into_iter().take(left) {
        parts[place] += 1;
    }
    if total < 0 {
        parts.iter_mut().for_each(|part| *part = -*part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_add_up_and_each_is_off_by_less_than_one(
            total in -1_000_000_000_000_i64..1_000_000_000_000,
            weights in prop::collection::vec(0..1_000_000_u64, 1..12),
        ) {
            let parts = allocate(total, &weights);
            let sum: u64 = weights.iter().sum();
            prop_assert_eq!(parts.iter().sum::<i64>(), if sum == 0 { 0 } else { total });
            for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                let exact = i128::from(total) * i128::from(*weight);
                let off = i128::from(*part) * i128::from(sum) - exact;
                prop_assert!(off.abs() < i128::from(sum));
            }
        }
    }
}
