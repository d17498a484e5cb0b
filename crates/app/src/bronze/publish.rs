//! write-bronze: stream records become NDJSON objects of the bronze tier.
//!
//! One object per (folder, channel, arrival day) of a batch, named by its content, so that the same batch
//! written twice is the same objects (X63). A record that can't become a line is a dead letter with its
//! reason; a record whose object can't be written now is answered as failed, and only those are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::ErrorClass;
use bookpath_domain::StreamRecord;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::bronze_line;
use futures::future::join_all;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::bronze::register;
use crate::inbox::archive::utc_day;
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DedupeRow, DeliveryRow};
use crate::lake::lineage::RawRow;
use crate::ports::{
    Commit, Expect, Faults, Item, ItemKey, LogRecord, ObjectStore, Store, StoreError, Write,
};

/// The consumer's name: its place in the log.
pub const CONSUMER: &str = "write-bronze";
/// Below the 100 actions of a DynamoDB transaction.
const WRITES_MAX: usize = 90;
/// Rounds in which an object's deliveries may meet others at work on them.
const ROUNDS_MAX: usize = 4;

/// What write-bronze works with.
pub struct Lander {
    pub rules: Arc<BusinessConfig>,
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub faults: Arc<dyn Faults>,
}

impl std::fmt::Debug for Lander {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lander").finish_non_exhaustive()
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Landed {
    /// Records written to bronze.
    pub records: usize,
    /// Keys of the objects that hold them.
    pub objects: Vec<String>,
    /// Records that are dead letters now.
    pub dead: usize,
    /// Sequences of the records to hand over again, in order; why is `error`.
    pub failed: Vec<String>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    folder: &'static str,
    channel: Option<String>,
    day: Date,
}

impl Place {
    fn key(&self, name: &str) -> String {
        let channel = self
            .channel
            .as_ref()
            .map(|c| format!("channel={}/", partition_value(c)))
            .unwrap_or_default();
        format!(
            "bronze/{}/{channel}date={}/{name}.json",
            self.folder, self.day
        )
    }
}

/// A channel as a path part: Hive's escaping of what a path can't hold.
fn partition_value(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    text.chars()
        .map(|c| {
            if plain(c) && text != "." && text != ".." {
                c.to_string()
            } else {
                format!("%{:02X}", u32::from(c))
            }
        })
        .collect()
}

/// A record as a line, and what will be known of its delivery.
#[derive(Debug)]
struct Entry {
    line: String,
    row: DeliveryRow,
    sequence: String,
    /// Where its meaning is remembered; `None` for what comes past the receiver's dedupe.
    meaning: Option<ItemKey>,
}

/// The lines of one place as an object.
#[derive(Debug)]
struct Object {
    key: String,
    sha256: String,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// What the store has under the keys that were asked for.
type Known = BTreeMap<ItemKey, Option<Item>>;

/// Lands a batch. Never fails as a whole: what could not be done is in [`Landed::failed`].
///
/// It takes two round trips, however large the batch: the objects go out while the store is asked what it knows,
/// then everything is recorded at once. What has to be tried again is shown in the inbox as `processing`.
pub async fn land(lander: &Lander, batch: &[LogRecord]) -> Landed {
    let mut places: BTreeMap<Place, Vec<Entry>> = BTreeMap::new();
    let mut poison = Vec::new();
    for record in batch {
        match flatten(lander, record) {
            Ok((place, entry)) => places.entry(place).or_default().push(entry),
            Err(reason) => poison.push((record, reason)),
        }
    }
    let objects: Vec<Object> = places
        .into_iter()
        .map(|(place, entries)| Object::of(&place, entries))
        .collect();
    let buried = join_all(
        poison
            .iter()
            .map(|(record, reason)| bury(lander, record, reason)),
    );
    let stored = join_all(
        objects
            .iter()
            .map(|object| put_object(lander, &object.key, &object.bytes)),
    );
    let (buried, stored, known) = futures::join!(buried, stored, known(lander, &objects));
    let recorded = join_all(
        objects
            .iter()
            .zip(stored)
            .map(|(object, stored)| record(lander, object, stored, &known)),
    )
    .await;
    let again = objects
        .iter()
        .zip(&recorded)
        .filter_map(|(object, result)| Some((object, result.as_ref().err()?)));
    if known.is_ok() {
        join_all(again.map(|(object, error)| processing(lander, object, error))).await;
    }

    let mut landed = Landed::default();
    for ((record, _), result) in poison.iter().zip(buried) {
        match result {
            Ok(()) => landed.dead += 1,
            Err(error) => landed.fail([record.sequence.clone()], &error),
        }
    }
    for (object, result) in objects.into_iter().zip(recorded) {
        match result {
            Ok(()) => {
                landed.records += object.entries.len();
                landed.objects.push(object.key);
            }
            Err(error) => landed.fail(
                object.entries.into_iter().map(|entry| entry.sequence),
                &error,
            ),
        }
    }
    landed
        .failed
        .sort_by_key(|sequence| (sequence.len(), sequence.clone()));
    landed
}

impl Landed {
    fn fail(&mut self, sequences: impl IntoIterator<Item = String>, error: &StoreError) {
        self.failed.extend(sequences);
        self.error = Some(error.to_string());
    }
}

fn flatten(lander: &Lander, record: &LogRecord) -> Result<(Place, Entry), String> {
    let stream: StreamRecord =
        serde_json::from_slice(&record.data).map_err(|e| format!("not a stream record: {e}"))?;
    let line = bronze_line(&stream, &lander.rules).map_err(|e| e.to_string())?;
    let envelope = &stream.envelope;
    let place = Place {
        folder: line.folder,
        channel: line.channel,
        day: utc_day(envelope.received_at),
    };
    let status = if envelope.origin == Origin::Variant {
        DeliveryStatus::Duplicate
    } else {
        DeliveryStatus::Done
    };
    let row = DeliveryRow::of(envelope, status);
    let deduped = matches!(envelope.origin, Origin::Webhook | Origin::Sync);
    let meaning = row
        .dedupe_key
        .as_deref()
        .filter(|_| deduped)
        .map(delivery::dedupe_key);
    Ok((
        place,
        Entry {
            line: line.line,
            row,
            sequence: record.sequence.clone(),
            meaning,
        },
    ))
}

impl Object {
    fn of(place: &Place, entries: Vec<Entry>) -> Self {
        let mut lines: Vec<&str> = entries.iter().map(|entry| entry.line.as_str()).collect();
        lines.sort_unstable();
        let mut bytes = lines.join("\n").into_bytes();
        bytes.push(b'\n');
        let sha256 = hex::encode(Sha256::digest(&bytes));
        Self {
            key: place.key(&sha256),
            sha256,
            bytes,
            entries,
        }
    }
}

/// What the store knows of these objects and of the meanings of their records; of deliveries only where they are old
/// ones that come again by another way.
async fn known(lander: &Lander, objects: &[Object]) -> Result<Known, StoreError> {
    let entries = objects.iter().flat_map(|object| &object.entries);
    let of_entry = |entry: &Entry| {
        entry
            .meaning
            .clone()
            .unwrap_or_else(|| delivery::key(&entry.row.delivery_id))
    };
    ask(
        lander,
        objects
            .iter()
            .map(|object| register::object_key(&object.key))
            .chain(entries.map(of_entry))
            .collect(),
    )
    .await
}

async fn ask(lander: &Lander, keys: Vec<ItemKey>) -> Result<Known, StoreError> {
    let items = lander.store.get_many(&keys).await?;
    Ok(keys.into_iter().zip(items).collect())
}

/// Records what an object holds. Its registration and its deliveries are written side by side: until all of it
/// holds the records count as failed and come again.
///
/// The first round reads no delivery: it expects that each was written once, by the receiver. Where one was tried before,
/// or the stream was quicker than the receiver, the store's condition tells, and the next round knows.
async fn record(
    lander: &Lander,
    object: &Object,
    stored: Result<(), String>,
    known: &Result<Known, StoreError>,
) -> Result<(), StoreError> {
    stored.map_err(StoreError::Unavailable)?;
    let mut known = known.as_ref().map_err(Clone::clone)?.clone();
    let injected = |e: crate::ports::Injected| StoreError::Unavailable(e.to_string());
    lander.faults.hit("state.before_commit").map_err(injected)?;
    let mut met = None;
    for _ in 0..ROUNDS_MAX {
        let writes = writes(lander, object, &known).await?;
        let commits = join_all(
            writes
                .chunks(WRITES_MAX)
                .map(|part| lander.store.commit(Commit::of(part.to_vec()))),
        );
        match commits
            .await
            .into_iter()
            .collect::<Result<(), StoreError>>()
        {
            Ok(()) => return lander.faults.hit("state.after_commit").map_err(injected),
            Err(StoreError::Conflict(place)) => met = Some(place),
            Err(error) => return Err(error),
        }
        known.extend(
            ask(
                lander,
                object
                    .entries
                    .iter()
                    .map(|entry| delivery::key(&entry.row.delivery_id))
                    .collect(),
            )
            .await?,
        );
    }
    Err(StoreError::Unavailable(format!(
        "the deliveries kept meeting others at work on them, at last at {}",
        met.unwrap_or_default()
    )))
}

async fn writes(lander: &Lander, object: &Object, known: &Known) -> Result<Vec<Write>, StoreError> {
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
        writes.push(lineage_of(&entry.row, &object.key).write(&entry.row.raw_sha256)?);
    }
    writes.extend(done(lander, object, others).await?);
    Ok(writes)
}

/// The write that settles an entry's delivery; `None` where it is settled.
fn settled(entry: &Entry, known: &Known) -> Result<Option<Write>, StoreError> {
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

/// Shows that an object's deliveries are tried again, and why. As far as it goes: one that another process has settled
/// meanwhile stays settled, and if the store is what fails the inbox shows the state before.
async fn processing(lander: &Lander, object: &Object, error: &StoreError) {
    let told = async {
        let known = ask(
            lander,
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
            .map(|part| lander.store.commit(Commit::of(part.to_vec())));
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
fn owner(entry: &Entry, known: &Known) -> Result<Option<String>, StoreError> {
    let item = entry
        .meaning
        .as_ref()
        .and_then(|meaning| known.get(meaning)?.as_ref());
    item.map(|item| item.read::<DedupeRow>().map(|row| row.delivery_id))
        .transpose()
}

/// A record whose meaning belongs to another delivery came because its own writes met that one. It says nothing of
/// its own delivery, which is a duplicate; but the other's record may have been lost, and this one stands for it.
async fn done(
    lander: &Lander,
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
    for item in lander.store.get_many(&keys).await?.into_iter().flatten() {
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

fn lineage_of(row: &DeliveryRow, bronze_key: &str) -> RawRow {
    RawRow {
        delivery_id: row.delivery_id.clone(),
        vendor: row.vendor,
        received_at: row.received_at,
        raw_key: row.raw_key.clone(),
        bronze_key: bronze_key.to_owned(),
    }
}

async fn put_object(lander: &Lander, key: &str, bytes: &[u8]) -> Result<(), String> {
    lander.faults.hit("storage").map_err(|e| e.to_string())?;
    lander
        .objects
        .put(key, bytes)
        .await
        .map_err(|e| e.to_string())?;
    lander.objects.sync(key).await.map_err(|e| e.to_string())
}

/// Keeps a poison record with its reason, and marks its delivery as failed so that it is no duplicate's
/// original (X49).
async fn bury(lander: &Lander, record: &LogRecord, reason: &str) -> Result<(), StoreError> {
    let mut writes =
        dead_letters::writes(lander.objects.as_ref(), CONSUMER, record, reason).await?;
    let id = serde_json::from_slice::<serde_json::Value>(&record.data)
        .ok()
        .and_then(|value| {
            value
                .get("delivery_id")
                .and_then(|id| id.as_str())
                .map(str::to_owned)
        });
    if let Some(id) = id
        && let Some((row, _)) = delivery::find(lander.store.as_ref(), &id).await?
    {
        writes.extend(forgotten(lander, &row).await?);
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
    lander.store.commit(Commit::of(writes)).await
}

/// The removal of a delivery's meaning, where it is this delivery's.
async fn forgotten(lander: &Lander, row: &DeliveryRow) -> Result<Option<Write>, StoreError> {
    let Some(key) = row.dedupe_key.as_deref().map(delivery::dedupe_key) else {
        return Ok(None);
    };
    let Some(item) = lander.store.get(&key).await? else {
        return Ok(None);
    };
    let own = item.read::<DedupeRow>()?.delivery_id == row.delivery_id;
    Ok(own.then_some(Write::Delete {
        key,
        expect: Expect::Version(item.version),
    }))
}
