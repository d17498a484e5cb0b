//! Which version of each of the CRM's objects is known.
//!
//! Close's lists show objects, its webhooks events with ids of their own: the object's version tells that both mean the
//! same. React notes the version of every event, a sync that of every object it brings in. Objects that are not deleted
//! are found by their kind, so that a sync sees which of them Close does not list any more.

use std::collections::BTreeMap;

use bookpath_domain::StreamRecord;
use bookpath_vendors::close::observed::{ObservedObject, created_at, merged_away};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::{
    Commit, Expect, IndexKey, Item, ItemKey, Query, Rounds, Store, StoreError, Write, held,
};

/// Versions per commit.
const TOGETHER: usize = 25;

/// The newest version of an object that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) at: Timestamp,
    /// `opportunity`; `None` in what an older release noted.
    #[serde(default)]
    kind: Option<String>,
    /// When the object was created; a deletion does not always say it.
    #[serde(default)]
    pub(super) created: Option<Timestamp>,
    /// It was deleted, or it is a lead that was merged into another one.
    #[serde(default)]
    gone: bool,
}

impl Version {
    /// Only the version is known.
    pub(super) const fn bare(at: Timestamp) -> Self {
        Self {
            at,
            kind: None,
            created: None,
            gone: false,
        }
    }

    /// What an event or a list says at `at`.
    pub(super) fn of(object: &ObservedObject, at: Timestamp) -> Self {
        let (kind, action) = object.kind.rsplit_once('.').unwrap_or_default();
        Self {
            at,
            kind: Some(kind.to_owned()),
            created: created_at(&object.body["event"]["data"]),
            gone: action == "deleted",
        }
    }

    /// Whether it is known when an object of which kind was created.
    pub(super) fn is_placed(&self) -> bool {
        self.gone || (self.kind.is_some() && self.created.is_some())
    }

    /// What both say together; of one instant a deletion counts.
    #[must_use]
    pub(super) fn with(&self, told: &Self) -> Self {
        let newer = if told.at > self.at { told } else { self };
        Self {
            at: newer.at,
            kind: self.kind.clone().or_else(|| told.kind.clone()),
            created: self.created.or(told.created),
            gone: newer.gone || (told.at == self.at && told.gone),
        }
    }

    fn write(&self, id: &str, expect: Expect) -> Result<Write, StoreError> {
        let index = match (&self.kind, self.created) {
            (Some(kind), Some(created)) if !self.gone => Some(IndexKey {
                partition: partition(kind),
                sort: format!("{created:.6}#{id}"),
            }),
            _ => None,
        };
        Write::put(key(id), index, self, expect)
    }
}

pub(super) fn key(object_id: &str) -> ItemKey {
    ItemKey::new(format!("{PREFIX}{object_id}"), "version")
}

const PREFIX: &str = "crm-object#";

fn partition(kind: &str) -> String {
    format!("crm-objects#{kind}")
}

/// The first page of the objects of a kind that are not deleted, by when they were created.
pub(super) fn of_kind(kind: &str, limit: usize) -> Query {
    Query::index(partition(kind), limit)
}

/// The id of the object whose version an item is.
pub(super) fn id_of(item: &Item) -> Option<&str> {
    item.key.pk.strip_prefix(PREFIX)
}

/// Versions of objects in a webhook's body. A merge of leads ends one of the two.
pub(super) fn told(
    object: &ObservedObject,
    at: Timestamp,
) -> impl Iterator<Item = (&str, Version)> {
    let gone = merged_away(&object.body).map(|lead| {
        let version = Version {
            kind: Some("lead".to_owned()),
            gone: true,
            ..Version::bare(at)
        };
        (lead, version)
    });
    [(object.object_id.as_str(), Version::of(object, at))]
        .into_iter()
        .chain(gone)
}

