//! The log of edges: what every version of every record and every decision said, never changed.
//!
//! A record's newest version holds, so the log gives the same records in any order of its rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decision::{Decision, Verdict};
use super::record::{Node, Record, RecordKey, small};
use crate::people::phone::Phone;

/// What an edge says.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Evidence {
    /// The record exists, since the instant in `value`. Every version has one such edge.
    Seen,
    Name,
    Email,
    Phone,
    Company,
    Campaign,
    /// The invitee belongs to this reschedule chain.
    Chain,
    Merge,
    Unmerge,
    NotTheSame,
}

/// A row of the log.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Of a decision its own id, else derived from subject, evidence and value.
    pub edge_id: String,
    /// `None` for an unmerge, whose value is the edge that does not count.
    pub subject: Option<Node>,
    pub evidence: Evidence,
    /// Its place among the edges of its kind and version: the main address comes first.
    pub place: u32,
    /// Of a merge the node that is merged into `subject`.
    #[debug(skip)]
    pub value: Option<String>,
    /// The vendor that says it, or the admin who decided it.
    pub actor: String,
    /// Version of the record, or when it was decided.
    pub at: Timestamp,
    pub reason: Option<String>,
}

/// The id of a record's piece of evidence: the same in every version that has it.
#[must_use]
pub fn edge_id(subject: &RecordKey, evidence: Evidence, value: &str) -> String {
    hex::encode(short_id(subject, evidence, value))
}

fn short_id(subject: &RecordKey, evidence: Evidence, value: &str) -> [u8; 16] {
    Ids::of(subject).id(evidence, value)
}

/// The ids of a record's edges: the hash of `edge:<subject>\n<evidence>\n<value>`, of which the beginning is the same.
struct Ids(Sha256);

impl Ids {
    fn of(subject: &RecordKey) -> Self {
        let vendor = subject.vendor.as_str();
        let parts = ["edge:", vendor, ":", &subject.kind, ":", &subject.id, "\n"];
        Self(parts.iter().fold(Sha256::new(), Digest::chain_update))
    }

    fn id(&self, evidence: Evidence, value: &str) -> [u8; 16] {
        let text: &'static str = evidence.into();
        let parts = [text, "\n", value];
        let digest = parts.iter().fold(self.0.clone(), Digest::chain_update);
        let digest = digest.finalize();
        std::array::from_fn(|at| digest[at])
    }
}

/// The edges of one version of a record, in a fixed order.
#[must_use]
pub fn edges_of(record: &Record) -> Vec<Edge> {
    let ids = Ids::of(&record.key);
    let edge = |piece: Piece<'_>| piece.edge(record, ids.id(piece.evidence, &piece.value));
    pieces(record).map(edge).collect()
}

/// What a record says: a kind of evidence, its place among those of its kind, and its value.
struct Piece<'a> {
    evidence: Evidence,
    place: usize,
    value: Cow<'a, str>,
}

impl Piece<'_> {
    fn edge(&self, record: &Record, id: [u8; 16]) -> Edge {
        Edge {
            edge_id: hex::encode(id),
            subject: Some(Node::Record(record.key.clone())),
            evidence: self.evidence,
            place: small(self.place),
            value: Some(self.value.clone().into_owned()),
            actor: record.key.vendor.as_str().to_owned(),
            at: record.version_at,
            reason: None,
        }
    }
}

fn pieces(record: &Record) -> impl Iterator<Item = Piece<'_>> {
    let piece = |evidence, place, value| Piece {
        evidence,
        place,
        value,
    };
    let texts = [
        (Evidence::Name, &record.name),
        (Evidence::Company, &record.company),
        (Evidence::Campaign, &record.campaign),
        (Evidence::Chain, &record.chain_id),
    ];
    let emails = record.emails.iter().map(String::as_str).enumerate();
    let phones = record.phones.iter().map(Phone::as_str).enumerate();
    let texts = texts.into_iter();
    let texts = texts.filter_map(|(evidence, text)| Some((evidence, text.as_deref()?)));
    let seen = Cow::Owned(record.seen_at.to_string());
    std::iter::once(piece(Evidence::Seen, 0, seen))
        .chain(emails.map(move |(place, email)| piece(Evidence::Email, place, email.into())))
        .chain(phones.map(move |(place, phone)| piece(Evidence::Phone, place, phone.into())))
        .chain(texts.map(move |(evidence, text)| piece(evidence, 0, text.into())))
}

/// An edge of a record without copies of what the record says.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    pub edge_id: String,
    /// Place of the record that says it.
    pub record: usize,
    pub evidence: Evidence,
    pub place: u32,
    #[debug(skip)]
    pub value: Cow<'a, str>,
}

/// The edges of many records by when the records came to be, those of one instant by id; each once. There are several for
/// each record, so an edge is made when its turn comes.
#[derive(derive_more::Debug)]
pub struct SortedEdges<'a> {
    #[debug("{}", records.len())]
    records: &'a [Record],
    /// Places of records.
    #[debug("{}", order.len())]
    order: Vec<u32>,
}

