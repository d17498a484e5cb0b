//! Who is who: one person's records of all vendors, found by evidence.
//!
//! The log of edges ([`log`]) is the truth and only grows; people are derived from it ([`resolve`]),
//! so the order of arrival does not matter, every person is explained by their edges ([`explain()`]) and
//! every merge can be taken back. What is only likely is a candidate ([`candidates()`]) and never merges
//! by itself.

mod blocks;
mod candidates;
mod closure;
mod compare;
mod components;
mod contact_id;
mod decision;
mod explain;
mod index;
pub mod log;
mod names;
mod record;
mod sides;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

pub use candidates::{Candidate, Part, PartKind, candidates};
pub use closure::Closure;
pub use compare::{Difference, Move, compare};
pub use components::PhoneRole;
pub use contact_id::{ContactId, NotContactId};
pub use decision::{Decision, Verdict, decided_by_erasure, taken_back};
pub use explain::{Link, explain};
pub use record::{Node, NotNode, Record, RecordKey};
pub use sides::sides_now;

use components::{Components, components};
use decision::InForce;
use index::Index;
use log::{Evidence, edge_id};
pub(in crate::people) use record::small;

/// Records that a decision keeps of a side. Only the CRM changes addresses, so among these is one that keeps its own, or
/// they are all the CRM's.
const HOLDERS_MAX: usize = 20;

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub contact_id: ContactId,
    /// What the id derives from and what decisions name: the main address, else the oldest record.
    pub anchor: Node,
    /// Places in the list of records, in order of their keys.
    pub records: Vec<u32>,
}

/// The people of a set of records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    /// By id.
    pub contacts: Vec<Contact>,
    /// By place of the record: the place of its contact.
    of_record: Vec<u32>,
    /// Telephones that join nobody.
    unjoined: HashMap<String, PhoneRole>,
}

impl People {
    /// The contact of the record at this place.
    #[must_use]
    pub fn contact_of(&self, record: usize) -> Option<&Contact> {
        let place = *self.of_record.get(record)?;
        self.contacts.get(place as usize)
    }

    /// What this telephone says of those who list it.
    #[must_use]
    pub fn phone_role(&self, phone: &str) -> PhoneRole {
        self.unjoined
            .get(phone)
            .copied()
            .unwrap_or(PhoneRole::Joins)
    }

    /// The people by id, each as the sorted names of their records: what two runs are compared by.
    #[must_use]
    pub fn partition(&self, records: &[Record]) -> Vec<(ContactId, Vec<RecordKey>)> {
        let keys = |contact: &Contact| contact.keys(records).cloned().collect();
        let contacts = self.contacts.iter();
        contacts.map(|c| (c.contact_id, keys(c))).collect()
    }
}

impl Contact {
    /// The contact's records.
    pub fn members<'a>(&self, records: &'a [Record]) -> impl Iterator<Item = &'a Record> {
        self.records
            .iter()
            .filter_map(|place| records.get(*place as usize))
    }

    /// The records that have the contact's main address, the oldest first: what [`Decision::holders`] keeps.
    /// `withdrawn` are the ids of evidence that does not count.
    #[must_use]
    pub fn holders(&self, records: &[Record], withdrawn: &HashSet<&str>) -> Vec<RecordKey> {
        let Node::Email(main) = &self.anchor else {
            return Vec::new();
        };
        let has_it = |record: &&Record| {
            record.joining_emails().contains(main)
                && !withdrawn.contains(edge_id(&record.key, Evidence::Email, main).as_str())
        };
        let mut holders: Vec<&Record> = self.members(records).filter(has_it).collect();
        holders.sort_by_key(|record| (record.seen_at, &record.key));
        let oldest = holders.into_iter().take(HOLDERS_MAX);
        oldest.map(|record| record.key.clone()).collect()
    }

    fn keys<'a>(&self, records: &'a [Record]) -> impl Iterator<Item = &'a RecordKey> {
        self.members(records).map(|record| &record.key)
    }
}

