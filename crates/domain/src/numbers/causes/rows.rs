//! Rows of silver that differ between two moments, and who told of each.

use std::collections::HashMap;
use std::hash::Hash;

use crate::people::sources::InviteeRow;

/// Where news came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Telling {
    /// A webhook whose body has this SHA-256.
    Raw(String),
    /// An entry of the ledger.
    Payment {
        booking_id: String,
        payment_id: String,
    },
    /// A record without a webhook of its own, as an imported one.
    Record,
}

/// A row before and after; one of them at least is there.
pub(super) type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Rows that differ between the two moments.
pub(super) fn changed<'a, T: PartialEq, K: Eq + Hash>(
    before: &'a [T],
    after: &'a [T],
    key: fn(&'a T) -> K,
) -> Vec<Pair<'a, T>> {
    let mut then: HashMap<K, &T> = before.iter().map(|row| (key(row), row)).collect();
    let mut pairs: Vec<Pair<'a, T>> = Vec::new();
    for row in after {
        match then.remove(&key(row)) {
            Some(known) if known == row => {}
            known => pairs.push((known, Some(row))),
        }
    }
    pairs.extend(then.into_values().map(|row| (Some(row), None)));
    pairs
}

/// What a row that changed says: its webhook. `None` for one that says something else by the same webhook as before: other
/// rules derived it, or another program wrote it.
pub(super) fn telling<T>((then, now): Pair<'_, T>, raw: fn(&T) -> Option<&str>) -> Option<Telling> {
    let (had, has) = (then.and_then(raw), now.and_then(raw));
    match has {
        Some(_) if had == has => None,
        Some(sha256) => Some(Telling::Raw(sha256.to_owned())),
        None => Some(Telling::Record),
    }
}

/// What an invitee that changed says: its webhook, and where a no-show mark was set or taken back the mark's.
pub(super) fn of_invitee(pair: Pair<'_, InviteeRow>) -> Vec<Option<Telling>> {
    let (then, now) = pair;
    let marks = |row: Option<&InviteeRow>| row.map(|row| row.no_show).unwrap_or_default();
    let mark = now.filter(|_| marks(then) != marks(now));
    let mark = mark
        .and_then(|row| row.mark_sha256.clone())
        .map(Telling::Raw);
    if then.zip(now).is_some_and(differs_by_rules) {
        return vec![None];
    }
    let own = telling(pair, |row| row.raw_sha256.as_deref());
    match mark {
        // The mark is what changed the row.
        Some(mark) if own.is_none() => vec![Some(mark)],
        mark => [vec![own], mark.map(Some).into_iter().collect()].concat(),
    }
}

/// Only the chain differs.
pub(super) fn differs_by_chain((then, now): (&InviteeRow, &InviteeRow)) -> bool {
    let chain_id = now.chain_id.clone();
    *now == InviteeRow {
        chain_id,
        ..then.clone()
    }
}

/// Only what the rules of the business say of it differs.
fn differs_by_rules((then, now): (&InviteeRow, &InviteeRow)) -> bool {
    *now == InviteeRow {
        chain_id: now.chain_id.clone(),
        channel: now.channel.clone(),
        call_type: now.call_type,
        ..then.clone()
    }
}
