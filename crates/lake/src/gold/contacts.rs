//! Distinct and first-time contacts, kept right by each touched contact's whole list of chains.

use std::collections::BTreeSet;

use crate::changes::Dims;
use crate::error::Result;
use crate::gold::state::{ComputeState, People};
use crate::hash::{HashedMap, hash_name, hash64};
use crate::refine::state::RefineState;
use crate::runs::{REMOVED, live};
use crate::store::Store;
use crate::time::Zone;

/// (contact, created_at, hash of source and channel, chain).
pub(crate) type Entry = [u64; 4];

/// The word of an entry whose lowest bit is the index's flag.
const FLAG: usize = 2;

/// Identity of (source, channel); its lowest bit is free.
pub(crate) fn place_hash(source: &str, channel: &str) -> u64 {
    (hash_name(source).rotate_left(17) ^ hash64(channel)) & !REMOVED
}

/// [`place_hash`] of a dictionary entry.
pub(crate) fn place_of(dims: &Dims) -> u64 {
    place_hash(&dims.source, &dims.channel)
}

/// Change of people by (day, place).
pub(crate) type PeopleChange = HashedMap<(i32, u64, People)>;

/// Applies signed entries (any order) to the index and returns what changes for people.
pub(crate) async fn apply(
    store: &Store,
    refine: &RefineState,
    state: &mut ComputeState,
    mut signed: Vec<(Entry, i8)>,
    zone: &mut Zone,
    put: &mut Vec<(String, bytes::Bytes)>,
) -> Result<PeopleChange> {
    signed.sort_unstable();
    let fresh = state.contacts.is_empty();
    let mut net: Vec<(Entry, i64)> = Vec::with_capacity(signed.len());
    for (entry, sign) in signed {
        match net.last_mut() {
            Some(last) if last.0 == entry => last.1 += i64::from(sign),
            _ => net.push((entry, i64::from(sign))),
        }
    }
    net.retain(|n| n.1 != 0);
    let mut stored: Vec<Entry> = Vec::new();
    if !fresh {
        let mut contacts = net.iter().map(|(e, _)| e[0]).collect();
        stored = live(state.contacts.lookup(store, &mut contacts).await?, FLAG);
    }
    let mut change = PeopleChange::default();
    let mut at = 0;
    for group in net.chunk_by(|a, b| a.0[0] == b.0[0]) {
        let contact = group[0].0[0];
        at += stored[at..].partition_point(|e| e[0] < contact);
        let upto = at + stored[at..].partition_point(|e| e[0] == contact);
        let before = &stored[at..upto];
        let mut after = before.to_vec();
        for (entry, count) in group {
            if *count > 0 {
                after.push(*entry);
            } else if let Some(gone) = after.iter().position(|e| e == entry) {
                after.remove(gone);
            }
        }
        after.sort_unstable();
        for (entries, sign) in [(before, -1), (after.as_slice(), 1)] {
            count(store, refine, entries, sign, zone, &mut change).await?;
        }
    }
    change.retain(|_, (_, _, p)| *p != People::default());
    if fresh {
        let entries = net.into_iter().filter(|n| n.1 > 0).map(|n| n.0).collect();
        let (runs, object) = crate::runs::Runs::from_entries("state/contacts", entries);
        state.contacts = runs;
        put.extend(object);
    } else {
        let entries: Vec<Entry> = net.iter().map(|(e, n)| if *n > 0 { *e } else { [e[0], e[1], e[2] | REMOVED, e[3]] }).collect();
        put.extend(state.contacts.add(store, "state/contacts", &entries).await?);
    }
    Ok(change)
}

/// Adds one contact's list to the change: distinct places, and the place of its first chain.
async fn count(
    store: &Store,
    refine: &RefineState,
    entries: &[Entry],
    sign: i64,
    zone: &mut Zone,
    change: &mut PeopleChange,
) -> Result<()> {
    let Some(first) = first(store, refine, entries).await? else { return Ok(()) };
    let mut add = |day: i32, place: u64, people: People| {
        let key = place ^ u64::from(day.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = change.entry(key).or_insert((day, place, People::default()));
        slot.2.unique += sign * people.unique;
        slot.2.first_time += sign * people.first_time;
    };
    if let [only] = entries {
        let day = zone.local(only[1].cast_signed()).days;
        add(day, only[2], People { unique: 1, first_time: 1 });
        return Ok(());
    }
    let places: BTreeSet<(i32, u64)> = entries.iter().map(|e| (zone.local(e[1].cast_signed()).days, e[2])).collect();
    for (day, place) in places {
        add(day, place, People { unique: 1, first_time: 0 });
    }
    add(zone.local(first[1].cast_signed()).days, first[2], People { unique: 0, first_time: 1 });
    Ok(())
}

/// The entry of the smallest (created_at, chain_id).
async fn first(store: &Store, refine: &RefineState, entries: &[Entry]) -> Result<Option<Entry>> {
    let Some(earliest) = entries.iter().map(|e| e[1].cast_signed()).min() else { return Ok(None) };
    let mut ties = entries.iter().filter(|e| e[1].cast_signed() == earliest);
    let Some(mut first) = ties.next().copied() else { return Ok(None) };
    let mut first_name: Option<String> = None;
    for other in ties.filter(|e| e[2] != first[2]).copied().collect::<Vec<_>>() {
        // Only here do the names of chains matter: they are the uris of rows created at that instant.
        let mine = match first_name.take() {
            Some(name) => name,
            None => crate::refine::uri_of(store, refine, first[3], earliest).await?,
        };
        let name = crate::refine::uri_of(store, refine, other[3], earliest).await?;
        if name < mine {
            (first, first_name) = (other, Some(name));
        } else {
            first_name = Some(mine);
        }
    }
    Ok(Some(first))
}
