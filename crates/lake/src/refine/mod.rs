//! Bronze to silver: keyed upserts of invitees, refused records, ad spend.

mod aged;
mod bulk;
mod chains;
mod fold;
mod merge;
mod payments;
mod read;
mod rebuild;
mod rejects;
mod session;
mod spend;
pub(crate) mod state;
pub(crate) mod write;

use std::pin::pin;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::TryStreamExt;

pub use payments::PaymentRow;
pub use spend::{SpendReport, SpendRow};

use crate::delta::log::{DataFile, Edit, TableState};
use crate::delta::recover::UNPLACED;
use crate::error::{LakeError, Result};
use crate::hash::hash64;
use crate::lake::{Lake, LakeRules, RunInput};
use crate::plan;
use crate::report::{RunReport, TableReport};
use crate::row::Rows;
use crate::schema::Table;
use crate::silver::columns::Encoder;
use crate::silver::file::Format;
use crate::store::Store;
use crate::time::{NO_TIME, Zone, instant};
use read::{Counts, Rejected};
use session::Session;
use state::{RefineState, changes_key};

/// Application id of the Delta transactions of batches.
const APP_ID: &str = "bookpath-refine";
/// Encoded files wait for one another up to this many bytes, to be written together. Few, so that the next ones get
/// their memory.
const PENDING_BYTES_MAX: usize = 512 * 1024;

/// What a run puts into the tables, before it is committed.
#[derive(Default)]
struct Outcome {
    add: Vec<DataFile>,
    remove: Vec<String>,
    rows: u64,
    keys: u64,
    counts: Counts,
    rejected: Vec<Rejected>,
    spend: Vec<SpendRow>,
    /// Hashes of the spend objects read.
    spend_objects: Vec<u64>,
}

/// Keys of a run by what they hold.
struct Inputs {
    events: Vec<String>,
    spend: Vec<String>,
}

impl Inputs {
    fn of(keys: impl Iterator<Item = String>) -> Self {
        let mut inputs = Self {
            events: Vec::new(),
            spend: Vec::new(),
        };
        for key in keys {
            if read::is_events(&key) {
                inputs.events.push(key);
            } else if read::is_spend(&key) {
                inputs.spend.push(key);
            }
        }
        inputs.spend.sort();
        inputs
    }
}

impl Lake {
    /// Applies a batch of bronze objects, and what time alone changed up to `as_of`, to silver.
    ///
    /// A batch that was applied already is not read again. Nothing is committed when nothing changed.
    ///
    /// # Errors
    /// [`LakeError::AsOfWentBack`], [`LakeError::RulesChanged`], and whatever the store refuses; a retry finishes
    /// what was begun.
    pub async fn refine(&self, input: &RunInput<'_>) -> Result<RunReport> {
        let (as_of, now) = (input.as_of.as_microsecond(), input.now.as_microsecond());
        let mut state = self.refine_state(input.rules, as_of).await?;
        let fresh = input.batch > state.batch;
        let keys = input
            .objects
            .iter()
            .filter(|_| fresh)
            .map(|o| o.key.clone());
        let inputs = Inputs::of(keys);
        let mut outcome = Outcome::default();
        self.read_spend(&state, &inputs, &mut outcome).await?;
        let before = state.clone();
        if state.invitees.files.is_empty() && !inputs.events.is_empty() {
            self.bulk(
                &mut state,
                inputs.events,
                input.rules,
                (as_of, now),
                &mut outcome,
            )
            .await?;
        } else {
            self.increment(
                &before,
                &mut state,
                &inputs.events,
                input.rules,
                (as_of, now),
                &mut outcome,
            )
            .await?;
        }
        if fresh && !input.objects.is_empty() {
            state.batch = input.batch;
        }
        self.commit_silver(before, state, outcome, as_of, now).await
    }