impl<'a> SortedEdges<'a> {
    #[must_use]
    pub fn new(records: &'a [Record]) -> Self {
        let mut order: Vec<u32> = (0..small(records.len())).collect();
        order.sort_unstable_by_key(|place| records[*place as usize].seen_at);
        Self { records, order }
    }

    /// All edges.
    pub fn iter(&self) -> impl Iterator<Item = Said<'a>> {
        let records = self.records;
        let seen_at = move |place: &u32| records[*place as usize].seen_at;
        let of_one_instant = self.order.chunk_by(move |a, b| seen_at(a) == seen_at(b));
        of_one_instant.flat_map(move |places| {
            let mut said: Vec<Said<'_>> = Vec::with_capacity(8 * places.len());
            for place in places {
                said.extend(said_by(records, *place as usize));
            }
            said.sort_unstable_by(|a, b| a.edge_id.cmp(&b.edge_id));
            said
        })
    }
}

/// The edges of the record at this index. A value that the record holds twice gets one edge, with the lower `place`.
fn said_by(records: &[Record], place: usize) -> impl Iterator<Item = Said<'_>> {
    let record = &records[place];
    let ids = Ids::of(&record.key);
    let mut known = Vec::new();
    pieces(record).filter_map(move |piece| {
        let id = ids.id(piece.evidence, &piece.value);
        if known.contains(&id) {
            return None;
        }
        known.push(id);
        Some(Said {
            edge_id: hex::encode(id),
            record: place,
            evidence: piece.evidence,
            place: small(piece.place),
            value: piece.value,
        })
    })
}

/// The edge of a decision.
#[must_use]
pub fn edge_of(decision: &Decision) -> Edge {
    let (subject, evidence, value) = match &decision.verdict {
        Verdict::Merge { into, from } => (Some(into), Evidence::Merge, from.to_string()),
        Verdict::NotTheSame { a, b } => (Some(a), Evidence::NotTheSame, b.to_string()),
        Verdict::Unmerge { edge_id } => (None, Evidence::Unmerge, edge_id.clone()),
    };
    Edge {
        edge_id: decision.id.clone(),
        subject: subject.cloned(),
        evidence,
        place: 0,
        value: Some(value),
        actor: decision.actor.clone(),
        at: decision.at,
        reason: decision.reason.clone(),
    }
}

/// The newest version of each record in the log, by key, and all decisions, by time and id.
///
/// Two versions of a record with the same instant are put together: the evidence of both counts.
/// Repeated rows change nothing; a row of an unknown kind is left out. The log names the sides of a decision and not the
/// records that it keeps of them ([`Decision::holders`]).
#[must_use]
pub fn read(log: &[Edge]) -> (Vec<Record>, Vec<Decision>) {
    let mut versions: BTreeMap<&RecordKey, (Timestamp, Vec<&Edge>)> = BTreeMap::new();
    let mut decisions: BTreeMap<(Timestamp, &str), Decision> = BTreeMap::new();
    for edge in log {
        if let Some(verdict) = verdict(edge) {
            let decision = Decision {
                id: edge.edge_id.clone(),
                verdict,
                actor: edge.actor.clone(),
                at: edge.at,
                reason: edge.reason.clone(),
                holders: Default::default(),
            };
            decisions.insert((edge.at, &edge.edge_id), decision);
        } else if let Some(Node::Record(key)) = &edge.subject {
            let (newest, edges) = versions.entry(key).or_insert((edge.at, Vec::new()));
            if edge.at > *newest {
                (*newest, *edges) = (edge.at, Vec::new());
            }
            if edge.at == *newest {
                edges.push(edge);
            }
        }
    }
    let records = versions.into_iter();
    let records = records.map(|(key, (at, edges))| record(key, at, edges));
    (records.collect(), decisions.into_values().collect())
}

fn verdict(edge: &Edge) -> Option<Verdict> {
    let value = edge.value.clone()?;
    match edge.evidence {
        Evidence::Merge => Some(Verdict::Merge {
            into: edge.subject.clone()?,
            from: value.parse().ok()?,
        }),
        Evidence::NotTheSame => Some(Verdict::NotTheSame {
            a: edge.subject.clone()?,
            b: value.parse().ok()?,
        }),
        Evidence::Unmerge => Some(Verdict::Unmerge { edge_id: value }),
        _ => None,
    }
}

fn record(key: &RecordKey, at: Timestamp, mut edges: Vec<&Edge>) -> Record {
    edges.sort_by(|a, b| (a.evidence, a.place, &a.value).cmp(&(b.evidence, b.place, &b.value)));
    edges.dedup();
    let mut record = Record::bare(key.clone(), at);
    for edge in edges {
        let Some(value) = edge.value.clone() else {
            continue;
        };
        match edge.evidence {
            Evidence::Seen => record.seen_at = value.parse().unwrap_or(record.seen_at),
            Evidence::Name => record.name = Some(value),
            Evidence::Email => record.emails.push(value),
            Evidence::Phone => record.phones.extend(Phone::parse(&value, "")),
            Evidence::Company => record.company = Some(value),
            Evidence::Campaign => record.campaign = Some(value),
            Evidence::Chain => record.chain_id = Some(value),
            Evidence::Merge | Evidence::Unmerge | Evidence::NotTheSame => {}
        }
    }
    record
}
