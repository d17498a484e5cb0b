//! What a change does to the people: the dry run of a decision.

use std::collections::BTreeSet;

use serde::Serialize;

use super::People;
use super::contact_id::ContactId;
use super::record::{Record, RecordKey};

/// A record that belongs to another contact than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub record: RecordKey,
    pub from: ContactId,
    pub to: ContactId,
}

/// The difference of two runs over the same records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// By name of the record.
    pub moves: Vec<Move>,
    pub contacts_gone: Vec<ContactId>,
    pub contacts_new: Vec<ContactId>,
}

impl Difference {
    /// The contacts whose figures may move.
    #[must_use]
    pub fn touched(&self) -> BTreeSet<ContactId> {
        let moved = self.moves.iter().flat_map(|m| [m.from, m.to]);
        let ids = self.contacts_gone.iter().chain(&self.contacts_new).copied();
        moved.chain(ids).collect()
    }
}

/// Which records change their contact between two runs over the same list of records.
#[must_use]
pub fn compare(records: &[Record], before: &People, after: &People) -> Difference {
    let id = |people: &People, place| people.contact_of(place).map(|c| c.contact_id);
    let mut moves: Vec<Move> = records
        .iter()
        .enumerate()
        .filter_map(|(place, record)| {
            let (from, to) = (id(before, place)?, id(after, place)?);
            (from != to).then(|| Move {
                record: record.key.clone(),
                from,
                to,
            })
        })
        .collect();
    moves.sort_by(|a, b| a.record.cmp(&b.record));
    let ids = |people: &People| -> BTreeSet<ContactId> {
        people.contacts.iter().map(|c| c.contact_id).collect()
    };
    let (old, new) = (ids(before), ids(after));
    Difference {
        moves,
        contacts_gone: old.difference(&new).copied().collect(),
        contacts_new: new.difference(&old).copied().collect(),
    }
}