    /// Records what was spent on advertising. Equal amounts change nothing; revisions are kept.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn append_ad_spend(
        &self,
        rows: &[SpendRow],
        rules: &LakeRules,
        now: jiff::Timestamp,
    ) -> Result<SpendReport> {
        let now_us = now.as_microsecond();
        let mut state = match plan::load::<RefineState>(&self.store).await? {
            Some(state) => state,
            None => RefineState::new(&rules.zone_name(), NO_TIME),
        };
        let before = state.clone();
        let (report, revisions) = spend::apply(&mut state, rows);
        if !revisions.is_empty() {
            let as_of = state.as_of;
            let mut commits = Vec::new();
            let batch = spend::batch(&revisions, now_us)?;
            commits.push(
                self.append(&mut state.ad_spend, Table::AdSpend, &batch, (as_of, now_us))
                    .await?,
            );
            debug_assert!(before.ad_spend.version < state.ad_spend.version);
            plan::save(&self.store, state, commits).await?;
        }
        Ok(report)
    }

    async fn refine_state(&self, rules: &LakeRules, as_of: i64) -> Result<RefineState> {
        let Some(state) = plan::load::<RefineState>(&self.store).await? else {
            return Ok(RefineState::new(&rules.zone_name(), as_of));
        };
        if as_of < state.as_of {
            return Err(LakeError::AsOfWentBack {
                asked: instant(as_of),
                last: instant(state.as_of),
            });
        }
        if state.zone != rules.zone_name() {
            return Err(LakeError::RulesChanged {
                built: state.zone,
                asked: rules.zone_name(),
            });
        }
        Ok(state)
    }

    async fn read_spend(
        &self,
        state: &RefineState,
        inputs: &Inputs,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let mut read = Vec::new();
        for key in &inputs.spend {
            let bytes = self.store.read(key).await?;
            // An object that was rewritten with other content counts as another one.
            let hash = hash64(key) ^ twox_hash::XxHash3_64::oneshot(&bytes).rotate_left(1);
            read.push((hash, key, bytes));
        }
        let mut hashes = read.iter().map(|r| r.0).collect();
        let known = state.spend_objects.lookup(&self.store, &mut hashes).await?;
        for (hash, key, bytes) in read {
            if !known.contains(&[hash]) {
                outcome
                    .spend
                    .extend(spend::read_spend(key, &bytes, &mut outcome.rejected));
                outcome.spend_objects.push(hash);
            }
        }
        Ok(())
    }

    async fn bulk(
        &self,
        state: &mut RefineState,
        events: Vec<String>,
        rules: &LakeRules,
        (as_of, now): (i64, i64),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let job = bulk::Job {
            store: self.store.clone(),
            objects: Arc::from(events),
            zone: rules.zone(),
            as_of,
            now,
            version: state.invitees.version,
            workers: self.workers,
            layout: self.layout,
        };
        let bulk = bulk::run(job).await?;
        outcome.rows = bulk.files.iter().map(|f| f.rows).sum();
        outcome.keys = outcome.rows;
        outcome.counts = bulk.counts;
        outcome.rejected.extend(bulk.rejected);
        outcome.add = bulk.files;
        let (index, object) = crate::runs::Runs::from_entries("state/index", bulk.index);
        self.put_all(object).await?;
        state.index = index;
        let (dangling, object) = crate::runs::Runs::from_entries("state/dangling", bulk.dangling);
        self.put_all(object).await?;
        state.dangling = dangling;
        state.changes += 1;
        state.reset = state.changes;
        self.store
            .put(&changes_key(state.changes), bulk.changes.encode())
            .await
    }

    async fn increment(
        &self,
        before: &RefineState,
        state: &mut RefineState,
        events: &[String],
        rules: &LakeRules,
        (as_of, now): (i64, i64),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let incoming = self.read_events(events, outcome).await?;
        let mut folded = fold::fold(vec![incoming]);
        fold::settle(&self.store, events, &mut folded).await?;
        let mut session = Session::new(&self.store, before, events);
        session.apply(&folded.rows).await?;
        session.wake(as_of).await?;
        session.close().await?;
        session
            .open(write::files_to_open(&session, self.layout))
            .await?;
        let (chains, decided) = chains::decide(&session);
        let mut zone = rules.zone();
        let changes = chains::changes(&session, &chains, as_of, &mut zone);
        let format = Format::new(self.layout)?;
        let mut encoder = Encoder::new(format.schema.clone(), zone, as_of, now);
        let dangling = chains::dangling(&session);
        let new: Vec<[u64; 2]> = session
            .members
            .iter()
            .filter(|m| m.before.is_none())
            .map(|m| [m.hash, m.after.created.cast_unsigned()])
            .collect();
        outcome.keys = session.members.len() as u64;
        let edits = write::Edits::of(&session, &decided, self.layout, as_of);
        outcome.rows = edits.rows;
        let newest = session.newest();
        let mut rewrite = write::Rewrite {
            session: &mut session,
            decided: &decided,
            format: &format,
            encoder: &mut encoder,
            edits,
            newest,
        };
        // A few files at a time, so that not all are in memory at once.
        let (mut pending, mut pending_bytes) = (Vec::new(), 0);
        while let Some((replaced, written)) = rewrite.next()? {
            outcome.remove.extend(replaced);
            for (file, bytes) in written {
                pending_bytes += bytes.len();
                pending.push((format!("{}/{}", Table::Invitees.path(), file.path), bytes));
                outcome.add.push(file);
            }
            if pending_bytes >= PENDING_BYTES_MAX {
                self.store.put_many(std::mem::take(&mut pending)).await?;
                pending_bytes = 0;
            }
        }
        self.store.put_many(pending).await?;
        self.put_all(state.index.add(&self.store, "state/index", &new).await?)
            .await?;
        self.put_all(
            state
                .dangling
                .add(&self.store, "state/dangling", &dangling)
                .await?,
        )
        .await?;
        if !changes.is_empty() {
            state.changes += 1;
            self.store
                .put(&changes_key(state.changes), changes.encode())
                .await?;
        }
        Ok(())
    }

    async fn read_events(&self, events: &[String], outcome: &mut Outcome) -> Result<Rows> {
        let mut bodies = pin!(
            self.store
                .read_many(events.iter().cloned().enumerate().collect())
        );
        let mut incoming = Rows::default();
        while let Some((number, key, bytes)) = bodies.try_next().await? {
            let counts = read::read_object(
                (number, &key),
                &bytes,
                &mut outcome.rejected,
                |head, texts| incoming.push(head, texts),
            );
            outcome.counts.add(counts);
        }
        Ok(incoming)
    }

    async fn commit_silver(
        &self,
        before: RefineState,
        mut state: RefineState,
        outcome: Outcome,
        as_of: i64,
        now: i64,
    ) -> Result<RunReport> {
        let mut report = RunReport {
            other_kinds: outcome.counts.other_kinds,
            ..RunReport::default()
        };
        let mut commits = Vec::new();
        let mut invitees = TableReport {
            rows_read: outcome.counts.records,
            rows_written: outcome.rows,
            keys_recomputed: outcome.keys,
            ..TableReport::default()
        };
        if !outcome.add.is_empty() || !outcome.remove.is_empty() {
            let operation = if outcome.remove.is_empty() {
                "WRITE"
            } else {
                "MERGE"
            };
            let txn = (state.batch > i64::MIN).then(|| (APP_ID.to_owned(), state.batch));
            let edit = Edit {
                add: outcome.add,
                remove: outcome.remove,
                txn,
                operation,
            };
            commits.push(state.invitees.commit(Table::Invitees, edit, as_of, now));
            invitees.commits = 1;
        }
        let refused = self.new_rejects(&mut state, outcome.rejected).await?;
        let mut rejected = TableReport {
            rows_read: outcome.counts.records,
            rows_written: refused.len() as u64,
            ..TableReport::default()
        };
        report.rejected = refused.len() as u64;
        if !refused.is_empty() {
            let batch = rejects::batch(&refused, now)?;
            commits.push(
                self.append(&mut state.rejected, Table::Rejected, &batch, (as_of, now))
                    .await?,
            );
            rejected.commits = 1;
        }
        let (spent, revisions) = spend::apply(&mut state, &outcome.spend);
        let mut ad_spend = TableReport {
            rows_read: spent.accepted,
            rows_written: spent.changed,
            ..TableReport::default()
        };
        if !revisions.is_empty() {
            let batch = spend::batch(&revisions, now)?;
            commits.push(
                self.append(&mut state.ad_spend, Table::AdSpend, &batch, (as_of, now))
                    .await?,
            );
            ad_spend.commits = 1;
        }
        let objects: Vec<[u64; 1]> = outcome
            .spend_objects
            .into_iter()
            .map(|hash| [hash])
            .collect();
        self.put_all(
            state
                .spend_objects
                .add(&self.store, "state/spend", &objects)
                .await?,
        )
        .await?;
        state.as_of = as_of;
        report.tables.insert(Table::Invitees.name(), invitees);
        report.tables.insert(Table::Rejected.name(), rejected);
        report.tables.insert(Table::AdSpend.name(), ad_spend);
        let moved = state.batch != before.batch
            || state.as_of != before.as_of
            || state.changes != before.changes
            || !objects.is_empty();
        if !commits.is_empty() || moved {
            plan::save(&self.store, state, commits).await?;
        }
        Ok(report)
    }

    /// Refused records of objects that are not in the table yet.
    async fn new_rejects(
        &self,
        state: &mut RefineState,
        rejected: Vec<Rejected>,
    ) -> Result<Vec<Rejected>> {
        let mut hashes: Vec<u64> = rejected.iter().map(|r| hash64(&r.object)).collect();
        let known = state
            .rejected_objects
            .lookup(&self.store, &mut hashes)
            .await?;
        hashes.retain(|hash| !known.contains(&[*hash]));
        let new: Vec<[u64; 1]> = hashes.into_iter().map(|hash| [hash]).collect();
        self.put_all(
            state
                .rejected_objects
                .add(&self.store, "state/rejects", &new)
                .await?,
        )
        .await?;
        let known: crate::hash::HashedSet = known.into_iter().map(|[hash]| hash).collect();
        Ok(rejected
            .into_iter()
            .filter(|r| !known.contains(&hash64(&r.object)))
            .collect())
    }

    /// Writes a batch as one more file of a table.
    async fn append(
        &self,
        state: &mut TableState,
        table: Table,
        batch: &RecordBatch,
        (as_of, now): (i64, i64),
    ) -> Result<crate::delta::log::Commit> {
        let bytes = crate::parquet_io::encode(batch)?;
        let file = DataFile::new(state.version, &bytes, batch.num_rows() as u64, now);
        self.store
            .put(&format!("{}/{}", table.path(), file.path), bytes)
            .await?;
        let remove = state
            .files
            .iter()
            .filter(|f| f.lo == UNPLACED)
            .map(|f| f.path.clone())
            .collect();
        let edit = Edit {
            add: vec![file],
            remove,
            txn: None,
            operation: "WRITE",
        };
        Ok(state.commit(table, edit, as_of, now))
    }

    pub(crate) async fn put_all(&self, object: Option<(String, Bytes)>) -> Result<()> {
        if let Some((key, bytes)) = object {
            self.store.put(&key, bytes).await?;
        }
        Ok(())
    }
}

/// The uri whose hash is `hash` among the rows created at `created`; empty if there is none.
pub(crate) async fn uri_of(
    store: &Store,
    state: &RefineState,
    hash: u64,
    created: i64,
) -> Result<String> {
    let mut session = Session::new(store, state, &[]);
    session.find([(hash, created)]).await?;
    let at = session.by_hash.get(&hash).copied();
    Ok(at.map_or_else(String::new, |at| {
        session.rows.uri(&session.members[at].after).to_owned()
    }))
}

impl LakeRules {
    pub(crate) fn zone(&self) -> Zone {
        Zone::new(self.reporting_timezone.clone())
    }

    pub(crate) fn zone_name(&self) -> String {
        self.reporting_timezone
            .iana_name()
            .map_or_else(|| format!("{:?}", self.reporting_timezone), str::to_owned)
    }
}
