//! write-bronze: stream records become NDJSON objects of the bronze tier.
//!
//! One object per (folder, channel, arrival day) of a batch, named by its content, so that the same batch
//! written twice is the same objects (X63). A record that can't become a line is a dead letter with its
//! reason; a record whose object can't be written now is answered as failed, and only those are.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::StreamRecord;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::bronze_line;
use futures::future::join_all;

use crate::bronze::object::{BronzeFolder, Object, PublishedRow};
use crate::bronze::publisher::Publisher;
use crate::bronze::register;
use crate::bronze::skip::skip;
use crate::inbox::archive::utc_day;
use crate::inbox::consumers::WRITE_BRONZE;
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DedupeRow, DeliveryRow};
use crate::lake::lineage::RawRow;
use crate::ports::{Commit, Expect, Item, ItemKey, LogRecord, Rounds, StoreError, Write, held};
use crate::privacy::tombstones;

/// Below the 100 actions of a DynamoDB transaction.
const WRITES_MAX: usize = 90;

/// Result of publishing a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishReport {
    /// Records written to bronze.
    pub records: usize,
    /// Keys of the objects that hold them.
    pub objects: Vec<String>,
    /// Records that are dead letters now.
    pub dead: usize,
    /// Records of erased people, left out (X60).
    pub skipped_erased: usize,
    /// Sequences of the records to hand over again, in order; why is `error`.
    pub failed: Vec<String>,
    pub error: Option<String>,
}

/// What the store has under the keys that were asked for.
type Known = BTreeMap<ItemKey, Option<Item>>;

/// Publishes a batch to the bronze tier. Never fails as a whole: what could not be done is in [`PublishReport::failed`].
///
/// It takes three round trips, however large the batch: the store is asked for erased people, the objects go out while it
/// is asked what it knows, then everything is recorded at once. What has to be tried again is shown in the inbox as `processing`.
pub async fn publish(publisher: &Publisher, batch: &[LogRecord]) -> PublishReport {
    let erased =
        match tombstones::of_erased(publisher.store.as_ref(), batch, &publisher.rules).await {
            Ok(erased) => erased,
            Err(error) => {
                let mut published = PublishReport::default();
                published.fail(batch.iter().map(|record| record.sequence.clone()), &error);
                return published;
            }
        };
    let (left_out, batch): (Vec<&LogRecord>, Vec<&LogRecord>) = batch
        .iter()
        .partition(|record| erased.contains(&record.sequence));
    let mut published = kept(publisher, &batch).await;
    let skipped = join_all(left_out.iter().map(|record| skip(publisher, record)));
    for (record, result) in left_out.iter().zip(skipped.await) {
        match result {
            Ok(()) => published.skipped_erased += 1,
            Err(error) => published.fail([record.sequence.clone()], &error),
        }
    }
    published
        .failed
        .sort_by_key(|sequence| (sequence.len(), sequence.clone()));
    published
}

/// Publishes records, after those of erased people were taken out. Unreadable ones become dead letters.
async fn kept(publisher: &Publisher, batch: &[&LogRecord]) -> PublishReport {
    let mut places: BTreeMap<BronzeFolder, Vec<PublishedRow>> = BTreeMap::new();
    let mut poison = Vec::new();
    for record in batch {
        match flatten(publisher, record) {
            Ok((place, entry)) => places.entry(place).or_default().push(entry),
            Err(reason) => poison.push((record, reason)),
        }
    }
    let objects: Vec<Object> = places
        .into_iter()
        .map(|(place, entries)| Object::new(&place, entries))
        .collect();
    let buried = join_all(
        poison
            .iter()
            .map(|(record, reason)| bury(publisher, record, reason)),
    );
    let stored = join_all(
        objects
            .iter()
            .map(|object| put_object(publisher, &object.key, &object.bytes)),
    );
    let (buried, stored, known) = futures::join!(buried, stored, known(publisher, &objects));
    let recorded = join_all(
        objects
            .iter()
            .zip(stored)
            .map(|(object, stored)| record(publisher, object, stored, &known)),
    )
    .await;
    let again = objects
        .iter()
        .zip(&recorded)
        .filter_map(|(object, result)| Some((object, result.as_ref().err()?)));
    if known.is_ok() {
        join_all(again.map(|(object, error)| processing(publisher, object, error))).await;
    }

    let mut published = PublishReport::default();
    for ((record, _), result) in poison.iter().zip(buried) {
        match result {
            Ok(()) => published.dead += 1,
            Err(error) => published.fail([record.sequence.clone()], &error),
        }
    }
    for (object, result) in objects.into_iter().zip(recorded) {
        match result {
            Ok(()) => {
                published.records += object.entries.len();
                published.objects.push(object.key);
            }
            Err(error) => published.fail(
                object.entries.into_iter().map(|entry| entry.sequence),
                &error,
            ),
        }
    }
    published
}

