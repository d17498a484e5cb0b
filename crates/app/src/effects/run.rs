//! Which entries are performed, and which of them together.

use std::collections::BTreeSet;

use futures::FutureExt as _;

use super::entry::perform;
use super::outbox::{self, EffectRow};
use super::performer::Performer;
use crate::ports::{Commit, Expect, StoreError, held};

/// Effects of different bookings that are performed at the same time.
const PARALLEL: usize = 32;
/// Effects that are looked at in one go.
const PAGE: usize = 64;

/// Expires the claims of a process that died, so that its effects are tried again at once. Only for a process
/// that is certain to be the only one.
///
/// # Errors
/// [`StoreError`].
pub async fn take_over(performer: &Performer) -> Result<usize, StoreError> {
    let store = performer.reactor.store.as_ref();
    let orphaned = outbox::claimed_by_others(store, &performer.owner).await?;
    for (row, version) in &orphaned {
        let open = EffectRow {
            claim: None,
            due: performer.reactor.now(),
            ..row.clone()
        };
        let write = open.write(Expect::Version(*version))?;
        // Where it does not hold, a sweep of another process was quicker.
        held(store.commit(Commit::new(vec![write])).await)?;
    }
    Ok(orphaned.len())
}

/// Performs everything that is due now; how many entries were tried.
///
/// # Errors
/// [`StoreError`]; what was begun is taken up when its claim ends.
pub async fn perform_due(performer: &Performer) -> Result<usize, StoreError> {
    let store = performer.reactor.store.as_ref();
    let mut tried = 0;
    loop {
        let now = performer.reactor.now();
        let due = outbox::due(store, now, PAGE).await?;
        if due.entries.is_empty() && due.unreadable.is_empty() {
            return Ok(tried);
        }
        outbox::set_aside(store, due.unreadable, now).await?;
        tried += perform_all(performer, due.entries).await?;
    }
}

/// Performs those of the named entries whose time has come; how many were tried. What is claimed, done or not due is
/// left to [`perform_due`].
///
/// # Errors
/// [`StoreError`]; as [`perform_due`].
pub async fn perform_named(
    performer: &Performer,
    keys: impl IntoIterator<Item = &str>,
) -> Result<usize, StoreError> {
    let mut due = Vec::new();
    for key in keys.into_iter().collect::<BTreeSet<&str>>() {
        let found = match outbox::find(performer.reactor.store.as_ref(), key).await {
            Ok(found) => found,
            // It keeps no other from its turn; the clock's run sets it aside.
            Err(StoreError::Corrupt(error)) => {
                tracing::warn!(%error, key, "an effect can't be read");
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some((row, version)) = found
            && row.claim.is_none()
            && row.failed.as_ref().is_none_or(|failed| !failed.given_up)
            && row.due <= performer.reactor.now()
        {
            due.push((row, version));
        }
    }
    due.sort_by_key(|(row, _)| row.due);
    perform_all(performer, due).await
}

/// Performs the entry under `key` for a caller who waits for its outcome. `false`: another process is at it, and the
/// caller may ask again in a moment. An entry that an earlier try has put off is tried once more if `again`.
///
/// # Errors
/// [`StoreError`].
pub async fn perform_awaited(
    performer: &Performer,
    key: &str,
    again: bool,
) -> Result<bool, StoreError> {
    let store = performer.reactor.store.as_ref();
    let Some((entry, version)) = outbox::find(store, key).await? else {
        return Ok(true);
    };
    if entry.claim.is_some() {
        return Ok(false);
    }
    if entry.failed.is_some() && !again {
        return Ok(true);
    }
    perform(performer, entry, version).await?;
    let left = outbox::find(store, key).await?;
    Ok(left.is_none_or(|(entry, _)| entry.claim.is_none()))
}

/// Performs entries; an error of one keeps no other from its turn.
async fn perform_all(
    performer: &Performer,
    due: Vec<(EffectRow, u64)>,
) -> Result<usize, StoreError> {
    let (mut tried, mut failed) = (0, Ok(()));
    for group in groups(due) {
        tried += group.len();
        let runs: Vec<_> = group
            .into_iter()
            .map(|(row, version)| perform(performer, row, version).boxed())
            .collect();
        for result in futures::future::join_all(runs).await {
            failed = failed.and(result);
        }
    }
    failed.map(|()| tried)
}

/// Splits entries, in their order, into groups that run in parallel: no group has two of one booking.
fn groups(due: Vec<(EffectRow, u64)>) -> Vec<Vec<(EffectRow, u64)>> {
    let mut groups: Vec<Vec<(EffectRow, u64)>> = Vec::new();
    let mut bookings: BTreeSet<String> = BTreeSet::new();
    for entry in due {
        let booking_id = entry.0.work.booking_id().to_owned();
        let full =
            groups.last().is_none_or(|g| g.len() >= PARALLEL) || bookings.contains(&booking_id);
        if full {
            groups.push(Vec::new());
            bookings.clear();
        }
        bookings.insert(booking_id);
        if let Some(group) = groups.last_mut() {
            group.push(entry);
        }
    }
    groups
}
