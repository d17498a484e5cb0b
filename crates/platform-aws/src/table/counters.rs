//! Counters, spread over many items.
//!
//! A transaction adds all its counts to one item, in the transaction itself, so none is lost. Two transactions that
//! meet at one item conflict, so there are many items, and a retry takes the next one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use bookpath_app::ports::{ItemKey, StoreError};

use super::item::{self, Attributes, PARTITION, SORT};

/// Items that share the counts, each a partition of its own.
const SHARDS: usize = 64;

/// Which item the next transaction counts in. Processes start at different ones.
#[derive(Debug, Clone)]
pub(super) struct Shards {
    next: Arc<AtomicUsize>,
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            next: Arc::new(AtomicUsize::new(fastrand::usize(..SHARDS))),
        }
    }
}

impl Shards {
    /// Steps of 25 visit every one of 64 before they come back.
    pub(super) fn next(&self) -> ItemKey {
        shard(self.next.fetch_add(25, Ordering::Relaxed) % SHARDS)
    }
}

fn shard(number: usize) -> ItemKey {
    ItemKey::new(format!("counters#{number:02}"), "row")
}

pub(super) fn keys() -> Vec<Attributes> {
    (0..SHARDS)
        .map(|number| item::key(&shard(number)))
        .collect()
}

/// Every counter of these items and its value, by name.
pub(super) fn sum(shards: Vec<Attributes>) -> Result<Vec<(String, i64)>, StoreError> {
    let mut sums = BTreeMap::new();
    for (name, value) in shards.into_iter().flat_map(HashMap::into_iter) {
        if name == PARTITION || name == SORT {
            continue;
        }
        let AttributeValue::N(text) = &value else {
            return Err(StoreError::Corrupt(format!(
                "the counter {name} is no number"
            )));
        };
        let value: i64 = text
            .parse()
            .map_err(|_| StoreError::Corrupt(format!("the counter {name} is {text}")))?;
        *sums.entry(name).or_insert(0) += value;
    }
    Ok(sums.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_is_used_and_read_once() {
        let shards = Shards::default();
        let used: std::collections::BTreeSet<ItemKey> =
            (0..SHARDS).map(|_| shards.next()).collect();
        assert_eq!(used.len(), SHARDS);
        assert_eq!(keys().len(), SHARDS);
        assert!(used.iter().all(|key| keys().contains(&item::key(key))));
    }

    #[test]
    fn shards_add_up_by_name() {
        let shard = |name: &str, n: i64| {
            let mut attributes = item::key(&shard(1));
            attributes.insert(name.to_owned(), item::number(n));
            attributes
        };
        let sums = sum(vec![shard("b", 2), shard("a", 1), shard("b", -5)]).unwrap();
        assert_eq!(sums, [("a".to_owned(), 1), ("b".to_owned(), -3)]);
        let mut broken = shard("b", 2);
        broken.insert("a".to_owned(), item::text("x"));
        assert!(matches!(sum(vec![broken]), Err(StoreError::Corrupt(_))));
    }
}
