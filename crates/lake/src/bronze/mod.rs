//! Reading bronze: objects of NDJSON, or of one record, in chunks of bounded size.

pub(crate) mod calendly;
mod crm;
mod forms;
mod record;
pub(crate) mod spend;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde_json::Value;

use crate::error::Result;
use crate::input::{BronzeObject, LakeRules};
use crate::silver::spend::SpendRow;
use crate::table::object_path;
use calendly::EventBuilder;
use crm::CrmBuilder;
use forms::FormBuilder;

/// Objects that are fetched at the same time.
const FETCHES: usize = 8;
/// Records of a chunk, more or less: an object is never cut in two.
const CHUNK_RECORDS: usize = 50_000;
/// Bytes of bronze that a chunk is made of, at most, unless one object has more.
const CHUNK_BYTES: usize = 128 * 1024 * 1024;
/// Bytes of a refused record that are kept.
const REJECTED_BYTES_MAX: usize = 65_536;

/// A record that could not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) reason: Cow<'static, str>,
    pub(crate) object: String,
    pub(crate) line: i32,
    pub(crate) record: String,
    pub(crate) raw_sha256: String,
}

/// What some bronze objects say.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Calendly's events in the columns of `silver.invitees`.
    pub(crate) events: RecordBatch,
    pub(crate) spend: Vec<SpendRow>,
    /// What forms and the CRM told, by table, in its columns.
    pub(crate) told: Vec<(&'static str, RecordBatch)>,
    pub(crate) rejected: Vec<Rejected>,
    /// Records of kinds that silver does not hold.
    pub(crate) other_kinds: u64,
    /// Records of Calendly that were read.
    pub(crate) records: u64,
}

/// The folders of bronze that the lake reads.
pub(crate) const FOLDERS: [&str; 4] = [
    "calendly_events",
    "marketing_spend",
    "typeform_responses",
    "close_events",
];

/// Bronze objects, chunk by chunk.
pub(crate) struct BronzeReader<'a> {
    objects: BoxStream<'a, Result<(String, Bytes)>>,
    rules: &'a LakeRules,
    now_us: i64,
    done: bool,
}

/// The kind of an object by the folder that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Calendly,
    Spend,
    Forms,
    Crm,
    Other,
}

fn kind(key: &str) -> Kind {
    let kinds = [Kind::Calendly, Kind::Spend, Kind::Forms, Kind::Crm];
    let folder = key.trim_start_matches("bronze/").split('/').next();
    let found = FOLDERS
        .into_iter()
        .zip(kinds)
        .find(|(name, _)| folder == Some(name));
    found.map_or(Kind::Other, |(_, kind)| kind)
}

impl BronzeObject {
    /// Whether its lines are of forms or of the CRM.
    pub(crate) fn tells_of_people(&self) -> bool {
        matches!(kind(&self.key), Kind::Forms | Kind::Crm)
    }
}

/// The partition `date=` of a key: objects are read in the order of their arrival.
fn date(key: &str) -> &str {
    key.split('/')
        .find_map(|part| part.strip_prefix("date="))
        .unwrap_or_default()
}

impl<'a> BronzeReader<'a> {
    pub(crate) fn new(
        store: &Arc<dyn ObjectStore>,
        objects: &[BronzeObject],
        rules: &'a LakeRules,
        now_us: i64,
    ) -> Self {
        let mut keys: Vec<String> = objects
            .iter()
            .map(|o| o.key.clone())
            .filter(|k| kind(k) != Kind::Other)
            .collect();
        keys.sort_by(|a, b| (date(a), a).cmp(&(date(b), b)));
        let store = store.clone();
        let fetched = futures::stream::iter(keys).map(move |key| {
            let store = store.clone();
            async move {
                let bytes = store.get(&object_path(&key)).await?.bytes().await?;
                Ok((key, bytes))
            }
        });
        Self {
            objects: fetched.buffered(FETCHES).boxed(),
            rules,
            now_us,
            done: false,
        }
    }

    /// The next chunk; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>> {
        if self.done {
            return Ok(None);
        }
        let mut events = EventBuilder::new(self.rules, self.now_us)?;
        let (mut forms, mut crm) = (FormBuilder::new(self.rules)?, CrmBuilder::new(self.rules)?);
        let (mut spend, mut rejected, mut bytes, mut objects) = (Vec::new(), Vec::new(), 0, 0);
        while events.records + forms.records + crm.records < CHUNK_RECORDS && bytes < CHUNK_BYTES {
            let Some(object) = self.objects.next().await else {
                self.done = true;
                break;
            };
            let (key, body) = object?;
            bytes += body.len();
            objects += 1;
            match kind(&key) {
                Kind::Calendly => events.read(&key, &body, &mut rejected)?,
                Kind::Spend => spend.extend(spend::read(&key, &body, &mut rejected)),
                Kind::Forms => forms.read(&key, &body, &mut rejected)?,
                Kind::Crm => crm.read(&key, &body, &mut rejected)?,
                Kind::Other => {}
            }
        }
        if objects == 0 {
            return Ok(None);
        }
        let (records, other_kinds) = (events.records as u64, events.other_kinds);
        let mut told = vec![(forms::TABLE, forms.finish()?)];
        told.extend(crm.finish()?);
        Ok(Some(Chunk {
            events: events.finish()?,
            spend,
            told,
            rejected,
            other_kinds,
            records,
        }))
    }
}

/// A line that is JSON.
struct Line<'a> {
    key: &'a str,
    number: i32,
    text: &'a [u8],
    value: Value,
}

impl Line<'_> {
    /// What is kept of it if it can't be read.
    fn refused(&self, reason: String) -> Rejected {
        let digest = raw_sha256(&self.value).to_owned();
        refused(reason, self.key, self.number, self.text, digest)
    }
}

/// The lines of an object that are JSON; the others are refused.
fn parsed<'a>(key: &'a str, body: &'a [u8], rejected: &mut Vec<Rejected>) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    for (number, text) in lines(body) {
        match serde_json::from_slice(text) {
            Ok(value) => found.push(Line {
                key,
                number,
                text,
                value,
            }),
            Err(_) => rejected.push(refused("invalid_json", key, number, text, String::new())),
        }
    }
    found
}

/// The digest of the raw body that a line is from; empty where it does not say.
fn raw_sha256(line: &Value) -> &str {
    line.get("raw_sha256").and_then(Value::as_str).unwrap_or("")
}

/// The lines of an object with their numbers, from 1; empty ones are left out.
fn lines(body: &[u8]) -> impl Iterator<Item = (i32, &[u8])> {
    let numbered = body.split(|b| *b == b'\n').enumerate();
    numbered
        .map(|(at, line)| (i32::try_from(at + 1).unwrap_or(i32::MAX), line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
}

/// What is kept of a refused record.
fn refused(
    reason: impl Into<Cow<'static, str>>,
    key: &str,
    line: i32,
    record: &[u8],
    raw_sha256: String,
) -> Rejected {
    let text = String::from_utf8_lossy(record);
    let record = text[..text.floor_char_boundary(REJECTED_BYTES_MAX)].to_owned();
    Rejected {
        reason: reason.into(),
        object: key.to_owned(),
        line,
        record,
        raw_sha256,
    }
}