/// The people of these records, which are the newest version of each ([`log::read`]).
///
/// The result depends on the set of records and decisions, not on their order. Given the records that
/// [`Closure`] collects for a change, it is what the run over everything says about these people.
#[must_use]
pub fn resolve(records: &[Record], decisions: &[Decision]) -> People {
    let in_force = InForce::new(decisions);
    let index = Index::new(records, &in_force.withdrawn);
    let components = components(&index, &in_force);
    let mut contacts = contacts(&index, &components);
    contacts.sort_unstable_by_key(|contact| contact.contact_id);
    let mut of_record = vec![0; records.len()];
    for (place, contact) in contacts.iter_mut().enumerate() {
        contact
            .records
            .sort_unstable_by_key(|record| &records[*record as usize].key);
        for record in &contact.records {
            of_record[*record as usize] = small(place);
        }
    }
    let roles = (0_u32..).zip(&components.phones);
    let unjoined = roles
        .filter(|(_, role)| **role != PhoneRole::Joins)
        .map(|(phone, role)| (index.phones.text(phone).to_owned(), *role))
        .collect();
    People {
        contacts,
        of_record,
        unjoined,
    }
}

/// What can be a contact's anchor, the best first: not merged away, an address, the oldest, and of those that a record
/// brought together the one that it names first (S3-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Anchor<'a> {
    merged_away: bool,
    is_record: bool,
    seen_at: Timestamp,
    /// Of the address among those of the record.
    place: usize,
    text: &'a str,
    /// Of the record that the address is of, or of the anchor itself.
    key: &'a RecordKey,
}

fn contacts(index: &Index<'_>, components: &Components) -> Vec<Contact> {
    let mut seen: Vec<Option<Timestamp>> = vec![None; index.emails.len()];
    for (record, email) in &index.email_of {
        let at = index.records[*record as usize].seen_at;
        let first = &mut seen[*email as usize];
        *first = Some(first.map_or(at, |first| first.min(at)));
    }
    let anchor_of = |record: u32, email: Option<u32>| {
        let source = &index.records[record as usize];
        let first_seen = email.and_then(|email| seen[email as usize]);
        let by_address = components.by_address[record as usize];
        let text = email.map_or("", |email| index.emails.text(email));
        Anchor {
            merged_away: components.merged_away.contains(&by_address),
            is_record: email.is_none(),
            seen_at: first_seen.unwrap_or(source.seen_at),
            place: source.emails.iter().take_while(|own| *own != text).count(),
            text,
            key: &source.key,
        }
    };
    let mut place_of: Vec<Option<u32>> = vec![None; index.elements()];
    let mut found: Vec<(Anchor<'_>, Vec<u32>)> = Vec::new();
    let mut addresses = index.email_of.chunk_by(|a, b| a.0 == b.0).peekable();
    for record in 0..small(index.records.len()) {
        let own = addresses.next_if(|own| own[0].0 == record);
        let own = own.into_iter().flatten();
        let anchors = own.map(|(_, email)| anchor_of(record, Some(*email)));
        let anchor = anchors.min().unwrap_or_else(|| anchor_of(record, None));
        let person = components.people[record as usize];
        let place = *place_of[person as usize].get_or_insert_with(|| {
            found.push((anchor, Vec::new()));
            small(found.len() - 1)
        });
        let (best, members) = &mut found[place as usize];
        *best = anchor.min(*best);
        members.push(record);
    }
    found.into_iter().map(contact).collect()
}

fn contact((anchor, records): (Anchor<'_>, Vec<u32>)) -> Contact {
    let anchor = if anchor.is_record {
        Node::Record(anchor.key.clone())
    } else {
        Node::Email(anchor.text.to_owned())
    };
    Contact {
        contact_id: ContactId::from_anchor(&anchor),
        anchor,
        records,
    }
}
