//! The store port.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bookpath_app::ports::{
    ByteSearch, Commit, IndexKey, Item, ItemKey, Page, Query, Range, Store, StoreError,
};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use crate::Database;
use crate::carriers::remove_letters;

/// Items that a scan reads at once.
const SCAN_PAGE: usize = 1000;
const COLUMNS: &str = "pk, sk, version, ix, ix_sort, body";

#[async_trait]
impl Store for Database {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM items WHERE pk = ?1 AND sk = ?2");
            connection
                .prepare_cached(&sql)?
                .query_row(params![key.pk, key.sk], item)
                .optional()
        })
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let (sql, values) = statement(query);
        let mut items = self.read(|connection| {
            let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
            connection
                .prepare_cached(&sql)?
                .query_map(values.as_slice(), item)?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        let next = if more {
            items.last().map(|last| cursor(&query.range, last))
        } else {
            None
        };
        Ok(Page { items, next })
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if commit.writes.is_empty() && commit.records.is_empty() {
            return Ok(());
        }
        self.writer.commit(commit).await
    }

    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT name, value FROM counters ORDER BY name")?;
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
        let mut after = ItemKey::new("", "");
        loop {
            let items = self.read(|connection| page_after(connection, &after))?;
            let Some(last) = items.last() else {
                return Ok(());
            };
            after = last.key.clone();
            items.into_iter().for_each(&mut *each);
        }
    }

    async fn drop_leftovers(&self, named: &ByteSearch<'_>) -> Result<usize, StoreError> {
        remove_letters(self, named).await?;
        let emptied = self.empty_finished(named).await?;
        self.truncate_wal()?;
        Ok(emptied)
    }
}

/// The next items of a scan.
fn page_after(connection: &Connection, after: &ItemKey) -> rusqlite::Result<Vec<Item>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM items WHERE (pk, sk) > (?1, ?2) ORDER BY pk, sk LIMIT {SCAN_PAGE}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![after.pk, after.sk], item)?;
    rows.collect()
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let partition: Option<String> = row.get(3)?;
    let sort: Option<String> = row.get(4)?;
    Ok(Item {
        key: ItemKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?),
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        index: partition
            .zip(sort)
            .map(|(partition, sort)| IndexKey { partition, sort }),
        body: row.get(5)?,
    })
}

/// Separates the parts of a cursor; no key contains it.
const SEPARATOR: char = '\u{1f}';

fn cursor(range: &Range, last: &Item) -> String {
    match range {
        Range::Prefix { .. } => last.key.sk.clone(),
        Range::Index { .. } => {
            let sort = last.index.as_ref().map_or("", |index| index.sort.as_str());
            format!("{sort}{SEPARATOR}{}{SEPARATOR}{}", last.key.pk, last.key.sk)
        }
    }
}

/// Asks for one more row than wanted: it tells whether there is a next page.
fn statement(query: &Query) -> (String, Vec<String>) {
    let (order, beyond) = if query.descending {
        ("DESC", "<")
    } else {
        ("ASC", ">")
    };
    let limit = query.limit.saturating_add(1);
    match &query.range {
        Range::Prefix { pk, sk_prefix } => {
            let mut values = vec![
                pk.clone(),
                sk_prefix.clone(),
                format!("{sk_prefix}\u{10ffff}"),
            ];
            let mut sql =
                format!("SELECT {COLUMNS} FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3");
            if let Some(after) = &query.after {
                values.push(after.clone());
                sql += &format!(" AND sk {beyond} ?4");
            }
            (format!("{sql} ORDER BY sk {order} LIMIT {limit}"), values)
        }
        Range::Index {
            partition,
            from,
            to,
        } => {
            let mut values = vec![partition.clone()];
            let mut sql = format!("SELECT {COLUMNS} FROM items WHERE ix = ?1 AND ix IS NOT NULL");
            for (bound, sign) in [(from, ">="), (to, "<=")] {
                if let Some(bound) = bound {
                    values.push(bound.clone());
                    sql += &format!(" AND ix_sort {sign} ?{}", values.len());
                }
            }
            if let Some(after) = &query.after {
                let mut parts = after.splitn(3, SEPARATOR);
                let n = values.len();
                values.extend((0..3).map(|_| parts.next().unwrap_or_default().to_owned()));
                sql += &format!(
                    " AND (ix_sort, pk, sk) {beyond} (?{}, ?{}, ?{})",
                    n + 1,
                    n + 2,
                    n + 3
                );
            }
            (
                format!("{sql} ORDER BY ix_sort {order}, pk {order}, sk {order} LIMIT {limit}"),
                values,
            )
        }
    }
}
