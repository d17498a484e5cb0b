//! Distinct and first-time contacts, kept right by each touched contact's whole list of chains, or by what follows from
//! the order in which chains come.

mod order;

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::changes::Dims;
use crate::error::Result;
use crate::gold::state::People;
use crate::hash::{HashedMap, hash_name, hash64};
use crate::refine::state::RefineState;
use crate::runs::{REMOVED, Runs, live};
use crate::store::Store;
use crate::time::Zone;
pub(crate) use order::KNOWN;
use order::{Changes, Order, Standing};

/// (contact, created_at, hash of source and channel, chain).
pub(crate) type Entry = [u64; 4];

/// Where the runs of chains lie.
pub(crate) const CHAINS: &str = "state/contacts";
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

/// What is remembered of contacts: every chain, and what answers for most new ones without looking at those.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Contacts {
    #[serde(flatten)]
    chains: Runs<4>,
    /// `None` in a state that was written before there was such a thing.
    #[serde(default)]
    order: Option<Order>,
}

/// One contact's entries of a run, and the number of each.
type Group<'a> = &'a [(Entry, i64)];

impl Contacts {
    /// Applies signed entries (any order) and returns what changes for people.
    pub(crate) async fn apply(
        &mut self,
        store: &Store,
        refine: &RefineState,
        signed: Vec<(Entry, i8)>,
        zone: &mut Zone,
        put: &mut Vec<(String, Bytes)>,
    ) -> Result<PeopleChange> {
        let net = net(signed);
        if self.chains.is_empty() {
            return self.begin(store, refine, &net, zone, put).await;
        }
        let mut order = match self.order.take() {
            Some(order) => order,
            None => Order::of(&live(self.chains.all(store).await?, FLAG), zone, put),
        };
        let groups: Vec<Group<'_>> = net.chunk_by(|a, b| a.0[0] == b.0[0]).collect();
        let standings = order.standings(store, &groups, zone).await?;
        let looked_up = groups
            .iter()
            .zip(&standings)
            .filter(|(_, s)| **s == Standing::Changed);
        let mut contacts = looked_up.map(|(group, _)| group[0].0[0]).collect();
        let stored = live(self.chains.lookup(store, &mut contacts).await?, FLAG);
        let mut change = PeopleChange::default();
        let mut changes = Changes::default();
        for (group, standing) in groups.iter().zip(&standings) {
            let contact = group[0].0[0];
            let from = stored.partition_point(|e| e[0] < contact);
            let before = &stored[from..from + stored[from..].partition_point(|e| e[0] == contact)];
            let after = replay(before, group);
            if *standing == Standing::Returning {
                order.count_returning(&after, zone, &mut change);
            } else {
                for (entries, sign) in [(before, -1), (after.as_slice(), 1)] {
                    count(store, refine, entries, sign, zone, &mut change).await?;
                }
            }
            order.settle(contact, *standing, before, &after, &mut changes, zone);
        }
        change.retain(|_, (_, _, people)| *people != People::default());
        put.extend(order.close(store, changes).await?);
        self.order = Some(order);
        let entries: Vec<Entry> = net
            .iter()
            .map(|(e, n)| {
                if *n > 0 {
                    *e
                } else {
                    [e[0], e[1], e[2] | REMOVED, e[3]]
                }
            })
            .collect();
        put.extend(self.chains.add(store, CHAINS, &entries).await?);
        Ok(change)
    }

    /// The first chains of all.
    async fn begin(
        &mut self,
        store: &Store,
        refine: &RefineState,
        net: &[(Entry, i64)],
        zone: &mut Zone,
        put: &mut Vec<(String, Bytes)>,
    ) -> Result<PeopleChange> {
        let entries: Vec<Entry> = net.iter().filter(|n| n.1 > 0).map(|n| n.0).collect();
        let mut change = PeopleChange::default();
        for contact in entries.chunk_by(|a, b| a[0] == b[0]) {
            count(store, refine, contact, 1, zone, &mut change).await?;
        }
        self.order = Some(Order::of(&entries, zone, put));
        let (chains, object) = Runs::from_entries(CHAINS, entries);
        self.chains = chains;
        put.extend(object);
        Ok(change)
    }

    /// Keys of the objects that hold all this.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &str> {
        self.chains
            .objects()
            .chain(self.order.iter().flat_map(Order::objects))
    }
}

/// Entries with how often they come, without those that leave as often; sorted.
fn net(mut signed: Vec<(Entry, i8)>) -> Vec<(Entry, i64)> {
    signed.sort_unstable();
    let mut net: Vec<(Entry, i64)> = Vec::with_capacity(signed.len());
    for (entry, sign) in signed {
        match net.last_mut() {
            Some(last) if last.0 == entry => last.1 += i64::from(sign),
            _ => net.push((entry, i64::from(sign))),
        }
    }
    net.retain(|n| n.1 != 0);
    net
}

/// A contact's entries after the run.
fn replay(before: &[Entry], group: Group<'_>) -> Vec<Entry> {
    let mut after = before.to_vec();
    for (entry, count) in group {
        if *count > 0 {
            after.push(*entry);
        } else if let Some(gone) = after.iter().position(|e| e == entry) {
            after.remove(gone);
        }
    }
    after.sort_unstable();
    after
}

/// Adds to what changes for people on a day at a place.
fn note(change: &mut PeopleChange, day: i32, place: u64, people: People) {
    let key = place ^ u64::from(day.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let slot = change.entry(key).or_insert((day, place, People::default()));
    slot.2.unique += people.unique;
    slot.2.first_time += people.first_time;
}

/// The days and places of a contact's chains, each once.
fn places(entries: &[Entry], zone: &mut Zone) -> BTreeSet<(i32, u64)> {
    entries
        .iter()
        .map(|e| (zone.local(e[1].cast_signed()).days, e[2]))
        .collect()
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
    let Some(first) = first(store, refine, entries).await? else {
        return Ok(());
    };
    if let [only] = entries {
        let day = zone.local(only[1].cast_signed()).days;
        note(
            change,
            day,
            only[2],
            People {
                unique: sign,
                first_time: sign,
            },
        );
        return Ok(());
    }
    for (day, place) in places(entries, zone) {
        note(
            change,
            day,
            place,
            People {
                unique: sign,
                first_time: 0,
            },
        );
    }
    note(
        change,
        zone.local(first[1].cast_signed()).days,
        first[2],
        People {
            unique: 0,
            first_time: sign,
        },
    );
    Ok(())
}

/// The entry of the smallest (created_at, chain_id).
async fn first(store: &Store, refine: &RefineState, entries: &[Entry]) -> Result<Option<Entry>> {
    let Some(earliest) = entries.iter().map(|e| e[1].cast_signed()).min() else {
        return Ok(None);
    };
    let mut ties = entries.iter().filter(|e| e[1].cast_signed() == earliest);
    let Some(mut first) = ties.next().copied() else {
        return Ok(None);
    };
    let mut first_name: Option<String> = None;
    for other in ties
        .filter(|e| e[2] != first[2])
        .copied()
        .collect::<Vec<_>>()
    {
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

#[cfg(test)]
mod tests;