impl PublishReport {
    fn fail(&mut self, sequences: impl IntoIterator<Item = String>, error: &StoreError) {
        self.failed.extend(sequences);
        self.error = Some(error.to_string());
    }
}

fn flatten(
    publisher: &Publisher,
    record: &LogRecord,
) -> Result<(BronzeFolder, PublishedRow), String> {
    let stream: StreamRecord =
        serde_json::from_slice(&record.data).map_err(|e| format!("not a stream record: {e}"))?;
    let line = bronze_line(&stream, &publisher.rules).map_err(|e| e.to_string())?;
    let envelope = &stream.envelope;
    let place = BronzeFolder {
        folder: line.folder,
        channel: line.channel,
        day: utc_day(envelope.received_at),
    };
    let status = if envelope.origin == Origin::Variant {
        DeliveryStatus::Duplicate
    } else {
        DeliveryStatus::Done
    };
    let row = DeliveryRow::new(envelope, status);
    let deduped = matches!(envelope.origin, Origin::Webhook | Origin::Sync);
    let meaning = row
        .dedupe_key
        .as_deref()
        .filter(|_| deduped)
        .map(delivery::dedupe_key);
    Ok((
        place,
        PublishedRow {
            line: line.line,
            conflict: line.conflict,
            row,
            sequence: record.sequence.clone(),
            meaning,
        },
    ))
}

/// Store items of these objects and of the dedupe keys of their records. A record without a dedupe key is looked up by the
/// row of its delivery.
async fn known(publisher: &Publisher, objects: &[Object]) -> Result<Known, StoreError> {
    let entries = objects.iter().flat_map(|object| &object.entries);
    let of_entry = |entry: &PublishedRow| {
        entry
            .meaning
            .clone()
            .unwrap_or_else(|| delivery::key(&entry.row.delivery_id))
    };
    ask(
        publisher,
        objects
            .iter()
            .map(|object| register::object_key(&object.key))
            .chain(entries.map(of_entry))
            .collect(),
    )
    .await
}

async fn ask(publisher: &Publisher, keys: Vec<ItemKey>) -> Result<Known, StoreError> {
    let items = publisher.store.get_many(&keys).await?;
    Ok(keys.into_iter().zip(items).collect())
}

