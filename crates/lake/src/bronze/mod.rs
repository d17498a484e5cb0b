//! Reading bronze: objects of NDJSON, or of one record, in chunks of bounded size.

pub(crate) mod calendly;
mod crm;
mod forms;
mod lines;
mod record;
pub(crate) mod rejected;
pub(crate) mod spend;

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::error::Result;
use crate::input::{BronzeObject, LakeRules};
use crate::silver::spend::SpendRow;
use crate::table::object_path;
use calendly::EventBuilder;
use crm::CrmBuilder;
use forms::FormBuilder;
use rejected::Rejected;

/// Objects that are fetched at the same time.
const FETCHES: usize = 8;
/// Records of a chunk, more or less: an object is never cut in two.
const CHUNK_RECORDS: usize = 50_000;
/// Bytes of bronze that a chunk is made of, at most, unless one object has more.
const CHUNK_BYTES: usize = 128 * 1024 * 1024;

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
pub(crate) struct BronzeReader {
    objects: BoxStream<'static, Result<(String, Bytes)>>,
    rules: LakeRules,
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

impl BronzeReader {
    pub(crate) fn new(
        store: &Arc<dyn ObjectStore>,
        objects: &[BronzeObject],
        rules: &LakeRules,
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
            rules: rules.clone(),
            now_us,
            done: false,
        }
    }

    /// The next chunk, with the reader of those after it; `None` after the last.
    pub(crate) async fn next(mut self) -> Result<Option<(Self, Chunk)>> {
        if self.done {
            return Ok(None);
        }
        let rules = &self.rules;
        let mut events = EventBuilder::new(rules, self.now_us)?;
        let (mut forms, mut crm) = (FormBuilder::new(rules)?, CrmBuilder::new(rules)?);
        let (mut spend, mut rejected, mut bytes, mut objects) = (Vec::new(), Vec::new(), 0, 0);
        while events.records + forms.records + crm.records < CHUNK_RECORDS && bytes < CHUNK_BYTES {
            let Some(object) = self.objects.next().await else {
                self.done = true;
                break;
            };
            let (key, body) = object?;
            let body = bookpath_vendors::readable(&body);
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
        let chunk = Chunk {
            events: events.finish()?,
            spend,
            told,
            rejected,
            other_kinds,
            records,
        };
        Ok(Some((self, chunk)))
    }
}
