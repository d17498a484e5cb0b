//! Tombstones of erased people: they keep late deliveries and replays from bringing the person back.
//!
//! A tombstone is the hash of an address, a telephone or the id of a record; nothing leads back from it.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::inbox::envelope::Envelope;
use bookpath_domain::people::email;
use bookpath_domain::people::erasure::{Subject, tombstone};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::{BusinessConfig, StreamRecord, Vendor};
use bookpath_vendors::{Parsed, parse};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::{addresses, names, telephones};
use crate::ports::{
    Commit, Expect, ItemKey, LakeFailure, LogRecord, Query, Rounds, Store, StoreError, Write, all,
    held,
};
use crate::texts::conversations;

/// Items of a page.
const PAGE: usize = 1000;
/// Writes of a commit: a transaction of DynamoDB takes 100.
const WRITES_MAX: usize = 90;

fn key(hash: &str) -> ItemKey {
    ItemKey::new(format!("erased#{hash}"), "row")
}

fn due_key() -> ItemKey {
    ItemKey::new("erasure", "due")
}

/// Partition of what was due at each building of the tables: their versions from before still hold these people.
const REBUILDS: &str = "erasure-rebuilds";

/// Erased people that the tables still hold, until they are built again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When the last of them was erased.
    pub at: Timestamp,
    /// The hashes of their addresses and ids, each with the address that stands in its place.
    pub veiled: BTreeMap<String, String>,
}

/// Remembers the person by hashes, and that the tables have to be built again.
pub(super) async fn set(
    store: &dyn Store,
    subject: &Subject,
    at: Timestamp,
) -> Result<usize, StoreError> {
    let hashes = subject.tombstones();
    let mut rounds = Rounds::new("the erasure kept meeting others");
    loop {
        rounds.begin()?;
        let item = store.get(&due_key()).await?;
        let mut veiled = match &item {
            Some(item) => item.read::<Due>()?.veiled,
            None => BTreeMap::new(),
        };
        veiled.extend(subject.veiled());
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let write = Write::put(due_key(), None, &Due { at, veiled }, expect)?;
        if held(store.commit(Commit::new(vec![write])).await)? {
            break;
        }
    }
    let tombstone = |hash: &String| Write::put(key(hash), None, &at, Expect::Any);
    let writes = hashes.iter().map(tombstone);
    let writes = writes.collect::<Result<Vec<Write>, StoreError>>()?;
    for part in writes.chunks(WRITES_MAX) {
        store.commit(Commit::new(part.to_vec())).await?;
    }
    Ok(hashes.len())
}

/// Those of the ids that are of records of people who were erased.
pub(crate) async fn erased_ids<'a>(
    store: &dyn Store,
    ids: &[&'a str],
) -> Result<BTreeSet<&'a str>, StoreError> {
    let keys: Vec<ItemKey> = ids.iter().map(|id| key(&tombstone(id))).collect();
    let items = store.get_many(&keys).await?;
    let erased = ids.iter().zip(items).filter(|(_, item)| item.is_some());
    Ok(erased.map(|(id, _)| *id).collect())
}

/// Whom the tables hold although they were erased; `None` when they hold nobody like that.
///
/// # Errors
/// As [`Store::get`].
pub async fn rebuild_due(store: &dyn Store) -> Result<Option<Due>, StoreError> {
    let item = store.get(&due_key()).await?;
    item.map(|item| item.read()).transpose()
}

/// The erased people whom the tables still hold, or held at `known_at`: by hash, as [`Due::veiled`].
pub(crate) async fn veiled(
    store: &dyn Store,
    known_at: Option<Timestamp>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let due = rebuild_due(store).await?;
    let mut veiled = due.map(|due| due.veiled).unwrap_or_default();
    let Some(at) = known_at else {
        return Ok(veiled);
    };
    let rebuilds = all(store, Query::prefix(REBUILDS, "", PAGE)).await?;
    let then = sort_key(at);
    for later in rebuilds.iter().filter(|item| item.key.sk > then) {
        veiled.extend(later.read::<Due>()?.veiled);
    }
    Ok(veiled)
}

/// Refuses an instant after which the tables were built again because of an erasure.
///
/// # Errors
/// [`LakeFailure::Gone`] for such an instant; else as [`Store::query`].
pub async fn past_is_there(store: &dyn Store, at: Timestamp) -> Result<(), LakeFailure> {
    let newest = Query {
        descending: true,
        ..Query::prefix(REBUILDS, "", 1)
    };
    let found = store.query(&newest).await?;
    if found.items.iter().any(|item| item.key.sk > sort_key(at)) {
        return Err(LakeFailure::Gone(format!(
            "nothing is left of how the tables stood at {at}: somebody was erased since then"
        )));
    }
    Ok(())
}