/// Records what an object holds. Its registration and its deliveries are written side by side: until all of it
/// holds the records count as failed and come again.
///
/// The first round reads no delivery: it expects that each was written once, by the receiver. Where one was tried before,
/// or the stream was quicker than the receiver, the store's condition tells, and the next round knows.
async fn record(
    publisher: &Publisher,
    object: &Object,
    stored: Result<(), String>,
    known: &Result<Known, StoreError>,
) -> Result<(), StoreError> {
    stored.map_err(StoreError::Unavailable)?;
    let mut known = known.as_ref().map_err(Clone::clone)?.clone();
    let injected = |e: crate::ports::Injected| StoreError::Unavailable(e.to_string());
    publisher
        .faults
        .hit("state.before_commit")
        .map_err(injected)?;
    let conflicts = conflicts(object, &known)?;
    let mut rounds = Rounds::new("the deliveries of an object kept meeting others at work on them");
    loop {
        rounds.begin()?;
        let writes = writes(publisher, object, &known).await?;
        let commits = join_all(
            writes
                .chunks(WRITES_MAX)
                .map(|part| publisher.store.commit(Commit::new(part.to_vec()))),
        );
        if held(commits.await.into_iter().collect())? {
            if !conflicts.is_empty() {
                publisher.store.commit(Commit::new(conflicts)).await?;
            }
            return publisher.faults.hit("state.after_commit").map_err(injected);
        }
        known.extend(
            ask(
                publisher,
                object
                    .entries
                    .iter()
                    .map(|entry| delivery::key(&entry.row.delivery_id))
                    .collect(),
            )
            .await?,
        );
    }
}

async fn writes(
    publisher: &Publisher,
    object: &Object,
    known: &Known,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::with_capacity(1 + 2 * object.entries.len());
    if !matches!(known.get(&register::object_key(&object.key)), Some(Some(_))) {
        writes.push(register::new(
            &object.key,
            &object.sha256,
            object.bytes.len() as u64,
        )?);
    }
    let mut others = BTreeSet::new();
    for entry in &object.entries {
        match owner(entry, known)? {
            Some(owner) if owner != entry.row.delivery_id => {
                others.insert(owner);
            }
            _ => writes.extend(settled(entry, known)?),
        }
        writes.push(RawRow::of(&entry.row, &object.key).write(&entry.row.raw_sha256)?);
    }
    writes.extend(done(publisher, object, others).await?);
    Ok(writes)
}

/// What counts the entries with two channels that no round has settled yet (X21): once, however often a commit is tried.
fn conflicts(object: &Object, known: &Known) -> Result<Vec<Write>, StoreError> {
    let mut by = 0;
    for entry in object.entries.iter().filter(|entry| entry.conflict) {
        by += i64::from(settled(entry, known)?.is_some());
    }
    let counter = "channel_conflicts";
    let count = (by > 0).then_some(Write::Count { counter, by });
    Ok(count.into_iter().collect())
}

/// The write that settles an entry's delivery; `None` where it is settled.
fn settled(entry: &PublishedRow, known: &Known) -> Result<Option<Write>, StoreError> {
    let (expect, tried) = match known.get(&delivery::key(&entry.row.delivery_id)) {
        None => (Expect::Version(1), 0),
        Some(None) => (Expect::Absent, 0),
        Some(Some(item)) => {
            let row: DeliveryRow = item.read()?;
            if row.status == entry.row.status && row.attempts > 0 {
                return Ok(None);
            }
            (Expect::Version(item.version), row.attempts)
        }
    };
    DeliveryRow {
        attempts: tried + 1,
        ..entry.row.clone()
    }
    .write(expect)
    .map(Some)
}

/// Marks an object's deliveries as `processing` with the reason. Best effort: a delivery that another process has settled
/// meanwhile stays settled, and while the store fails the inbox shows the status before.
async fn processing(publisher: &Publisher, object: &Object, error: &StoreError) {
    let told = async {
        let known = ask(
            publisher,
            object
                .entries
                .iter()
                .map(|entry| delivery::key(&entry.row.delivery_id))
                .collect(),
        )
        .await?;
        let mut writes = Vec::new();
        for item in known.into_values().flatten() {
            let row: DeliveryRow = item.read()?;
            if matches!(
                row.status,
                DeliveryStatus::Received | DeliveryStatus::Processing
            ) {
                let row = DeliveryRow {
                    status: DeliveryStatus::Processing,
                    error_class: Some(ErrorClass::TransientError),
                    error: Some(error.to_string()),
                    attempts: row.attempts + 1,
                    ..row
                };
                writes.push(row.write(Expect::Version(item.version))?);
            }
        }
        let commits = writes
            .chunks(WRITES_MAX)
            .map(|part| publisher.store.commit(Commit::new(part.to_vec())));
        join_all(commits)
            .await
            .into_iter()
            .collect::<Result<(), StoreError>>()
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "the inbox does not show yet what is tried again");
    }
}

