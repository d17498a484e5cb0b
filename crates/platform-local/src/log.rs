//! The event log port.

use async_trait::async_trait;
use bookpath_app::inbox::consumers::{REACT, WRITE_BRONZE};
use bookpath_app::ports::{Batch, ByteSearch, EventLog, LogRecord, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Database;

/// Records that one call deletes at most, because other writes wait for the same thread.
const TRIM_MAX: i64 = 10_000;
/// Records that an erasure reads at once.
const PAGE: i64 = 1000;

impl Database {
    /// Changes whenever this process has put records on the log.
    #[must_use]
    pub fn appended(&self) -> tokio::sync::watch::Receiver<u64> {
        self.writer.appended.subscribe()
    }

    /// Deletes the records that every consumer in `required` has finished; a consumer that never ran has finished none. The
    /// bodies stay in the archive, which an erasure reaches.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trim_log(&self, required: &[&str]) -> Result<(), StoreError> {
        let finished = self.read(finished)?;
        let complete = required
            .iter()
            .all(|name| finished.iter().any(|(known, _)| known == name));
        let least = finished.iter().map(|(_, done)| *done).min();
        let Some(upto) = least.filter(|upto| complete && *upto > 0) else {
            return Ok(());
        };
        let sql = "DELETE FROM log WHERE seq <= ?1 AND seq < (SELECT min(seq) FROM log) + ?2";
        self.writer
            .custom(Box::new(move |connection| {
                connection.execute(sql, params![upto, TRIM_MAX]).map(drop)
            }))
            .await
    }

    /// Empties the records for which `named` holds, as far as the consumers are done with them; how many. The recovery of
    /// raw files passes over an empty record.
    pub(crate) async fn empty_finished(&self, named: &ByteSearch<'_>) -> Result<usize, StoreError> {
        let places = self.read(finished)?;
        let of = |consumer: &str| places.iter().find(|(name, _)| name == consumer);
        let (Some((_, bronze)), Some((_, react))) = (of(WRITE_BRONZE), of(REACT)) else {
            return Ok(0);
        };
        let (upto, mut after, mut emptied) = (*bronze.min(react), 0, 0);
        loop {
            let page = self.read(|connection| records(connection, after, upto, PAGE))?;
            let Some(last) = page.last() else {
                return Ok(emptied);
            };
            after = last.sequence.parse().unwrap_or(i64::MAX);
            let found = page.iter().filter(|record| named(&record.data));
            let found: Vec<String> = found.map(|record| record.sequence.clone()).collect();
            emptied += found.len();
            self.empty(found).await?;
        }
    }

    async fn empty(&self, sequences: Vec<String>) -> Result<(), StoreError> {
        let sql = "UPDATE log SET partition_key = '', data = x'' WHERE seq = ?1";
        self.writer
            .custom(Box::new(move |connection| {
                let mut statement = connection.prepare_cached(sql)?;
                sequences
                    .iter()
                    .try_for_each(|sequence| statement.execute([sequence]).map(drop))
            }))
            .await
    }
}

/// How far each consumer is.
fn finished(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut statement = connection.prepare_cached("SELECT name, done FROM consumers")?;
    let places = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    places.collect()
}

#[async_trait]
impl EventLog for Database {
    async fn claim(&self, consumer: &str, max: usize) -> Result<Batch, StoreError> {
        let (done, claimed) = self.read(|connection| place(connection, consumer))?;
        let claimed = if claimed > done {
            claimed
        } else {
            let upto = self.read(|connection| last_of_next(connection, done, max))?;
            let Some(upto) = upto else {
                return Ok(Batch::default());
            };
            let consumer = consumer.to_owned();
            self.writer
                .custom(Box::new(move |connection| {
                    claim(connection, &consumer, upto)
                }))
                .await?;
            upto
        };
        let records = self.read(|connection| records(connection, done, claimed, i64::MAX))?;
        Ok(Batch { records })
    }

    async fn finish(&self, consumer: &str) -> Result<(), StoreError> {
        let consumer = consumer.to_owned();
        let sql = "UPDATE consumers SET done = claimed WHERE name = ?1";
        self.writer
            .custom(Box::new(move |connection| {
                connection.execute(sql, [consumer]).map(drop)
            }))
            .await
    }

    async fn backlog(&self, consumer: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let (done, _) = place(connection, consumer)?;
            let count: i64 = connection
                .prepare_cached("SELECT count(*) FROM log WHERE seq > ?1")?
                .query_row([done], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
    }
}

fn place(connection: &Connection, consumer: &str) -> rusqlite::Result<(i64, i64)> {
    let sql = "SELECT done, claimed FROM consumers WHERE name = ?1";
    let found = connection
        .prepare_cached(sql)?
        .query_row([consumer], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or((0, 0)))
}

fn last_of_next(connection: &Connection, done: i64, max: usize) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(seq) FROM (SELECT seq FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2)";
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    connection
        .prepare_cached(sql)?
        .query_row(params![done, limit], |row| row.get(0))
}

fn claim(connection: &Connection, consumer: &str, upto: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO consumers VALUES (?1, 0, ?2) ON CONFLICT (name) DO UPDATE SET claimed = excluded.claimed";
    connection
        .prepare_cached(sql)?
        .execute(params![consumer, upto])
        .map(drop)
}

fn records(
    connection: &Connection,
    after: i64,
    upto: i64,
    limit: i64,
) -> rusqlite::Result<Vec<LogRecord>> {
    let sql = "SELECT seq, data FROM log WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([after, upto, limit], |row| {
        Ok(LogRecord {
            sequence: row.get::<_, i64>(0)?.to_string(),
            data: row.get(1)?,
        })
    })?;
    rows.collect()
}
