//! What follows from the order in which chains come.
//!
//! Nearly every chain is newer than all before it. Then "is it the contact's first?" is whether the contact is known,
//! and "is the contact counted on that day already?" concerns the newest day alone. Both are answered from eight bytes a
//! contact and the newest day's list; only what comes out of order needs the contact's own chains.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Entry, Group, PeopleChange, note, places};
use crate::error::Result;
use crate::gold::state::People;
use crate::hash::HashedSet;
use crate::runs::{Runs, packed};
use crate::store::Store;
use crate::time::{DAY_US, Zone};

/// Where the runs of known contacts lie.
pub(crate) const KNOWN: &str = "state/known-contacts";

/// What is known of a contact before a run applies its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It never had a chain.
    New,
    /// It has some, all older than those that come.
    Returning,
    /// Its own chains have to be looked up.
    Changed,
}

/// Who is known, and how far the chains go.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Order {
    /// Every contact that ever had a chain.
    known: Runs<1>,
    /// created_at of the newest chain that there ever was, microseconds.
    newest: Option<i64>,
    /// The newest day on which a chain was ever created.
    newest_day: i32,
    /// Contacts at the places of that day, each as [`seat`]; sorted.
    #[serde(with = "packed")]
    seats: Vec<u64>,
    /// Known contacts without a chain; sorted.
    #[serde(with = "packed")]
    emptied: Vec<u64>,
}

/// What a run changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Contacts that became known.
    met: Vec<[u64; 1]>,
    /// (day, [`seat`]) of the chains that are there.
    taken: Vec<(i32, u64)>,
    /// Seats of the newest day that were there before.
    left: HashedSet,
}

/// A contact at a place.
fn seat(contact: u64, place: u64) -> u64 {
    contact ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31)
}

impl Order {
    /// From all chains, sorted.
    pub(super) fn of(chains: &[Entry], zone: &mut Zone, put: &mut Vec<(String, Bytes)>) -> Self {
        let contacts = chains
            .chunk_by(|a, b| a[0] == b[0])
            .map(|group| [group[0][0]])
            .collect();
        let (known, object) = Runs::from_entries(KNOWN, contacts);
        put.extend(object);
        let newest = chains.iter().map(|e| e[1].cast_signed()).max();
        let mut order = Self {
            known,
            newest,
            ..Self::default()
        };
        let mut changes = Changes::default();
        // A local day is never longer than two days of UTC.
        let recent = chains
            .iter()
            .filter(|e| newest.is_some_and(|newest| e[1].cast_signed() > newest - 2 * DAY_US));
        changes
            .taken
            .extend(recent.map(|e| (zone.local(e[1].cast_signed()).days, seat(e[0], e[2]))));
        order.seat(changes);
        order
    }

    /// How each contact stands before its entries are applied.
    pub(super) async fn standings(
        &self,
        store: &Store,
        groups: &[Group<'_>],
        zone: &mut Zone,
    ) -> Result<Vec<Standing>> {
        let mut contacts = groups.iter().map(|group| group[0].0[0]).collect();
        let known: HashedSet = self
            .known
            .lookup(store, &mut contacts)
            .await?
            .into_iter()
            .map(|[contact]| contact)
            .collect();
        let mut standing = |group: &Group<'_>| {
            let contact = group[0].0[0];
            if !known.contains(&contact) {
                return Standing::New;
            }
            let in_order = self.emptied.binary_search(&contact).is_err()
                && group.iter().all(|(entry, count)| {
                    let created = entry[1].cast_signed();
                    // Where clocks go back at midnight, a later chain may be of an earlier day.
                    *count > 0
                        && self.newest < Some(created)
                        && zone.local(created).days >= self.newest_day
                });
            if in_order {
                Standing::Returning
            } else {
                Standing::Changed
            }
        };
        Ok(groups.iter().map(&mut standing).collect())
    }

    /// Counts chains that come after all that the contact had: none of them is its first.
    pub(super) fn count_returning(
        &self,
        came: &[Entry],
        zone: &mut Zone,
        change: &mut PeopleChange,
    ) {
        let Some([contact, ..]) = came.first() else {
            return;
        };
        for (day, place) in places(came, zone) {
            if day > self.newest_day || self.seats.binary_search(&seat(*contact, place)).is_err() {
                note(
                    change,
                    day,
                    place,
                    People {
                        unique: 1,
                        first_time: 0,
                    },
                );
            }
        }
    }

    /// Remembers a contact's entries. Those of a returning contact are only the ones that came.
    pub(super) fn settle(
        &mut self,
        contact: u64,
        standing: Standing,
        before: &[Entry],
        after: &[Entry],
        changes: &mut Changes,
        zone: &mut Zone,
    ) {
        if standing == Standing::New {
            changes.met.push([contact]);
        }
        match self.emptied.binary_search(&contact) {
            Err(at) if after.is_empty() => self.emptied.insert(at, contact),
            Ok(at) if !after.is_empty() => {
                self.emptied.remove(at);
            }
            _ => {}
        }
        for (day, place) in places(before, zone) {
            if day == self.newest_day {
                changes.left.insert(seat(contact, place));
            }
        }
        changes.taken.extend(
            places(after, zone)
                .into_iter()
                .map(|(day, place)| (day, seat(contact, place))),
        );
        self.newest = self
            .newest
            .max(after.iter().map(|e| e[1].cast_signed()).max());
    }

    /// Ends a run; the returned object, if any, must be written before the state.
    pub(super) async fn close(
        &mut self,
        store: &Store,
        mut changes: Changes,
    ) -> Result<Option<(String, Bytes)>> {
        let met = std::mem::take(&mut changes.met);
        self.seat(changes);
        self.known.add(store, KNOWN, &met).await
    }

    fn seat(&mut self, changes: Changes) {
        let day = changes.taken.iter().map(|(day, _)| *day).max();
        if let Some(day) = day.filter(|day| *day > self.newest_day) {
            self.newest_day = day;
            self.seats.clear();
        }
        self.seats.retain(|seat| !changes.left.contains(seat));
        self.seats.extend(
            changes
                .taken
                .into_iter()
                .filter(|(day, _)| *day == self.newest_day)
                .map(|(_, seat)| seat),
        );
        self.seats.sort_unstable();
        self.seats.dedup();
    }

    /// Keys of the objects that hold the known contacts.
    pub(super) fn objects(&self) -> impl Iterator<Item = &str> {
        self.known.objects()
    }
}
