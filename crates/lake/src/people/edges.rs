//! `silver.identity_edges`: what the newest version of every record says, and all decisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bookpath_domain::people::identity::log::{Edge, Said, SortedEdges, edge_of};
use bookpath_domain::people::identity::{Decision, Node, sides_now, taken_back};
use bookpath_domain::people::resolved::Resolved;
use bookpath_models::Catalog;
use jiff::Timestamp;

use crate::error::Result;
use crate::table::batch::{BatchBuilder, Cell};

/// The table.
pub(super) const NAME: &str = "silver.identity_edges";

/// What the edges are made of.
pub(super) struct Edges {
    pub(super) resolved: Arc<Resolved>,
    pub(super) decisions: Vec<Decision>,
}

impl Edges {
    /// The rows by when the records came to be, so that a day's news lie in the last files; a decision is as old as it is.
    /// They come in batches of so many, since there are more of them than of all other rows together.
    pub(super) fn batches<'a>(
        &'a self,
        sorted: &'a SortedEdges<'a>,
        rows_max: usize,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>>> {
        let model = Catalog::get()?.find(NAME)?;
        let mut edges = self.merged(sorted);
        let mut subject: Option<Subject<'_>> = None;
        let mut batch = move || {
            let mut rows = BatchBuilder::new(model);
            for edge in edges.by_ref().take(rows_max) {
                match edge {
                    Row::Decided(edge, meant) => {
                        self.push_decided(&mut rows, &edge, meant.as_ref())?;
                    }
                    Row::Said(said) => {
                        let known = subject.take().filter(|known| known.place == said.record);
                        let known =
                            known.unwrap_or_else(|| Subject::new(&self.resolved, said.record));
                        known.push(&mut rows, &said)?;
                        subject = Some(known);
                    }
                }
            }
            (rows.rows() > 0).then(|| rows.finish()).transpose()
        };
        Ok(std::iter::from_fn(move || batch().transpose()))
    }

    fn merged<'a>(&'a self, sorted: &'a SortedEdges<'a>) -> impl Iterator<Item = Row<'a>> {
        let decisions = &self.decisions;
        let meant = sides_now(decisions, &taken_back(decisions), &self.resolved.records);
        let decided = decisions.iter().zip(meant);
        let decided = decided.map(|(decision, [subject, _])| (edge_of(decision), subject));
        let decided = decided.map(|(edge, meant)| ((edge.at, edge.edge_id.clone()), (edge, meant)));
        let decided: BTreeMap<(Timestamp, String), (Edge, Option<Node>)> = decided.collect();
        let mut decided = decided.into_values().peekable();
        let mut said = sorted.iter().peekable();
        let seen_at = move |said: &Said<'_>| self.resolved.records[said.record].seen_at;
        std::iter::from_fn(move || {
            let decided_first = match (said.peek(), decided.peek()) {
                (Some(said), Some((edge, _))) => {
                    (edge.at, &edge.edge_id) < (seen_at(said), &said.edge_id)
                }
                (said, _) => said.is_none(),
            };
            if decided_first {
                decided
                    .next()
                    .map(|(edge, meant)| Row::Decided(edge, meant))
            } else {
                said.next().map(Row::Said)
            }
        })
    }

    fn push_decided(
        &self,
        rows: &mut BatchBuilder,
        edge: &Edge,
        meant: Option<&Node>,
    ) -> Result<()> {
        let contact = meant.and_then(|node| self.contact_of(node));
        let subject = edge.subject.as_ref().map(ToString::to_string);
        rows.push(&[
            Cell::Text(&edge.edge_id),
            Cell::text(contact),
            Cell::text(subject.as_deref()),
            Cell::Text(edge.evidence.into()),
            Cell::Long(edge.place.into()),
            Cell::text(edge.value.as_deref()),
            Cell::Text(&edge.actor),
            Cell::at(Some(edge.at)),
            Cell::text(edge.reason.as_deref()),
            Cell::at(Some(edge.at)),
        ])
    }

    /// Whose an end of a decision is; of a telephone nobody's alone.
    fn contact_of(&self, node: &Node) -> Option<&str> {
        let contact = match node {
            Node::Email(email) => self.resolved.contact_by_email(email)?,
            Node::Phone(_) => return None,
            Node::Record(key) => self.resolved.contact_of_record(key)?,
        };
        Some(&contact.contact_id)
    }
}

/// What a row says.
enum Row<'a> {
    Said(Said<'a>),
    /// With what its subject is found by now.
    Decided(Edge, Option<Node>),
}

/// A record as its edges name it.
struct Subject<'a> {
    resolved: &'a Resolved,
    place: usize,
    text: String,
    contact: Option<String>,
}

impl<'a> Subject<'a> {
    fn new(resolved: &'a Resolved, place: usize) -> Self {
        let contact = resolved.people.contact_of(place);
        Self {
            resolved,
            place,
            text: format!("record:{}", resolved.records[place].key),
            contact: contact.map(|contact| contact.contact_id.to_string()),
        }
    }

    fn push(&self, rows: &mut BatchBuilder, said: &Said<'_>) -> Result<()> {
        let record = &self.resolved.records[self.place];
        rows.push(&[
            Cell::Text(&said.edge_id),
            Cell::text(self.contact.as_deref()),
            Cell::Text(&self.text),
            Cell::Text(said.evidence.into()),
            Cell::Long(said.place.into()),
            Cell::Text(&said.value),
            Cell::Text(record.key.vendor.as_str()),
            Cell::at(Some(record.version_at)),
            Cell::Null,
            Cell::at(Some(record.seen_at)),
        ])
    }
}
