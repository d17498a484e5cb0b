//! Everything that admins decided about who is who, for the admin who looks back.

use bookpath_domain::people::identity::{
    ContactId, Decision, Node, Verdict, sides_now, taken_back,
};
use bookpath_domain::people::person::find;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Known;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionLine {
    /// What `POST /api/contacts/unmerge` takes it back under.
    pub merge_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// A user id.
    pub actor: String,
    /// `merge`, `unmerge` or `not_the_same`, as in a contact's own log.
    pub kind: &'static str,
    /// The contact that stays and the one that went into it, or the two that were told apart; none for `unmerge`.
    pub contacts: Vec<DecidedContact>,
    pub reason: Option<String>,
    /// The `merge_id` or the `edge_id` that an `unmerge` took back.
    pub takes_back: Option<String>,
    /// It is in force: nobody has taken it back.
    pub counts: bool,
}

/// A contact that a decision was about, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecidedContact {
    /// The contact that it belongs to now.
    pub contact_id: String,
    pub name: Option<String>,
}

/// Every decision, the newest first; of one instant, what takes back before what it takes back.
#[must_use]
pub fn decision_log(known: &Known) -> Vec<DecisionLine> {
    let decisions = &known.directory.decisions;
    let taken_back = taken_back(decisions);
    let sides = sides_now(decisions, &taken_back, &known.resolved.records);
    let line = |(decision, now): (&Decision, [Option<Node>; 2])| {
        let (kind, named, takes_back) = match &decision.verdict {
            Verdict::Merge { into, from } => ("merge", vec![into, from], None),
            Verdict::NotTheSame { a, b } => ("not_the_same", vec![a, b], None),
            Verdict::Unmerge { edge_id } => ("unmerge", Vec::new(), Some(edge_id.clone())),
        };
        let contacts = named.into_iter().zip(&now);
        let contacts = contacts.map(|(named, now)| contact(known, named, now.as_ref()));
        DecisionLine {
            merge_id: decision.id.clone(),
            at: decision.at,
            actor: decision.actor.clone(),
            kind,
            contacts: contacts.collect(),
            reason: decision.reason.clone(),
            takes_back,
            counts: !taken_back.contains(decision.id.as_str()),
        }
    };
    let mut lines: Vec<DecisionLine> = decisions.iter().zip(sides).map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.at, line.takes_back.is_some())));
    lines
}

/// Whom a side of a decision is about, from its anchor and what it is found by now.
fn contact(known: &Known, anchor: &Node, now: Option<&Node>) -> DecidedContact {
    let id = ContactId::from_anchor(anchor).to_string();
    let resolved = &known.resolved;
    let of_record = match now {
        Some(Node::Record(key)) => resolved.contact_of_record(key),
        _ => None,
    };
    let now = of_record.or_else(|| find(resolved, &id));
    DecidedContact {
        name: now.and_then(|contact| contact.merged.name.clone()),
        contact_id: now.map_or(id, |contact| contact.contact_id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bookpath_domain::BusinessConfig;
    use bookpath_domain::people::resolved::resolve;
    use bookpath_domain::people::sources::{Directory, Sources};

    use super::*;

    fn decision(id: &str, second: i64, verdict: Verdict) -> Decision {
        Decision {
            id: id.to_owned(),
            verdict,
            actor: "u-1".to_owned(),
            at: Timestamp::from_second(second).unwrap(),
            reason: None,
            holders: Default::default(),
        }
    }

    #[test]
    fn what_takes_back_stands_before_what_it_takes_back_also_at_the_same_instant() {
        let merge = |from: &str| Verdict::Merge {
            into: Node::Email("a@x.co".to_owned()),
            from: Node::Email(from.to_owned()),
        };
        let undo = |id: &str| Verdict::Unmerge {
            edge_id: id.to_owned(),
        };
        let directory = Directory {
            decisions: vec![
                decision("m-1", 1, merge("b@x.co")),
                decision("a-undo", 2, undo("m-2")),
                decision("m-2", 2, merge("c@x.co")),
            ],
            users: Vec::new(),
        };
        let (sources, rules) = (Sources::default(), BusinessConfig::default());
        let resolved = resolve(&sources, &directory, &rules, Timestamp::UNIX_EPOCH);
        let known = Known {
            sources: Arc::new(sources),
            directory: Arc::new(directory),
            resolved: Arc::new(resolved),
        };
        let log = decision_log(&known);
        let lines: Vec<(&str, bool)> = log
            .iter()
            .map(|line| (&*line.merge_id, line.counts))
            .collect();
        assert_eq!(lines, [("a-undo", true), ("m-2", false), ("m-1", true)]);
    }
}
