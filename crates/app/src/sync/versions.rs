//! Which version of each of the CRM's objects is known.
//!
//! Close's lists show objects, its webhooks events with ids of their own: the object's version tells that both mean the
//! same. React notes the version of every event, a sync that of every object it brings in.

use std::collections::BTreeMap;

use bookpath_domain::StreamRecord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{Commit, Expect, ItemKey, Rounds, Store, StoreError, Write, held};

/// Versions per commit.
const TOGETHER: usize = 25;

/// The newest version of an object that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) at: Timestamp,
}

pub(super) fn key(object_id: &str) -> ItemKey {
    ItemKey::new(format!("crm-object#{object_id}"), "version")
}

/// Remembers the version that a record of Close brings; an older one changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn note(store: &dyn Store, record: &StreamRecord) -> Result<(), StoreError> {
    let delivery = &record.envelope.delivery;
    let at = delivery.occurred_at.unwrap_or(record.envelope.received_at);
    learn(store, &delivery.resource_uri, at).await
}

/// Remembers the newest versions of many objects at once; older ones change nothing.
pub(super) async fn learn_all(
    store: &dyn Store,
    newest: &BTreeMap<&str, Timestamp>,
) -> Result<(), StoreError> {
    let known: Vec<(&str, Timestamp)> = newest.iter().map(|(id, at)| (*id, *at)).collect();
    for part in known.chunks(TOGETHER) {
        let keys: Vec<ItemKey> = part.iter().map(|(id, _)| key(id)).collect();
        let items = store.get_many(&keys).await?;
        let mut writes = Vec::new();
        for ((id, at), item) in part.iter().zip(items) {
            let expect = match &item {
                Some(item) if item.read::<Version>()?.at >= *at => continue,
                Some(item) => Expect::Version(item.version),
                None => Expect::Absent,
            };
            writes.push(Write::put(key(id), None, &Version { at: *at }, expect)?);
        }
        if !writes.is_empty() && !held(store.commit(Commit::new(writes)).await)? {
            // React has noted one of them meanwhile.
            for (id, at) in part {
                learn(store, id, *at).await?;
            }
        }
    }
    Ok(())
}

/// Remembers a version of an object; an older one changes nothing.
async fn learn(store: &dyn Store, object_id: &str, at: Timestamp) -> Result<(), StoreError> {
    let key = key(object_id);
    let mut rounds = Rounds::new("the version of an object kept meeting others");
    loop {
        rounds.begin()?;
        let item = store.get(&key).await?;
        let expect = match &item {
            Some(item) if item.read::<Version>()?.at >= at => return Ok(()),
            Some(item) => Expect::Version(item.version),
            None => Expect::Absent,
        };
        let write = Write::put(key.clone(), None, &Version { at }, expect)?;
        if held(store.commit(Commit::new(vec![write])).await)? {
            return Ok(());
        }
    }
}
