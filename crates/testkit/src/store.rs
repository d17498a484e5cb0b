//! The store and the log in one map behind one lock, so that a commit is one transaction.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bookpath_ports::{
    Commit, Expect, IndexKey, Item, ItemKey, LogEntry, Page, Query, Range, Store, StoreError, Write,
};
use jiff::Timestamp;

/// Between the parts of a cursor: no key holds it.
const SEPARATOR: char = '\u{1f}';

#[derive(Debug, Default)]
pub(crate) struct Tables {
    items: BTreeMap<ItemKey, Stored>,
    counters: BTreeMap<&'static str, i64>,
    pub(crate) records: Vec<LogEntry>,
    /// Consumer to the records that it has finished and those that it has claimed.
    pub(crate) places: BTreeMap<String, (usize, usize)>,
    /// Commits that fail from now on.
    refused: u32,
    /// What another process writes just before the next commit.
    meanwhile: Vec<Write>,
}

#[derive(Debug, Clone)]
struct Stored {
    item: Item,
    expires: Option<Timestamp>,
}

/// A store and a log in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next `count` commits fail as unavailable; nothing of them is written.
    pub fn refuse(&self, count: u32) {
        self.lock().refused = count;
    }

    /// Another process commits `writes` after the next commit was planned and before it is made.
    pub fn meanwhile(&self, writes: Vec<Write>) {
        self.lock().meanwhile = writes;
    }

    /// Removes what expired before `at`.
    pub fn purge(&self, at: Timestamp) {
        let kept = |stored: &Stored| stored.expires.is_none_or(|expires| expires >= at);
        self.lock().items.retain(|_, stored| kept(stored));
    }

    /// Every item whose partition key starts so, in the order of their keys.
    #[must_use]
    pub fn items(&self, pk_prefix: &str) -> Vec<Item> {
        let found = |(key, stored): (&ItemKey, &Stored)| {
            key.pk.starts_with(pk_prefix).then(|| stored.item.clone())
        };
        self.lock().items.iter().filter_map(found).collect()
    }

    /// The value of a counter.
    #[must_use]
    pub fn counter(&self, name: &str) -> i64 {
        self.lock().counters.get(name).copied().unwrap_or(0)
    }
}

impl Tables {
    fn holds(&self, key: &ItemKey, expect: Expect) -> bool {
        let version = self.items.get(key).map(|stored| stored.item.version);
        match expect {
            Expect::Any => true,
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version == Some(expected),
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Put {
                key,
                index,
                body,
                expires,
                ..
            } => {
                let version = self.items.get(&key).map_or(1, |s| s.item.version + 1);
                let item = Item {
                    key: key.clone(),
                    version,
                    index,
                    body,
                };
                self.items.insert(key, Stored { item, expires });
            }
            Write::Delete { key, .. } => {
                self.items.remove(&key);
            }
            Write::Count { counter, by } => *self.counters.entry(counter).or_default() += by,
        }
    }

    /// Items of a range with their place in it, in ascending order.
    fn range(&self, range: &Range) -> Vec<(String, Item)> {
        let place = |item: &Item| match range {
            Range::Prefix { pk, sk_prefix } => {
                let inside = item.key.pk == *pk && item.key.sk.starts_with(sk_prefix);
                inside.then(|| item.key.sk.clone())
            }
            Range::Index {
                partition,
                from,
                to,
            } => {
                let IndexKey {
                    partition: own,
                    sort,
                } = item.index.as_ref()?;
                let inside = own == partition
                    && from.as_ref().is_none_or(|from| sort >= from)
                    && to.as_ref().is_none_or(|to| sort <= to);
                let (pk, sk) = (&item.key.pk, &item.key.sk);
                inside.then(|| format!("{sort}{SEPARATOR}{pk}{SEPARATOR}{sk}"))
            }
        };
        let mut found: Vec<(String, Item)> = self
            .items
            .values()
            .filter_map(|stored| Some((place(&stored.item)?, stored.item.clone())))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        Ok(self.lock().items.get(key).map(|stored| stored.item.clone()))
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let mut found = self.lock().range(&query.range);
        if query.descending {
            found.reverse();
        }
        if let Some(after) = &query.after {
            found.retain(|(place, _)| {
                if query.descending {
                    place < after
                } else {
                    place > after
                }
            });
        }
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let last = found.last().map(|(place, _)| place.clone());
        Ok(Page {
            items: found.into_iter().map(|(_, item)| item).collect(),
            next: last.filter(|_| more),
        })
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let mut tables = self.lock();
        if tables.refused > 0 {
            tables.refused -= 1;
            return Err(StoreError::Unavailable("a test says so".to_owned()));
        }
        for write in std::mem::take(&mut tables.meanwhile) {
            tables.write(write);
        }
        for (position, write) in commit.writes.iter().enumerate() {
            if let Write::Put { key, expect, .. } | Write::Delete { key, expect } = write
                && !tables.holds(key, *expect)
            {
                return Err(StoreError::Conflict(position));
            }
        }
        for write in commit.writes {
            tables.write(write);
        }
        tables.records.extend(commit.records);
        Ok(())
    }

    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let named = |(name, value): (&&'static str, &i64)| ((*name).to_owned(), *value);
        Ok(self.lock().counters.iter().map(named).collect())
    }

    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
        for item in self.items("") {
            each(item);
        }
        Ok(())
    }
}
