//! A person as the list of edges that make it.

use std::collections::HashSet;

use serde::Serialize;

use super::components::PhoneRole;
use super::decision::{Decision, Verdict, taken_back};
use super::log::{Edge, Evidence, edge_of, edges_of};
use super::record::{Node, Record};
use super::sides::sides_now;
use super::{Contact, People};

/// An edge of the log, and what it does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    #[serde(flatten)]
    pub edge: Edge,
    /// It says who this person is.
    pub counts: bool,
    /// Why it does not count.
    pub why_not: Option<WhyNot>,
}

/// Why an edge says nothing about who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// An admin took it back.
    Withdrawn,
    /// Two people hold the telephone (X32).
    SharedPhone,
    /// With others the telephone would make one person of two (X32).
    BridgingPhone,
    /// A further address that this kind of record may not join (X33).
    FurtherEmail,
    /// A name, a company, a campaign or a reschedule chain makes candidates, never a person.
    OnlyLikely,
    /// A decision about two, of whom no record says any more who one of them is.
    SideGone,
}

/// The edges of a contact's records and the decisions that name one of them, in order of time and id.
#[must_use]
pub fn explain(
    people: &People,
    contact: &Contact,
    records: &[Record],
    decisions: &[Decision],
) -> Vec<Link> {
    let withdrawn = taken_back(decisions);
    let own: HashSet<Node> = contact
        .members(records)
        .flat_map(|record| {
            let emails = record.emails.iter().cloned().map(Node::Email);
            emails.chain([Node::Record(record.key.clone())])
        })
        .collect();
    let of_records = contact.members(records).flat_map(|record| {
        let links = edges_of(record).into_iter();
        let link = |edge| link_of_record(people, record, edge, &withdrawn);
        links.map(link).collect::<Vec<_>>()
    });
    let decided = decided(&own, records, decisions, &withdrawn);
    let named: Vec<Link> = of_records.chain(decided).collect();
    let ids: HashSet<&str> = named.iter().map(|l| l.edge.edge_id.as_str()).collect();
    let unmerges = decisions.iter().filter(|decision| {
        matches!(&decision.verdict, Verdict::Unmerge { edge_id } if ids.contains(edge_id.as_str()))
    });
    let unmerges: Vec<Link> = unmerges.map(|d| link(edge_of(d), None)).collect();
    let mut links: Vec<Link> = named.into_iter().chain(unmerges).collect();
    links.sort_by(|a, b| (a.edge.at, &a.edge.edge_id).cmp(&(b.edge.at, &b.edge.edge_id)));
    links
}

/// The merges and the "not the same" that are about whom these nodes are of.
fn decided(
    own: &HashSet<Node>,
    records: &[Record],
    decisions: &[Decision],
    withdrawn: &HashSet<&str>,
) -> Vec<Link> {
    let may_be_about = |decision: &&Decision| {
        let mut sides = decision.sides().into_iter().flatten();
        sides.any(|side| side.nodes().any(|node| own.contains(&node)))
    };
    let decisions: Vec<&Decision> = decisions.iter().filter(may_be_about).collect();
    let sides = sides_now(decisions.iter().copied(), withdrawn, records);
    let about = decisions.into_iter().zip(sides).filter(|(_, sides)| {
        let mut sides = sides.iter().flatten();
        sides.any(|node| own.contains(node))
    });
    let links = about.map(|(decision, sides)| {
        let why_not = if withdrawn.contains(decision.id.as_str()) {
            Some(WhyNot::Withdrawn)
        } else {
            let is_gone = sides.iter().any(Option::is_none);
            is_gone.then_some(WhyNot::SideGone)
        };
        link(edge_of(decision), why_not)
    });
    links.collect()
}

fn link(edge: Edge, why_not: Option<WhyNot>) -> Link {
    Link {
        edge,
        counts: why_not.is_none(),
        why_not,
    }
}

fn link_of_record(people: &People, record: &Record, edge: Edge, withdrawn: &HashSet<&str>) -> Link {
    let value = edge.value.as_deref().unwrap_or_default();
    let why_not = if withdrawn.contains(edge.edge_id.as_str()) {
        Some(WhyNot::Withdrawn)
    } else {
        match edge.evidence {
            Evidence::Seen => None,
            Evidence::Email => (!record.joining_emails().iter().any(|email| email == value))
                .then_some(WhyNot::FurtherEmail),
            Evidence::Phone => match people.phone_role(value) {
                PhoneRole::Joins => None,
                PhoneRole::Shared => Some(WhyNot::SharedPhone),
                PhoneRole::Bridges => Some(WhyNot::BridgingPhone),
            },
            _ => Some(WhyNot::OnlyLikely),
        }
    };
    link(edge, why_not)
}
