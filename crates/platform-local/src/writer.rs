//! One thread writes: all commits that wait together share one transaction and one fsync.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use bookpath_app::ports::{Commit, Expect, ItemKey, StoreError, Write};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tokio::sync::{oneshot, watch};

/// Commits per transaction: bounds the wait of the first of them.
const GROUP_MAX: usize = 1024;

pub(crate) type Custom = Box<dyn FnOnce(&Connection) -> rusqlite::Result<()> + Send>;

enum Work {
    Commit(Commit),
    Custom(Custom),
}

struct Job {
    work: Work,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

/// The writing thread. Dropping this waits for the queued writes, then ends the thread.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Changes after every transaction that put records on the log.
    pub(crate) appended: std::sync::Arc<watch::Sender<u64>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Self {
        let (jobs, waiting) = channel();
        let appended = std::sync::Arc::new(watch::Sender::new(0));
        let told = appended.clone();
        let thread = std::thread::spawn(move || run(connection, &waiting, &told));
        Self {
            jobs: Some(jobs),
            thread: Some(thread),
            appended,
        }
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.submit(Work::Commit(commit)).await
    }

    /// Runs SQL of another kind in the same order as the commits.
    pub(crate) async fn custom(&self, work: Custom) -> Result<(), StoreError> {
        self.submit(Work::Custom(work)).await
    }

    async fn submit(&self, work: Work) -> Result<(), StoreError> {
        let gone = || StoreError::Unavailable("the database is closing".to_owned());
        let (reply, answer) = oneshot::channel();
        self.jobs
            .as_ref()
            .ok_or_else(gone)?
            .send(Job { work, reply })
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the database's writing thread panicked");
        }
    }
}

fn run(mut connection: Connection, waiting: &Receiver<Job>, appended: &watch::Sender<u64>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(job) = waiting.try_recv()
        {
            group.push(job);
        }
        transact(&mut connection, group, appended);
    }
}

fn transact(connection: &mut Connection, group: Vec<Job>, appended: &watch::Sender<u64>) {
    let mut replies = Vec::with_capacity(group.len());
    let mut works = Vec::with_capacity(group.len());
    for job in group {
        replies.push(job.reply);
        works.push(job.work);
    }
    match in_one_transaction(connection, works) {
        Ok((results, records)) => {
            if records > 0 {
                appended.send_modify(|transactions| *transactions += 1);
            }
            for (reply, result) in replies.into_iter().zip(results) {
                answer(reply, result);
            }
        }
        Err(error) => {
            tracing::error!(%error, "a transaction failed");
            for reply in replies {
                answer(reply, Err(StoreError::Unavailable(error.to_string())));
            }
        }
    }
}

/// A caller that was cancelled meanwhile gets no answer; its commit holds.
fn answer(reply: oneshot::Sender<Result<(), StoreError>>, result: Result<(), StoreError>) {
    if reply.send(result).is_err() {
        tracing::debug!("nobody waited for a commit's answer");
    }
}

type Outcome = (Vec<Result<(), StoreError>>, usize);

fn in_one_transaction(connection: &mut Connection, works: Vec<Work>) -> rusqlite::Result<Outcome> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut results = Vec::with_capacity(works.len());
    let mut records = 0;
    let mut counts: Vec<(&'static str, i64)> = Vec::new();
    for work in works {
        match work {
            Work::Commit(commit) => {
                let result = apply(&transaction, &commit, &mut counts)?;
                records += if result.is_ok() {
                    commit.records.len()
                } else {
                    0
                };
                results.push(result);
            }
            Work::Custom(work) => {
                work(&transaction)?;
                results.push(Ok(()));
            }
        }
    }
    for (name, by) in counts {
        let sql = "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
        transaction
            .prepare_cached(sql)?
            .execute(params![name, by])?;
    }
    transaction.commit()?;
    Ok((results, records))
}

/// Checks every condition before it writes, so a conflict changes nothing and the other commits of the group go on.
fn apply(
    connection: &Connection,
    commit: &Commit,
    counts: &mut Vec<(&'static str, i64)>,
) -> rusqlite::Result<Result<(), StoreError>> {
    for (position, write) in commit.writes.iter().enumerate() {
        if let Write::Put { key, expect, .. } | Write::Delete { key, expect } = write
            && !holds(connection, key, *expect)?
        {
            return Ok(Err(StoreError::Conflict(position)));
        }
    }
    add(counts, "store_writes", write_units(&commit.writes));
    for write in &commit.writes {
        match write {
            Write::Put {
                key,
                index,
                body,
                expires,
                ..
            } => {
                let sql = "INSERT INTO items VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6) ON CONFLICT (pk, sk) DO UPDATE SET version = version + 1, \
                           ix = excluded.ix, ix_sort = excluded.ix_sort, body = excluded.body, expires = excluded.expires";
                let (ix, sort) = index
                    .as_ref()
                    .map_or((None, None), |i| (Some(&i.partition), Some(&i.sort)));
                let expires = expires.map(jiff::Timestamp::as_second);
                connection
                    .prepare_cached(sql)?
                    .execute(params![key.pk, key.sk, ix, sort, body, expires])?;
            }
            Write::Delete { key, .. } => {
                connection
                    .prepare_cached("DELETE FROM items WHERE pk = ?1 AND sk = ?2")?
                    .execute(params![key.pk, key.sk])?;
            }
            Write::Count { counter, by } => add(counts, counter, *by),
        }
    }
    for record in &commit.records {
        let sql = "INSERT INTO log (partition_key, data) VALUES (?1, ?2)";
        connection
            .prepare_cached(sql)?
            .execute(params![record.partition_key, record.data])?;
    }
    Ok(Ok(()))
}

/// The write units that DynamoDB would charge for a commit: two for each kilobyte of an item, because a transaction
/// prepares and writes it, one more for each where it is in the index, and two for all counters together. The size of
/// what a write replaces is left out.
fn write_units(writes: &[Write]) -> i64 {
    let kilobytes = |bytes: usize| i64::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(i64::MAX);
    let of = |write: &Write| match write {
        Write::Put {
            key, index, body, ..
        } => {
            let size = kilobytes(key.pk.len() + key.sk.len() + body.len());
            if index.is_some() { 3 * size } else { 2 * size }
        }
        Write::Delete { .. } => 2,
        Write::Count { .. } => 0,
    };
    let counters = if writes
        .iter()
        .any(|write| matches!(write, Write::Count { .. }))
    {
        2
    } else {
        0
    };
    writes.iter().map(of).sum::<i64>() + counters
}

fn add(counts: &mut Vec<(&'static str, i64)>, counter: &'static str, by: i64) {
    match counts.iter_mut().find(|(name, _)| *name == counter) {
        Some((_, sum)) => *sum += by,
        None => counts.push((counter, by)),
    }
}

fn holds(connection: &Connection, key: &ItemKey, expect: Expect) -> rusqlite::Result<bool> {
    if expect == Expect::Any {
        return Ok(true);
    }
    let sql = "SELECT version FROM items WHERE pk = ?1 AND sk = ?2";
    let version: Option<u64> = connection
        .prepare_cached(sql)?
        .query_row(params![key.pk, key.sk], |row| row.get::<_, i64>(0))
        .optional()?
        .map(i64::unsigned_abs);
    Ok(match expect {
        Expect::Any => true,
        Expect::Absent => version.is_none(),
        Expect::Version(expected) => version == Some(expected),
    })
}