fn sort_key(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// The tables were built again at `now` after the erasure at `seen`; a later one stays due.
pub(crate) async fn rebuilt(
    store: &dyn Store,
    seen: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(item) = store.get(&due_key()).await? else {
        return Ok(());
    };
    let due = item.read::<Due>()?;
    if due.at != seen {
        return Ok(());
    }
    let done = Write::Delete {
        key: due_key(),
        expect: Expect::Version(item.version),
    };
    let before = ItemKey::new(REBUILDS, sort_key(now));
    let before = Write::put(before, None, &due, Expect::Any)?;
    held(store.commit(Commit::new(vec![done, before])).await).map(|_| ())
}

/// The sequences of the records that are of somebody who was erased. A record that can't be read is nobody's.
///
/// A telephone may be somebody else's by now: what only a telephone names is theirs who have a conversation there.
pub(crate) async fn of_erased(
    store: &dyn Store,
    batch: &[LogRecord],
    rules: &BusinessConfig,
) -> Result<BTreeSet<String>, StoreError> {
    let mut named = Vec::new();
    for record in batch {
        let Ok(stream) = serde_json::from_slice::<StreamRecord>(&record.data) else {
            continue;
        };
        let at = stream.envelope.received_at;
        for phone in telephones(&stream, rules) {
            let name = vec![phone.as_str().to_owned()];
            named.push(((record.sequence.clone(), Some((phone, at))), name));
        }
        let Envelope {
            vendor, delivery, ..
        } = stream.envelope;
        if vendor != Vendor::Sms {
            let names = names(vendor, delivery, stream.body.get().as_bytes());
            named.push(((record.sequence.clone(), None), names));
        }
    }
    let mut erased = BTreeSet::new();
    for (sequence, phone) in among(store, named).await? {
        let is_anothers = match phone {
            Some((phone, at)) if !erased.contains(&sequence) => {
                has_conversation(store, &phone, at).await?
            }
            _ => false,
        };
        if !is_anothers {
            erased.insert(sequence);
        }
    }
    Ok(erased)
}

/// Whether an erasure of the person was begun.
pub(super) async fn begun(store: &dyn Store, subject: &Subject) -> Result<bool, StoreError> {
    let keys: Vec<ItemKey> = subject.tombstones().iter().map(|hash| key(hash)).collect();
    let found = store.get_many(&keys).await?;
    Ok(found.iter().any(Option::is_some))
}

/// Those of whom a name has a tombstone.
async fn among<T: Ord + Clone>(
    store: &dyn Store,
    named: Vec<(T, Vec<String>)>,
) -> Result<BTreeSet<T>, StoreError> {
    let mut asked: BTreeMap<ItemKey, Vec<T>> = BTreeMap::new();
    for (of, names) in named {
        for name in names {
            let of_name = asked.entry(key(&tombstone(&name))).or_default();
            of_name.push(of.clone());
        }
    }
    let keys: Vec<ItemKey> = asked.keys().cloned().collect();
    let found = store.get_many(&keys).await?;
    let erased = found.iter().zip(asked.into_values());
    let erased = erased.filter(|(item, _)| item.is_some());
    Ok(erased.flat_map(|(_, of)| of).collect())
}

async fn has_conversation(
    store: &dyn Store,
    phone: &Phone,
    at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(!conversations::of_phone(store, phone, at).await?.is_empty())
}

/// A body that goes nowhere is about somebody who was erased: one that was known already, that nobody acts upon, or that can't
/// be used. Of the latter two every address in it is looked at.
pub(crate) async fn is_of_erased(
    store: &dyn Store,
    vendor: Vendor,
    body: &[u8],
    received_at: Timestamp,
) -> Result<bool, StoreError> {
    let within = || {
        let mut names = Vec::new();
        if let Ok(body) = serde_json::from_slice(body) {
            addresses(&body, &mut names);
        }
        names
    };
    let names = match parse(vendor, body) {
        Parsed::Known { delivery, .. } => {
            let meaning = delivery.dedupe_key(vendor);
            let mut names = names(vendor, delivery, body);
            names.push(meaning);
            names
        }
        Parsed::Ignored { delivery, .. } => [names(vendor, delivery, body), within()].concat(),
        Parsed::Invalid { .. } => within(),
    };
    let number = names.first().cloned().filter(|_| vendor == Vendor::Sms);
    if among(store, vec![((), names)]).await?.is_empty() {
        return Ok(false);
    }
    match number.and_then(|number| Phone::parse(&number, "")) {
        Some(phone) => Ok(!has_conversation(store, &phone, received_at).await?),
        None => Ok(true),
    }
}

/// Remembers a record that was left out by its meaning, so that the same one again is not archived: who it is about may be
/// told by a telephone, which only the consumers of the stream read.
pub(crate) fn of_skipped(envelope: &Envelope) -> Result<Option<Write>, StoreError> {
    if envelope.vendor == Vendor::Sms {
        // Whoever has the number by now is heard.
        return Ok(None);
    }
    let meaning = envelope.delivery.dedupe_key(envelope.vendor);
    let key = key(&tombstone(&meaning));
    Write::put(key, None, &envelope.received_at, Expect::Any).map(Some)
}

/// What a record itself says of whom it is about.
pub(crate) fn named(stream: &StreamRecord, rules: &BusinessConfig) -> Subject {
    let (delivery, body) = (stream.envelope.delivery.clone(), stream.body.get());
    let phones = telephones(stream, rules).into_iter();
    let mut subject = Subject {
        phones: phones.map(|phone| phone.as_str().to_owned()).collect(),
        ..Subject::default()
    };
    for name in names(stream.envelope.vendor, delivery, body.as_bytes()) {
        match email::normalize(&name) {
            Some(address) => subject.emails.insert(address),
            None => subject.ids.insert(name),
        };
    }
    subject
}
