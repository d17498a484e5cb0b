//! How many texts the sender's number may send per second; each text gets its place in the queue.
//!
//! The state is one item of the store, so every process that sends keeps to the same pace. A second's worth of
//! parts may go at once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Commit, Expect, ItemKey, Rounds, Store, StoreError, Write, held};

const BURST: SignedDuration = SignedDuration::from_secs(1);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Pace {
    /// When everything that has a place will have gone, at the number's pace.
    busy_until: Timestamp,
}

/// The instant at which a text of so many parts may go, with all that have a place already taken into account; and
/// the state after it.
fn place(
    busy_until: Option<Timestamp>,
    parts: u32,
    per_second: u32,
    now: Timestamp,
) -> (Timestamp, Timestamp) {
    let cost = SignedDuration::from_micros(
        i64::from(parts.max(1)) * 1_000_000 / i64::from(per_second.max(1)),
    );
    let after = busy_until.map_or(now, |busy| busy.max(now)) + cost;
    ((after - BURST).max(now), after)
}

/// Takes a place in the queue; the text may go at the instant that is returned.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn reserve(
    store: &dyn Store,
    parts: u32,
    per_second: u32,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let key = ItemKey::new("pace#sms", "row");
    let mut rounds = Rounds::new("too many texts ask for their place at once");
    loop {
        rounds.begin()?;
        let item = store.get(&key).await?;
        let known = item.as_ref().map(|item| item.read::<Pace>()).transpose()?;
        let (at, busy_until) = place(known.map(|pace| pace.busy_until), parts, per_second, now);
        let expect = item
            .as_ref()
            .map_or(Expect::Absent, |item| Expect::Version(item.version));
        let write = Write::put(key.clone(), None, &Pace { busy_until }, expect)?;
        if held(store.commit(Commit::new(vec![write])).await)? {
            return Ok(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_goes_at_once_and_the_rest_at_the_numbers_pace() {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let mut busy = None;
        let mut waits = Vec::new();
        for parts in [1, 1, 1, 2, 1] {
            let (at, after) = place(busy, parts, 2, now);
            busy = Some(after);
            waits.push(at.duration_since(now).as_millis());
        }
        assert_eq!(waits, [0, 0, 500, 1500, 2000]);
        // After a pause the number is free again.
        let later = now + SignedDuration::from_secs(60);
        assert_eq!(place(busy, 1, 2, later).0, later);
        assert_eq!(place(None, 6, 1, now).0, now + SignedDuration::from_secs(5));
    }
}
