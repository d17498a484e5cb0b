//! What people decide about who is who, and which of it is in force.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{Node, RecordKey};

/// Something an admin decided. Nothing is ever taken out of the list: an unmerge is one more decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Given by whoever records it; a merge is taken back under this id.
    pub id: String,
    pub verdict: Verdict,
    /// User id of the admin.
    pub actor: String,
    pub at: Timestamp,
    pub reason: Option<String>,
    /// Of each side the records that had its address when it was decided ([`super::Contact::holders`]): the CRM may
    /// give them another address later, and the decision is about the same person still. Empty in what older releases decided.
    #[serde(default)]
    pub holders: [Vec<RecordKey>; 2],
}

/// Contacts are named by an anchor ([`super::Contact::anchor`]), because ids of contacts come and go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// `from` is the person that `into` is; the contact keeps the id of `into`.
    Merge { into: Node, from: Node },
    /// The merge with this id, or the piece of evidence with this edge id, does not count.
    Unmerge { edge_id: String },
    /// Two people: no candidate any more, and no telephone joins them.
    NotTheSame { a: Node, b: Node },
}

/// Before the ids of decisions that keep an erased person's records together.
const BY_ERASURE: &str = "erased-";

/// The id of the decision by which an erasure keeps what has this hash with the rest of the person.
#[must_use]
pub fn decided_by_erasure(hash: &str) -> String {
    format!("{BY_ERASURE}{hash:.16}")
}

impl Decision {
    /// It keeps an erased person's records together, so it holds for what was known before the erasure, too.
    #[must_use]
    pub fn is_of_erasure(&self) -> bool {
        self.id.starts_with(BY_ERASURE)
    }

    /// The contacts that it is about: of a merge the one that stays first.
    pub(in crate::people) fn sides(&self) -> Option<[Side<'_>; 2]> {
        let (one, other) = match &self.verdict {
            Verdict::Merge { into, from } => (into, from),
            Verdict::NotTheSame { a, b } => (a, b),
            Verdict::Unmerge { .. } => return None,
        };
        let [of_one, of_other] = &self.holders;
        Some([Side::new(one, of_one), Side::new(other, of_other)])
    }

    /// What each of its contacts is named and found by.
    pub fn sides_mut(&mut self) -> impl Iterator<Item = (&mut Node, &mut Vec<RecordKey>)> {
        let (one, other) = match &mut self.verdict {
            Verdict::Merge { into, from } => (Some(into), Some(from)),
            Verdict::NotTheSame { a, b } => (Some(a), Some(b)),
            Verdict::Unmerge { .. } => (None, None),
        };
        let nodes = one.into_iter().chain(other);
        nodes.zip(&mut self.holders)
    }
}

/// One of the two contacts that a decision is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::people) struct Side<'a> {
    pub(super) named: &'a Node,
    pub(super) holders: &'a [RecordKey],
}

impl<'a> Side<'a> {
    fn new(named: &'a Node, holders: &'a [RecordKey]) -> Self {
        Self { named, holders }
    }

    /// Everything that it may be found by.
    pub(in crate::people) fn nodes(self) -> impl Iterator<Item = Node> + 'a {
        let holders = self.holders.iter().cloned().map(Node::Record);
        std::iter::once(self.named.clone()).chain(holders)
    }
}

/// Ids of merges, of pairs told apart and of evidence that were taken back.
#[must_use]
pub fn taken_back(decisions: &[Decision]) -> HashSet<&str> {
    let ids = decisions
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Unmerge { edge_id } => Some(edge_id.as_str()),
            Verdict::Merge { .. } | Verdict::NotTheSame { .. } => None,
        });
    ids.collect()
}

/// What of the decisions is in force; their order does not matter.
#[derive(Debug, Default)]
pub(super) struct InForce<'a> {
    /// Into what, and what.
    pub(super) merges: Vec<[Side<'a>; 2]>,
    pub(super) apart: Vec<[Side<'a>; 2]>,
    /// Ids of merges and of evidence that do not count.
    pub(super) withdrawn: HashSet<&'a str>,
}

impl<'a> InForce<'a> {
    pub(super) fn new(decisions: &'a [Decision]) -> Self {
        let mut out = Self {
            withdrawn: taken_back(decisions),
            ..Self::default()
        };
        for decision in decisions {
            if out.withdrawn.contains(decision.id.as_str()) {
                continue;
            }
            match &decision.verdict {
                Verdict::Merge { .. } => out.merges.extend(decision.sides()),
                Verdict::NotTheSame { .. } => out.apart.extend(decision.sides()),
                Verdict::Unmerge { .. } => {}
            }
        }
        out
    }
}
