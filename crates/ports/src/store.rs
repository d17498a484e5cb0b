//! The operational store: items by key, one sparse index, conditional commits (docs/adr/0001-one-table-store.md).
//!
//! Small enough that DynamoDB and SQLite both serve it exactly; typed repositories sit above it.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::byte_search::ByteSearch;
use super::log::LogEntry;
use super::store_error::StoreError;

/// Partition key and sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    pub pk: String,
    pub sk: String,
}

impl ItemKey {
    #[must_use]
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }
}

/// Place of an item in the index; an item without one is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey {
    pub partition: String,
    pub sort: String,
}

/// One stored item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub key: ItemKey,
    /// Grows by one with every write; 1 after the first.
    pub version: u64,
    pub index: Option<IndexKey>,
    /// JSON.
    pub body: String,
}

impl Item {
    /// The body as a typed row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the body is of another shape: a bug, or a store of another release.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.body)
            .map_err(|e| StoreError::Corrupt(format!("{}/{}: {e}", self.key.pk, self.key.sk)))
    }
}

/// What must hold of an item for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Any,
    Absent,
    Version(u64),
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Put {
        key: ItemKey,
        index: Option<IndexKey>,
        body: String,
        expect: Expect,
        /// The store may remove the item after this instant, at its leisure: who reads it compares for itself.
        expires: Option<Timestamp>,
    },
    Delete {
        key: ItemKey,
        expect: Expect,
    },
    /// Adds to a named counter; commutes, so it never conflicts.
    Count {
        counter: &'static str,
        by: i64,
    },
}

impl Write {
    /// A put of a typed row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the row can't be JSON (a map with keys that are no text): a bug.
    pub fn put<T: Serialize>(
        key: ItemKey,
        index: Option<IndexKey>,
        row: &T,
        expect: Expect,
    ) -> Result<Self, StoreError> {
        let body = serde_json::to_string(row)
            .map_err(|e| StoreError::Corrupt(format!("{}/{}: {e}", key.pk, key.sk)))?;
        Ok(Self::Put {
            key,
            index,
            body,
            expect,
            expires: None,
        })
    }

    /// Writes nothing; the commit it is part of holds only while there is no item under `key`.
    #[must_use]
    pub const fn unless_there(key: ItemKey) -> Self {
        Self::Delete {
            key,
            expect: Expect::Absent,
        }
    }

    /// The same put, of an item that nobody needs after `at`.
    #[must_use]
    pub fn expiring(mut self, at: Timestamp) -> Self {
        if let Self::Put { expires, .. } = &mut self {
            *expires = Some(at);
        }
        self
    }
}

/// Writes and stream records of one decision.
///
/// Embedded both are one transaction: a record is on the stream if and only if the writes hold. Where store and
/// stream are two services the adapter asks both at once and succeeds only if both did. After an error either
/// may have happened alone, so the caller commits again or has its own caller do so, and a reader of the stream
/// may meet
/// - a record whose writes did not hold, or do not hold yet: its commit met a conflict, or is still at work;
/// - a record more than once.
///
/// Guarantee: if `commit` returned `Ok`, its records are on the stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    pub writes: Vec<Write>,
    pub records: Vec<LogEntry>,
}

impl Commit {
    /// A commit of writes only.
    #[must_use]
    pub const fn new(writes: Vec<Write>) -> Self {
        Self {
            writes,
            records: Vec::new(),
        }
    }
}

/// Where a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// Items of a partition whose sort key starts so, by sort key.
    Prefix { pk: String, sk_prefix: String },
    /// Items of an index partition, by index sort key; both bounds inclusive, `None` is open.
    Index {
        partition: String,
        from: Option<String>,
        to: Option<String>,
    },
}

/// A page of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub range: Range,
    pub descending: bool,
    /// At most this many items.
    pub limit: usize,
    /// `next` of the page before.
    pub after: Option<String>,
}

impl Query {
    /// The first page of a partition, ascending.
    #[must_use]
    pub fn prefix(pk: impl Into<String>, sk_prefix: impl Into<String>, limit: usize) -> Self {
        let range = Range::Prefix {
            pk: pk.into(),
            sk_prefix: sk_prefix.into(),
        };
        Self {
            range,
            descending: false,
            limit,
            after: None,
        }
    }

    /// The first page of an index partition, ascending.
    #[must_use]
    pub fn index(partition: impl Into<String>, limit: usize) -> Self {
        let range = Range::Index {
            partition: partition.into(),
            from: None,
            to: None,
        };
        Self {
            range,
            descending: false,
            limit,
            after: None,
        }
    }
}

/// Items and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub items: Vec<Item>,
    pub next: Option<String>,
}

/// The operational store.
#[async_trait]
pub trait Store: Send + Sync {
    /// The item, as of some moment after the call began.
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError>;

    /// Each item as [`Store::get`] answers it, in the order of the keys.
    async fn get_many(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            items.push(self.get(key).await?);
        }
        Ok(items)
    }

    /// One page of items. An index may lag behind the items for a moment, so who decides on what it answered commits
    /// under the version that it read.
    async fn query(&self, query: &Query) -> Result<Page, StoreError>;

    /// All of the commit or none of it; durable when it returns.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// Every counter and its value.
    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError>;

    /// Shows every item, counters aside, in no order. For what has to look at everything, as an erasure has; items that
    /// change meanwhile may be shown as they were or as they are.
    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError>;

    /// Removes what the platform keeps beside the items although nobody asks for it any more: records of the log for which
    /// `named` holds and that every consumer is done with, e-mails that a stand-in kept, and what deleted items left in
    /// files. How many records it emptied. A service that forgets by itself, after its own time, does nothing here.
    async fn drop_leftovers(&self, named: &ByteSearch<'_>) -> Result<usize, StoreError> {
        let _by_itself = named;
        Ok(0)
    }
}

/// Every item of a query, page by page. For partitions that are small by design.
///
/// # Errors
/// As [`Store::query`].
pub async fn all(store: &dyn Store, mut query: Query) -> Result<Vec<Item>, StoreError> {
    let mut items = Vec::new();
    loop {
        let page = store.query(&query).await?;
        items.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(items),
        }
    }
}

/// Rounds of a write that is read and decided anew whenever it met another one. Writers that meet each other settle in
/// one round each, so more rounds than these are a bug.
#[derive(Debug)]
pub struct Rounds {
    left: u32,
    met: &'static str,
}

impl Rounds {
    const MAX: u32 = 64;

    /// `met` says in the error what kept the write from holding: `the fact kept meeting others of the same booking`.
    #[must_use]
    pub const fn new(met: &'static str) -> Self {
        Self {
            left: Self::MAX,
            met,
        }
    }

    /// Begins a round.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there were too many.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| StoreError::Unavailable(self.met.to_owned()))?;
        Ok(())
    }
}

/// Whether a commit held; `false` when it met another state, which is reason for another round.
///
/// # Errors
/// Every other [`StoreError`].
pub fn held(result: Result<(), StoreError>) -> Result<bool, StoreError> {
    match result {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
