//! A commit as one action per item: DynamoDB takes each item once in a transaction.

use std::collections::{BTreeMap, HashMap};

use bookpath_app::ports::{Expect, IndexKey, ItemKey, StoreError, Write};
use jiff::Timestamp;

use super::item::{
    BODY, EXPIRES_AT, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT, VERSION, index_sort,
};

/// Actions of a transaction.
const ACTIONS_MAX: usize = 100;
/// Bytes of a transaction's items together.
const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an item with its attributes' names.
const ITEM_BYTES_MAX: usize = 400 * 1024;
const PARTITION_BYTES_MAX: usize = 2048;
const SORT_BYTES_MAX: usize = 1024;

/// The action on one item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Action {
    pub(super) key: ItemKey,
    /// Every condition on the item as it was before the commit, and the place of its write in the commit.
    pub(super) expects: Vec<(usize, Expect)>,
    pub(super) change: Change,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Put {
        index: Option<IndexKey>,
        body: String,
        expires: Option<Timestamp>,
        /// By how much the version grows.
        puts: u64,
        /// An earlier write of the commit deletes the item: its versions start again.
        anew: bool,
    },
    Delete,
}

/// The actions of a commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) actions: Vec<Action>,
    pub(super) counts: BTreeMap<&'static str, i64>,
}

impl Plan {
    /// Folds the writes of one item into the last of them, and keeps every condition.
    ///
    /// # Errors
    /// [`StoreError::Refused`] names the limit that the commit exceeds.
    pub(super) fn new(writes: Vec<Write>) -> Result<Self, StoreError> {
        let mut plan = Self::default();
        let mut places: HashMap<ItemKey, usize> = HashMap::with_capacity(writes.len());
        for (position, write) in writes.into_iter().enumerate() {
            let (key, expect, change) = match write {
                Write::Put {
                    key,
                    index,
                    body,
                    expect,
                    expires,
                } => (
                    key,
                    expect,
                    Change::Put {
                        index,
                        body,
                        expires,
                        puts: 1,
                        anew: false,
                    },
                ),
                Write::Delete { key, expect } => (key, expect, Change::Delete),
                Write::Count { counter, by } => {
                    *plan.counts.entry(counter).or_insert(0) += by;
                    continue;
                }
            };
            let place = *places.entry(key.clone()).or_insert(plan.actions.len());
            if place == plan.actions.len() {
                plan.actions.push(Action {
                    key,
                    expects: vec![(position, expect)],
                    change,
                });
            } else {
                plan.actions[place].then(position, expect, change);
            }
        }
        plan.limited()?;
        Ok(plan)
    }

    fn limited(&self) -> Result<(), StoreError> {
        let actions = self.actions.len() + usize::from(!self.counts.is_empty());
        if actions > ACTIONS_MAX {
            return Err(StoreError::Refused(format!(
                "{actions} writes are more than the {ACTIONS_MAX} of a transaction"
            )));
        }
        let mut total = 0;
        for action in &self.actions {
            let bytes = action.bytes()?;
            if bytes > ITEM_BYTES_MAX {
                return Err(StoreError::Refused(format!(
                    "{} has {bytes} bytes, more than the {ITEM_BYTES_MAX} of an item",
                    action.name()
                )));
            }
            total += bytes;
        }
        if total > COMMIT_BYTES_MAX {
            return Err(StoreError::Refused(format!(
                "{total} bytes are more than the {COMMIT_BYTES_MAX} of a transaction"
            )));
        }
        Ok(())
    }
}

impl Action {
    /// A later write of the same commit to the same item.
    fn then(&mut self, position: usize, expect: Expect, later: Change) {
        self.expects.push((position, expect));
        self.change = match (&self.change, later) {
            (
                Change::Put { puts, anew, .. },
                Change::Put {
                    index,
                    body,
                    expires,
                    ..
                },
            ) => Change::Put {
                index,
                body,
                expires,
                puts: puts + 1,
                anew: *anew,
            },
            (
                Change::Delete,
                Change::Put {
                    index,
                    body,
                    expires,
                    ..
                },
            ) => Change::Put {
                index,
                body,
                expires,
                puts: 1,
                anew: true,
            },
            (_, Change::Delete) => Change::Delete,
        };
    }

    /// The condition of the whole action; `None` where anything may be there. Of two that differ the first is
    /// asked: they can't both hold, and [`Self::broken`] finds out which does not.
    pub(super) fn condition(&self) -> Option<Expect> {
        self.expects
            .iter()
            .map(|(_, expect)| *expect)
            .find(|expect| *expect != Expect::Any)
    }

    /// Whether two conditions exclude each other.
    pub(super) fn impossible(&self) -> bool {
        let mut conditions = self
            .expects
            .iter()
            .map(|(_, expect)| *expect)
            .filter(|expect| *expect != Expect::Any);
        let first = conditions.next();
        conditions.any(|other| Some(other) != first)
    }

    /// The first write whose condition does not hold of an item of this version; `None` is no item.
    pub(super) fn broken(&self, version: Option<u64>) -> Option<usize> {
        let holds = |expect: Expect| match expect {
            Expect::Any => true,
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version == Some(expected),
        };
        self.expects
            .iter()
            .find(|(_, expect)| !holds(*expect))
            .map(|(position, _)| *position)
    }

    /// The first write that has a condition at all.
    pub(super) fn first_condition(&self) -> Option<usize> {
        self.expects
            .iter()
            .find(|(_, expect)| *expect != Expect::Any)
            .map(|(position, _)| *position)
    }

    /// The part of a partition key before the `#`, for logs: behind it are hashes and addresses of people.
    fn name(&self) -> &str {
        self.key.pk.split('#').next().unwrap_or_default()
    }

