//! write-bronze: stream records become NDJSON objects of the bronze tier.
//!
//! One object per (folder, channel, arrival day) of a batch, named by its content, so that the same batch
//! written twice is the same objects (X63). A record that can't become a line is a dead letter with its
//! reason; a record whose object can't be written now is answered as failed, and only those are.

use std::collections::BTreeMap;
use std::sync::Arc;

use bookpath_core::{BusinessConfig, DeliveryStatus, ErrorClass, StreamRecord};
use bookpath_vendors::bronze::bronze_line;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::delivery::{self, DeliveryRow};
use crate::lineage::RawRow;
use crate::ports::{Commit, Expect, Faults, LogRecord, ObjectStore, Store, StoreError, Write};
use crate::receive::utc_day;
use crate::{bronze, dead};

/// The consumer's name: its place in the log.
pub const CONSUMER: &str = "write-bronze";
/// Below the 100 actions of a DynamoDB transaction.
const WRITES_MAX: usize = 90;

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
        let channel = self.channel.as_ref().map(|c| format!("channel={}/", partition_value(c))).unwrap_or_default();
        format!("bronze/{}/{channel}date={}/{name}.json", self.folder, self.day)
    }
}

/// A channel as a path part: Hive's escaping of what a path can't hold.
fn partition_value(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    text.chars().map(|c| if plain(c) && text != "." && text != ".." { c.to_string() } else { format!("%{:02X}", u32::from(c)) }).collect()
}

#[derive(Debug, Default)]
struct Group {
    lines: Vec<String>,
    rows: Vec<DeliveryRow>,
    sequences: Vec<String>,
}

/// Lands a batch. Never fails as a whole: what could not be done is in [`Landed::failed`].
pub async fn land(lander: &Lander, batch: &[LogRecord]) -> Landed {
    let mut landed = Landed::default();
    let mut groups: BTreeMap<Place, Group> = BTreeMap::new();
    for record in batch {
        match flatten(lander, record) {
            Ok((place, line, row)) => {
                let group = groups.entry(place).or_default();
                group.lines.push(line);
                group.rows.push(row);
                group.sequences.push(record.sequence.clone());
            }
            Err(reason) => match bury(lander, record, &reason).await {
                Ok(()) => landed.dead += 1,
                Err(error) => landed.fail(vec![record.sequence.clone()], &error),
            },
        }
    }
    for (place, group) in groups {
        let (records, sequences) = (group.lines.len(), group.sequences.clone());
        match write(lander, &place, group).await {
            Ok(key) => {
                landed.records += records;
                landed.objects.push(key);
            }
            Err(error) => landed.fail(sequences, &error),
        }
    }
    landed.failed.sort_by_key(|sequence| (sequence.len(), sequence.clone()));
    landed
}

impl Landed {
    fn fail(&mut self, sequences: Vec<String>, error: &StoreError) {
        self.failed.extend(sequences);
        self.error = Some(error.to_string());
    }
}

fn flatten(lander: &Lander, record: &LogRecord) -> Result<(Place, String, DeliveryRow), String> {
    let stream: StreamRecord = serde_json::from_slice(&record.data).map_err(|e| format!("not a stream record: {e}"))?;
    let line = bronze_line(&stream, &lander.rules).map_err(|e| e.to_string())?;
    let place = Place { folder: line.folder, channel: line.channel, day: utc_day(stream.envelope.received_at) };
    let duplicate = stream.envelope.origin == bookpath_core::envelope::Origin::Variant;
    let status = if duplicate { DeliveryStatus::Duplicate } else { DeliveryStatus::Done };
    let row = DeliveryRow { attempts: 1, ..DeliveryRow::of(&stream.envelope, status) };
    Ok((place, line.line, row))
}

async fn write(lander: &Lander, place: &Place, mut group: Group) -> Result<String, StoreError> {
    group.lines.sort_unstable();
    let mut bytes = group.lines.join("\n").into_bytes();
    bytes.push(b'\n');
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let key = place.key(&sha256);
    put_object(lander, &key, &bytes).await.map_err(StoreError::Unavailable)?;
    let injected = |e: crate::ports::Injected| StoreError::Unavailable(e.to_string());
    lander.faults.hit("state.before_commit").map_err(injected)?;
    let mut writes: Vec<Write> =
        bronze::registration(lander.store.as_ref(), &key, &sha256, bytes.len() as u64).await?.into_iter().collect();
    for row in &group.rows {
        writes.push(row.write(Expect::Any)?);
        writes.push(lineage_of(row, &key).write(&row.raw_sha256)?);
    }
    // The registration comes first: after it the rows only say what is already true.
    for part in writes.chunks(WRITES_MAX) {
        lander.store.commit(Commit::of(part.to_vec())).await?;
    }
    lander.faults.hit("state.after_commit").map_err(injected)?;
    Ok(key)
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
    lander.objects.put(key, bytes).await.map_err(|e| e.to_string())?;
    lander.objects.sync(key).await.map_err(|e| e.to_string())
}

/// Keeps a poison record with its reason, and marks its delivery as failed so that it is no duplicate's
/// original (X49).
async fn bury(lander: &Lander, record: &LogRecord, reason: &str) -> Result<(), StoreError> {
    let mut writes = dead::writes(CONSUMER, record, reason)?;
    let id = serde_json::from_slice::<serde_json::Value>(&record.data)
        .ok()
        .and_then(|value| value.get("delivery_id").and_then(|id| id.as_str()).map(str::to_owned));
    if let Some(id) = id
        && let Some((row, _)) = delivery::find(lander.store.as_ref(), &id).await?
    {
        let dedupe = row.dedupe_key.as_deref().map(delivery::dedupe_key);
        writes.extend(dedupe.map(|key| Write::Delete { key, expect: Expect::Any }));
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
