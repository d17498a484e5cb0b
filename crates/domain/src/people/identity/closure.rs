//! The records that a change can touch, asked for step by step.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::Decision;
use super::record::{Node, Record, RecordKey};

/// Collects everything that is connected with some records by addresses, telephones and decisions.
///
/// Whoever keeps the records answers [`Self::wanted`] with [`Self::found`] until nothing is wanted;
/// [`super::resolve`] over [`Self::into_records`] then gives exactly the people that may have changed.
/// A changed record is put in as it was and as it is.
#[derive(Debug)]
pub struct Closure<'a> {
    decisions: &'a [Decision],
    asked: BTreeSet<Node>,
    wanted: Vec<Node>,
    records: BTreeMap<RecordKey, Record>,
}

impl<'a> Closure<'a> {
    /// Starts from changed or decided nodes.
    #[must_use]
    pub fn new(decisions: &'a [Decision], nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut closure = Self {
            decisions,
            asked: BTreeSet::new(),
            wanted: Vec::new(),
            records: BTreeMap::new(),
        };
        for node in nodes {
            closure.want(node);
        }
        closure
    }

    /// The nodes that a record hangs on: what to start from when it has changed.
    #[must_use]
    pub fn nodes_of(record: &Record) -> Vec<Node> {
        let emails = record.emails.iter().cloned().map(Node::Email);
        let phones = record.phones.iter().cloned().map(Node::Phone);
        [Node::Record(record.key.clone())]
            .into_iter()
            .chain(emails)
            .chain(phones)
            .collect()
    }

    /// The nodes whose records are needed next; each is asked for once. Empty: everything is there.
    pub fn wanted(&mut self) -> Vec<Node> {
        std::mem::take(&mut self.wanted)
    }

    /// The newest versions of records that list a wanted address or telephone, or have a wanted name.
    pub fn found(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            for node in Self::nodes_of(&record) {
                self.want(node);
            }
            self.records.insert(record.key.clone(), record);
        }
    }

    /// The records, by name.
    #[must_use]
    pub fn into_records(self) -> Vec<Record> {
        self.records.into_values().collect()
    }

    fn want(&mut self, node: Node) {
        if !self.asked.insert(node.clone()) {
            return;
        }
        let decisions = self.decisions;
        for decision in decisions {
            let sides = decision.sides().into_iter().flatten();
            let named: Vec<Node> = sides.flat_map(|side| side.nodes()).collect();
            if named.contains(&node) {
                for other in named {
                    self.want(other);
                }
            }
        }
        self.wanted.push(node);
    }
}
