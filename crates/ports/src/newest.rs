//! The newest items of some index partitions as one list, read page by page.

use jiff::Timestamp;

use super::store::{Item, Query, Range, Store};
use super::store_error::StoreError;

/// Items that a page of a person's search looks at, at most, however few of them fit. Such a page may be short; the
/// search goes on at its cursor.
pub const LOOK_AT_MAX: usize = 20_000;

/// Items of one question to the store.
const BATCH_MAX: usize = 1_000;

/// A page of a list over index partitions.
#[derive(Debug, Clone)]
pub struct Newest {
    /// Partitions of the index whose sort keys are of one kind.
    pub partitions: Vec<String>,
    /// The least sort key, inclusive; `None` is open.
    pub from: Option<String>,
    /// The greatest sort key, inclusive; `None` is open.
    pub to: Option<String>,
    /// Where the page before said that this one begins.
    pub cursor: Option<String>,
    /// Items that are wanted, at most.
    pub limit: usize,
    /// Items that are looked at, at most, over all partitions: [`LOOK_AT_MAX`], or `usize::MAX` where none may be
    /// missed.
    pub look_at: usize,
}

impl Newest {
    /// The first page of partitions as a whole.
    #[must_use]
    pub const fn new(partitions: Vec<String>, limit: usize) -> Self {
        Self {
            partitions,
            from: None,
            to: None,
            cursor: None,
            limit,
            look_at: usize::MAX,
        }
    }

    /// The same, of a time: the sort keys begin with an instant, and both bounds belong to it.
    #[must_use]
    pub fn between(mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        self.from = from.map(|at| format!("{at:.6}#"));
        self.to = to.map(|at| format!("{at:.6}#\u{10ffff}"));
        self
    }

    /// The same for a person's search: no more than [`LOOK_AT_MAX`] items are looked at.
    #[must_use]
    pub fn search(mut self, cursor: Option<String>) -> Self {
        (self.cursor, self.look_at) = (cursor, LOOK_AT_MAX);
        self
    }

    /// The items that `wanted` makes a row of, by descending sort key, and where the next page begins: `None` where
    /// there are no more.
    ///
    /// # Errors
    /// As [`Store::query`]; those of `wanted`.
    pub async fn page<T>(
        &self,
        store: &dyn Store,
        wanted: &(dyn Fn(&Item) -> Result<Option<T>, StoreError> + Send + Sync),
    ) -> Result<(Vec<T>, Option<String>), StoreError>
    where
        T: Send,
    {
        let mut found = Vec::new();
        // Every partition has been looked at from the cursor down to here.
        let mut looked_to = None;
        let mut left = self.look_at;
        for (at, partition) in self.partitions.iter().enumerate() {
            // What the small ones leave is for those that come after them. One item may be that of the cursor, which
            // belongs to the page before.
            let share = (left / (self.partitions.len() - at)).max(2);
            let (looked, stopped_at) = self
                .look(store, partition, share, wanted, &mut found)
                .await?;
            left = left.saturating_sub(looked);
            looked_to = looked_to.max(stopped_at);
        }
        if let Some(to) = &looked_to {
            found.retain(|(sort, _)| sort >= to);
        }
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        let next = match found.get(self.limit.max(1) - 1) {
            Some((last, _)) if found.len() > self.limit => Some(last.clone()),
            _ => looked_to,
        };
        found.truncate(self.limit);
        Ok((found.into_iter().map(|(_, row)| row).collect(), next))
    }

    /// Adds the wanted rows of one partition, one more than the limit at most. How many items it looked at, and the sort
    /// key at which it stopped because those were `enough`.
    async fn look<T>(
        &self,
        store: &dyn Store,
        partition: &str,
        enough: usize,
        wanted: &(dyn Fn(&Item) -> Result<Option<T>, StoreError> + Send + Sync),
        found: &mut Vec<(String, T)>,
    ) -> Result<(usize, Option<String>), StoreError>
    where
        T: Send,
    {
        let mut query = self.first(partition, enough);
        let (mut looked, mut rows) = (0, 0);
        loop {
            let page = store.query(&query).await?;
            looked += page.items.len();
            let mut last = None;
            for item in page.items {
                let Some(sort) = item.index.as_ref().map(|index| index.sort.clone()) else {
                    continue;
                };
                last = Some(sort.clone());
                if self.cursor.as_ref().is_some_and(|cursor| sort >= *cursor) {
                    continue;
                }
                let Some(row) = wanted(&item)? else { continue };
                found.push((sort, row));
                rows += 1;
                if rows > self.limit {
                    return Ok((looked, None));
                }
            }
            match page.next {
                None => return Ok((looked, None)),
                Some(_) if looked >= enough => return Ok((looked, last)),
                Some(next) => query.after = Some(next),
            }
            // What is wanted is rare.
            query.limit = (query.limit * 2).min(BATCH_MAX);
        }
    }

    /// The first items of a partition, no more than `enough`.
    fn first(&self, partition: &str, enough: usize) -> Query {
        let to = match (&self.to, &self.cursor) {
            (Some(to), Some(cursor)) => Some(to.min(cursor)),
            (to, cursor) => to.as_ref().or(cursor.as_ref()),
        };
        let range = Range::Index {
            partition: partition.to_owned(),
            from: self.from.clone(),
            to: to.cloned(),
        };
        Query {
            range,
            descending: true,
            limit: (self.limit + 2).min(BATCH_MAX).min(enough),
            after: None,
        }
    }
}
