//! Whom a decision is about, among the records that there are.
//!
//! An admin decides about two people. Each is named by the main address, and the CRM may change the only record that has
//! it. So the decision keeps which records had the address ([`Decision::holders`]). It is about whoever has the address
//! as long as one of these records has it still, and about the oldest of them from then on: what was decided before the
//! CRM's change is what would have been decided after it.

use std::collections::{HashMap, HashSet};

use super::decision::{Decision, Side};
use super::index::Index;
use super::record::{Node, Record, RecordKey, small};

/// Finds sides among the records of an index.
#[derive(Debug)]
pub(super) struct Finder<'i, 'a> {
    index: &'i Index<'a>,
    /// Places of the records that the sides name or keep.
    places: HashMap<&'a RecordKey, u32>,
}

impl<'i, 'a> Finder<'i, 'a> {
    /// For these sides.
    pub(super) fn new<'s>(
        index: &'i Index<'a>,
        sides: impl IntoIterator<Item = &'s [Side<'s>; 2]>,
    ) -> Self {
        let mut wanted: HashSet<&RecordKey> = HashSet::new();
        for side in sides.into_iter().flatten() {
            wanted.extend(side.holders);
            if let Node::Record(key) = side.named {
                wanted.insert(key);
            }
        }
        let mut places = HashMap::new();
        if !wanted.is_empty() {
            for (place, record) in index.records.iter().enumerate() {
                if wanted.contains(&record.key) {
                    places.insert(&record.key, small(place));
                }
            }
        }
        Self { index, places }
    }

    /// The element that stands for the side; a telephone stands for nobody, and neither does what no record has.
    pub(super) fn element(&self, side: &Side<'_>) -> Option<u32> {
        let email = match side.named {
            Node::Email(email) => self.index.emails.find(email),
            Node::Phone(_) => return None,
            Node::Record(key) => return self.places.get(key).copied(),
        };
        let holders = || {
            let holders = side.holders.iter();
            holders.filter_map(|key| self.places.get(key).copied())
        };
        let held = |email: u32| holders().any(|record| self.index.has(record, email));
        let of = |email| self.index.element_of_email(email);
        let still = email.filter(|email| held(*email)).map(of);
        still.or_else(|| holders().next()).or_else(|| email.map(of))
    }

    /// The elements of both sides, where each is somebody.
    pub(super) fn pair(&self, sides: &[Side<'_>; 2]) -> Option<(u32, u32)> {
        Some((self.element(&sides[0])?, self.element(&sides[1])?))
    }
}

/// By what the sides of these decisions are found now: an address that counts, or a record; `None` where a side is nobody
/// any more, and for what only takes back. `withdrawn` are the ids of evidence that does not count.
#[must_use]
pub fn sides_now<'d>(
    decisions: impl IntoIterator<Item = &'d Decision>,
    withdrawn: &HashSet<&str>,
    records: &[Record],
) -> Vec<[Option<Node>; 2]> {
    let decisions: Vec<&Decision> = decisions.into_iter().collect();
    let sides = decisions.iter().filter_map(|decision| decision.sides());
    let sides: Vec<[Side<'_>; 2]> = sides.collect();
    // Among everybody's records there are few that a decision may be about.
    let nodes: HashSet<Node> = sides
        .iter()
        .flatten()
        .flat_map(|side| side.nodes())
        .collect();
    let mut emails = HashSet::new();
    let mut keys = HashSet::new();
    for node in &nodes {
        match node {
            Node::Email(email) => drop(emails.insert(email.as_str())),
            Node::Record(key) => drop(keys.insert(key)),
            Node::Phone(_) => {}
        }
    }
    let is_named = |record: &&Record| {
        let own = record.joining_emails().iter();
        keys.contains(&record.key) || own.into_iter().any(|email| emails.contains(email.as_str()))
    };
    let named = if nodes.is_empty() {
        Vec::new()
    } else {
        records.iter().filter(is_named).cloned().collect()
    };
    let index = Index::new(&named, withdrawn);
    let finder = Finder::new(&index, &sides);
    let now = |side: &Side<'_>| index.node_of(finder.element(side)?);
    let of = |decision: &&Decision| match decision.sides() {
        Some([one, other]) => [now(&one), now(&other)],
        None => [None, None],
    };
    decisions.iter().map(of).collect()
}