    fn bytes(&self) -> Result<usize, StoreError> {
        let too_long = |what: &str, max: usize| {
            StoreError::Refused(format!(
                "{} has a {what} of more than {max} bytes",
                self.name()
            ))
        };
        let ItemKey { pk, sk } = &self.key;
        if pk.is_empty() || sk.is_empty() {
            return Err(StoreError::Refused(format!(
                "{} has an empty key",
                self.name()
            )));
        }
        if pk.len() > PARTITION_BYTES_MAX {
            return Err(too_long("partition key", PARTITION_BYTES_MAX));
        }
        if sk.len() > SORT_BYTES_MAX {
            return Err(too_long("sort key", SORT_BYTES_MAX));
        }
        let mut bytes = PARTITION.len() + pk.len() + SORT.len() + sk.len();
        if let Change::Put { index, body, .. } = &self.change {
            bytes += VERSION.len() + BODY.len() + body.len() + EXPIRES_AT.len() + 24;
            if let Some(index) = index {
                let sort = index_sort(&index.sort, &self.key);
                if index.partition.is_empty() || index.partition.len() > PARTITION_BYTES_MAX {
                    return Err(too_long("partition key of the index", PARTITION_BYTES_MAX));
                }
                if sort.len() > SORT_BYTES_MAX {
                    return Err(too_long("sort key of the index", SORT_BYTES_MAX));
                }
                bytes +=
                    INDEX_PARTITION.len() + index.partition.len() + INDEX_SORT.len() + sort.len();
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(sk: &str, body: &str, expect: Expect) -> Write {
        Write::Put {
            key: ItemKey::new("p#1", sk),
            index: None,
            body: body.to_owned(),
            expect,
            expires: None,
        }
    }

    fn delete(sk: &str, expect: Expect) -> Write {
        Write::Delete {
            key: ItemKey::new("p#1", sk),
            expect,
        }
    }

    fn refusal(writes: Vec<Write>) -> String {
        Plan::new(writes).unwrap_err().to_string()
    }

    #[test]
    fn writes_of_one_item_become_the_last_of_them() {
        let writes = vec![
            put("a", "1", Expect::Any),
            put("b", "1", Expect::Any),
            put("a", "2", Expect::Version(3)),
        ];
        let plan = Plan::new(writes).unwrap();
        let change = Change::Put {
            index: None,
            body: "2".to_owned(),
            expires: None,
            puts: 2,
            anew: false,
        };
        assert_eq!(plan.actions.len(), 2);
        assert_eq!(
            (&plan.actions[0].change, plan.actions[0].condition()),
            (&change, Some(Expect::Version(3)))
        );

        let plan = Plan::new(vec![
            delete("a", Expect::Any),
            put("a", "1", Expect::Any),
            put("a", "2", Expect::Any),
        ])
        .unwrap();
        assert!(matches!(
            plan.actions[0].change,
            Change::Put {
                puts: 2,
                anew: true,
                ..
            }
        ));
        let plan = Plan::new(vec![
            put("a", "1", Expect::Absent),
            delete("a", Expect::Any),
        ])
        .unwrap();
        assert_eq!(
            (&plan.actions[0].change, plan.actions[0].condition()),
            (&Change::Delete, Some(Expect::Absent))
        );
    }

    #[test]
    fn the_first_broken_condition_is_found() {
        let plan = Plan::new(vec![
            put("a", "1", Expect::Any),
            put("a", "2", Expect::Absent),
            put("a", "3", Expect::Version(2)),
        ])
        .unwrap();
        let action = &plan.actions[0];
        assert!(action.impossible());
        assert_eq!(
            (
                action.broken(None),
                action.broken(Some(2)),
                action.broken(Some(1))
            ),
            (Some(2), Some(1), Some(1))
        );
        let fine = Plan::new(vec![
            put("a", "1", Expect::Version(2)),
            put("a", "2", Expect::Version(2)),
        ])
        .unwrap();
        assert!(!fine.actions[0].impossible());
        assert_eq!(fine.actions[0].broken(Some(2)), None);
    }

    #[test]
    fn counts_add_up_and_take_one_action() {
        let count = |counter, by| Write::Count { counter, by };
        let plan = Plan::new(vec![count("x", 2), count("y", 1), count("x", -5)]).unwrap();
        assert_eq!(
            (plan.actions.len(), plan.counts),
            (0, BTreeMap::from([("x", -3), ("y", 1)]))
        );
    }

    #[test]
    fn every_limit_is_named() {
        let many = |n: usize| {
            (0..n)
                .map(|i| put(&i.to_string(), "x", Expect::Any))
                .collect::<Vec<_>>()
        };
        assert!(Plan::new(many(100)).is_ok());
        assert!(refusal(many(101)).contains("101 writes"));
        let mut counted = many(100);
        counted.push(Write::Count {
            counter: "x",
            by: 1,
        });
        assert!(refusal(counted).contains("101 writes"));
        assert!(
            refusal(vec![put("a", &"x".repeat(ITEM_BYTES_MAX), Expect::Any)])
                .starts_with("the store can't take this commit: p has")
        );
        let large = "x".repeat(390 * 1024);
        let heavy: Vec<Write> = (0..11)
            .map(|i| put(&i.to_string(), &large, Expect::Any))
            .collect();
        assert!(refusal(heavy).contains("of a transaction"));
        assert!(refusal(vec![put("", "x", Expect::Any)]).contains("empty key"));
        assert!(refusal(vec![put(&"s".repeat(1025), "x", Expect::Any)]).contains("sort key"));
    }
}