/// The delivery that was accepted with an entry's meaning; `None` when none is known.
fn owner(entry: &PublishedRow, known: &Known) -> Result<Option<String>, StoreError> {
    let item = entry
        .meaning
        .as_ref()
        .and_then(|meaning| known.get(meaning)?.as_ref());
    item.map(|item| item.read::<DedupeRow>().map(|row| row.delivery_id))
        .transpose()
}

/// Duplicate deliveries that were published anyway. Each stays `duplicate`; the original is marked `done`, because its own
/// record may be lost and this one stands for it.
async fn done(
    publisher: &Publisher,
    object: &Object,
    owners: BTreeSet<String>,
) -> Result<Vec<Write>, StoreError> {
    let own: BTreeSet<&str> = object
        .entries
        .iter()
        .map(|entry| entry.row.delivery_id.as_str())
        .collect();
    let keys: Vec<ItemKey> = owners
        .iter()
        .filter(|id| !own.contains(id.as_str()))
        .map(|id| delivery::key(id))
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut writes = Vec::new();
    for item in publisher.store.get_many(&keys).await?.into_iter().flatten() {
        let row: DeliveryRow = item.read()?;
        if matches!(
            row.status,
            DeliveryStatus::Received | DeliveryStatus::Processing
        ) {
            let done = DeliveryRow {
                status: DeliveryStatus::Done,
                error_class: None,
                error: None,
                attempts: row.attempts + 1,
                ..row
            };
            writes.push(done.write(Expect::Version(item.version))?);
        }
    }
    Ok(writes)
}

async fn put_object(publisher: &Publisher, key: &str, bytes: &[u8]) -> Result<(), String> {
    publisher.faults.hit("storage").map_err(|e| e.to_string())?;
    publisher
        .objects
        .put(key, bytes)
        .await
        .map_err(|e| e.to_string())?;
    publisher.objects.sync(key).await.map_err(|e| e.to_string())
}

/// Keeps a poison record with its reason, and marks its delivery as failed so that it is no duplicate's
/// original (X49).
async fn bury(publisher: &Publisher, record: &LogRecord, reason: &str) -> Result<(), StoreError> {
    let mut writes =
        dead_letters::writes(publisher.objects.as_ref(), WRITE_BRONZE, record, reason).await?;
    let id = serde_json::from_slice::<serde_json::Value>(&record.data)
        .ok()
        .and_then(|value| {
            value
                .get("delivery_id")
                .and_then(|id| id.as_str())
                .map(str::to_owned)
        });
    if let Some(id) = id
        && let Some((row, _)) = delivery::find(publisher.store.as_ref(), &id).await?
    {
        writes.extend(forgotten(publisher, &row).await?);
        let failed = DeliveryRow {
            status: DeliveryStatus::Failed,
            error_class: Some(ErrorClass::SystemError),
            error: Some(reason.to_owned()),
            attempts: row.attempts + 1,
            dedupe_key: None,
            ..row
        };
        writes.push(failed.write(Expect::Any)?);
    }
    publisher.store.commit(Commit::new(writes)).await
}

/// The removal of a delivery's meaning, where it is this delivery's.
async fn forgotten(publisher: &Publisher, row: &DeliveryRow) -> Result<Option<Write>, StoreError> {
    let Some(key) = row.dedupe_key.as_deref().map(delivery::dedupe_key) else {
        return Ok(None);
    };
    let Some(item) = publisher.store.get(&key).await? else {
        return Ok(None);
    };
    let own = item.read::<DedupeRow>()?.delivery_id == row.delivery_id;
    Ok(own.then_some(Write::Delete {
        key,
        expect: Expect::Version(item.version),
    }))
}