/// Remembers the version that a record of Close brings; an older one changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn note(store: &dyn Store, record: &StreamRecord) -> Result<(), StoreError> {
    let delivery = &record.envelope.delivery;
    let at = delivery.occurred_at.unwrap_or(record.envelope.received_at);
    let body: Option<Value> = serde_json::from_str(record.body.get()).ok();
    let object = body.and_then(|body| ObservedObject::of_event(body.get("event")?));
    let Some(object) = object else {
        return learn(store, &delivery.resource_uri, &Version::bare(at)).await;
    };
    for (id, version) in told(&object, at) {
        learn(store, id, &version).await?;
    }
    Ok(())
}

/// Remembers the newest versions of many objects at once; older ones change nothing.
pub(super) async fn learn_all(
    store: &dyn Store,
    newest: &BTreeMap<&str, Version>,
) -> Result<(), StoreError> {
    let known: Vec<(&str, &Version)> = newest.iter().map(|(id, version)| (*id, version)).collect();
    for part in known.chunks(TOGETHER) {
        let keys: Vec<ItemKey> = part.iter().map(|(id, _)| key(id)).collect();
        let items = store.get_many(&keys).await?;
        let mut writes = Vec::new();
        for ((id, told), item) in part.iter().zip(items) {
            writes.extend(news(item.as_ref(), id, told)?);
        }
        if !writes.is_empty() && !held(store.commit(Commit::new(writes)).await)? {
            // React has noted one of them meanwhile.
            for (id, told) in part {
                learn(store, id, told).await?;
            }
        }
    }
    Ok(())
}

/// The write of what is told, unless it is known.
fn news(item: Option<&Item>, id: &str, told: &Version) -> Result<Option<Write>, StoreError> {
    let Some(item) = item else {
        return told.write(id, Expect::Absent).map(Some);
    };
    let known: Version = item.read()?;
    let both = known.with(told);
    if both == known {
        return Ok(None);
    }
    both.write(id, Expect::Version(item.version)).map(Some)
}

/// Remembers a version of an object; an older one changes nothing.
async fn learn(store: &dyn Store, object_id: &str, told: &Version) -> Result<(), StoreError> {
    let key = key(object_id);
    let mut rounds = Rounds::new("the version of an object kept meeting others");
    loop {
        rounds.begin()?;
        let item = store.get(&key).await?;
        let Some(write) = news(item.as_ref(), object_id, told)? else {
            return Ok(());
        };
        if held(store.commit(Commit::new(vec![write])).await)? {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(action: &str, day: &str) -> Version {
        let event = json!({ "id": "ev", "object_type": "opportunity", "action": action, "object_id": "oppo_1",
            "data": { "id": "oppo_1", "date_created": "2026-01-01T00:00:00Z" } });
        let at = format!("2026-03-{day}T00:00:00Z").parse().unwrap();
        Version::of(&ObservedObject::of_event(&event).unwrap(), at)
    }

    #[test]
    fn versions_come_to_the_same_in_any_order() {
        let old: Version = serde_json::from_value(json!({ "at": "2026-03-01T00:00:00Z" })).unwrap();
        assert!(!old.is_placed());
        let all = [
            old,
            version("updated", "02"),
            version("deleted", "03"),
            version("updated", "03"),
        ];
        for first in 0..all.len() {
            let mut turned = all.clone();
            turned.rotate_left(first);
            let mut versions = turned.iter();
            let start = versions.next().unwrap().clone();
            let found = versions.fold(start, |known, told| known.with(told));
            assert_eq!(found, version("deleted", "03"));
        }
        // Somebody has restored it.
        let back = version("deleted", "03").with(&version("updated", "04"));
        assert_eq!(back, version("updated", "04"));
    }

    #[test]
    fn a_lead_that_was_merged_is_gone() {
        let event = json!({ "id": "ev", "object_type": "lead", "action": "merged", "object_id": "lead_a",
            "data": { "id": "lead_a" }, "meta": { "merge_source_lead_id": "lead_b", "merge_destination_lead_id": "lead_a" } });
        let object = ObservedObject::of_event(&event).unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let gone: Vec<(&str, bool)> = told(&object, at).map(|(id, of)| (id, of.gone)).collect();
        assert_eq!(gone, [("lead_a", false), ("lead_b", true)]);
    }
}
