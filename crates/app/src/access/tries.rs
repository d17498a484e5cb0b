//! Tries within a sliding window, counted in the store: the limit holds over all processes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ports::{Commit, Expect, Item, ItemKey, Rounds, Store, StoreError, Write, held};

/// How often something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Names what is tried.
    pub name: &'static str,
    pub tries_max: usize,
    pub window: SignedDuration,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tries {
    at: Vec<Timestamp>,
}

/// Counts a try of `who`. `Ok(Some(seconds))`: the window is full, and the next try may come after these seconds, at
/// least 1. A refused try is not counted.
///
/// # Errors
/// [`StoreError`].
pub async fn count(
    store: &dyn Store,
    limit: Limit,
    who: &str,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let key = ItemKey::new(
        format!("tries#{}#{}", limit.name, hex::encode(Sha256::digest(who))),
        "row",
    );
    let mut rounds = Rounds::new("the tries of a caller kept meeting each other");
    loop {
        rounds.begin()?;
        let item = store.get(&key).await?;
        let mut tries: Tries = item
            .as_ref()
            .map_or_else(|| Ok(Tries::default()), Item::read)?;
        tries.at.retain(|at| now.duration_since(*at) < limit.window);
        if tries.at.len() >= limit.tries_max {
            let oldest = tries.at.first().copied().unwrap_or(now);
            let left = (limit.window - now.duration_since(oldest)).as_secs().max(1);
            return Ok(Some(left.unsigned_abs()));
        }
        tries.at.push(now);
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let write = Write::put(key.clone(), None, &tries, expect)?.expiring(now + limit.window);
        if held(store.commit(Commit::new(vec![write])).await)? {
            return Ok(None);
        }
    }
}
