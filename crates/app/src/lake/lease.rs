//! Leases in the store: one holder at a time, over all processes, and none for ever.
//!
//! A holder that dies loses its lease when the term ends; one that works longer renews it. Who holds a lease may
//! still be overtaken when its clock is wrong, so what it guards must notice a second writer by itself: the lake
//! does, since every commit is conditional.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Commit, Expect, Item, ItemKey, Store, StoreError, Write, held};

/// How long a lease is believed without being renewed.
pub const TERM: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    owner: String,
    until: Timestamp,
}

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    name: String,
    owner: String,
    version: u64,
}

fn key(name: &str) -> ItemKey {
    ItemKey::new(format!("lease#{name}"), "row")
}

/// Takes the lease called `name`; `None` while somebody else holds it.
///
/// # Errors
/// [`StoreError`].
pub async fn acquire(
    store: &dyn Store,
    name: &str,
    owner: &str,
    now: Timestamp,
) -> Result<Option<Lease>, StoreError> {
    let item = store.get(&key(name)).await?;
    let row: Option<Row> = item.as_ref().map(Item::read).transpose()?;
    if row.is_some_and(|row| row.until > now && row.owner != owner) {
        return Ok(None);
    }
    let version = item.map_or(0, |item| item.version);
    let expect = if version == 0 {
        Expect::Absent
    } else {
        Expect::Version(version)
    };
    put(
        store,
        &Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            version,
        },
        now,
        expect,
    )
    .await
}

impl Lease {
    /// Prolongs it; `None` when it was lost to somebody else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn renew(
        &self,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        put(store, self, now, Expect::Version(self.version)).await
    }

    /// Gives it back, if it is still held.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release(self, store: &dyn Store) -> Result<(), StoreError> {
        let gone = Write::Delete {
            key: key(&self.name),
            expect: Expect::Version(self.version),
        };
        match store.commit(Commit::new(vec![gone])).await {
            Err(StoreError::Conflict(_)) => Ok(()),
            other => other,
        }
    }
}

async fn put(
    store: &dyn Store,
    lease: &Lease,
    now: Timestamp,
    expect: Expect,
) -> Result<Option<Lease>, StoreError> {
    let row = Row {
        owner: lease.owner.clone(),
        until: now + TERM,
    };
    let write = Write::put(key(&lease.name), None, &row, expect)?;
    let taken = held(store.commit(Commit::new(vec![write])).await)?;
    Ok(taken.then(|| Lease {
        version: lease.version + 1,
        ..lease.clone()
    }))
}
