//! An erased person stays one person: what joined their records goes with their addresses and telephones, so decisions join
//! them from then on, and no figure moves (X61).

use std::collections::{BTreeMap, HashSet};

use bookpath_domain::people::erasure::{Subject, tombstone};
use bookpath_domain::people::identity::log::{Evidence, edge_id};
use bookpath_domain::people::identity::{
    Decision, Node, Record, RecordKey, Verdict, decided_by_erasure, sides_now, taken_back,
};
use jiff::Timestamp;

/// What keeps a person's records together, in anonymous words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Together {
    /// What the person is named by.
    into: Node,
    /// What nothing else joins to it.
    parts: Vec<Node>,
    /// Ids of evidence that was taken back, each with the one that it has when its address is anonymous.
    pub(super) evidence: BTreeMap<String, String>,
}

impl Together {
    /// For a person without a record in the tables, who is known by this address only.
    pub(super) fn of_address(email: &str, subject: &Subject) -> Self {
        Self {
            into: anonymous(&Node::Email(email.to_owned()), subject),
            parts: Vec::new(),
            evidence: BTreeMap::new(),
        }
    }

    /// For a person with the records `members`; `records` are the records of everybody.
    pub(super) fn of_person(
        anchor: &Node,
        members: &[&Record],
        records: &[Record],
        decisions: &[Decision],
        subject: &Subject,
    ) -> Self {
        let withdrawn = taken_back(decisions);
        let merged = merged(records, decisions, &withdrawn);
        let parts = parts(anchor, members, merged, &withdrawn);
        Self {
            into: anonymous(anchor, subject),
            parts: parts.iter().map(|node| anonymous(node, subject)).collect(),
            evidence: evidence(records, &withdrawn, subject),
        }
    }

    /// The decisions that are to be recorded: also for records that no table has yet and that have no address of their own.
    pub(super) fn decisions(
        &self,
        more: impl IntoIterator<Item = RecordKey>,
        actor: &str,
        at: Timestamp,
    ) -> Vec<Decision> {
        let more = more.into_iter().map(Node::Record);
        let parts = self.parts.iter().cloned().chain(more);
        let decision = |from: Node| Decision {
            id: decided_by_erasure(&tombstone(&from.to_string())),
            verdict: Verdict::Merge {
                into: self.into.clone(),
                from,
            },
            actor: actor.to_owned(),
            at,
            reason: None,
            holders: Default::default(),
        };
        parts
            .filter(|from| *from != self.into)
            .map(decision)
            .collect()
    }
}

/// What the merges in force join, by what is found now.
fn merged(records: &[Record], decisions: &[Decision], withdrawn: &HashSet<&str>) -> Vec<Vec<Node>> {
    let merges = decisions.iter().filter(|decision| {
        let is_merge = matches!(decision.verdict, Verdict::Merge { .. });
        is_merge && !withdrawn.contains(decision.id.as_str())
    });
    let sides = sides_now(merges, withdrawn, records).into_iter();
    let both = sides.filter_map(|[into, from]| Some(vec![into?, from?]));
    both.collect()
}

/// A node of every part of the person that only telephones join to the others.
fn parts(
    anchor: &Node,
    members: &[&Record],
    mut merges: Vec<Vec<Node>>,
    withdrawn: &HashSet<&str>,
) -> Vec<Node> {
    let nodes = |record: &&Record| -> Vec<Node> {
        let emails = record.joining_emails().iter();
        let counts = |email: &&String| {
            let id = edge_id(&record.key, Evidence::Email, email);
            !withdrawn.contains(id.as_str())
        };
        let emails = emails.filter(counts).cloned().map(Node::Email);
        emails.chain([Node::Record(record.key.clone())]).collect()
    };
    let mut waiting: Vec<Vec<Node>> = members.iter().map(nodes).collect();
    let mut reached = HashSet::from([anchor.clone()]);
    let mut parts = Vec::new();
    loop {
        let before = waiting.len() + merges.len();
        for groups in [&mut waiting, &mut merges] {
            groups.retain(|nodes| {
                let joined = nodes.iter().any(|node| reached.contains(node));
                if joined {
                    reached.extend(nodes.iter().cloned());
                }
                !joined
            });
        }
        if waiting.len() + merges.len() == before {
            let Some(node) = waiting.first().and_then(|nodes| nodes.first()) else {
                return parts;
            };
            reached.insert(node.clone());
            parts.push(node.clone());
        }
    }
}

/// Evidence of the person's addresses that an admin took back: it must not count again under the anonymous address.
fn evidence(
    records: &[Record],
    withdrawn: &HashSet<&str>,
    subject: &Subject,
) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for record in records {
        for email in &record.emails {
            let Some(anonymous) = subject.anonymous_of(email) else {
                continue;
            };
            let id = edge_id(&record.key, Evidence::Email, email);
            if withdrawn.contains(id.as_str()) {
                ids.insert(id, edge_id(&record.key, Evidence::Email, &anonymous));
            }
        }
    }
    ids
}

fn anonymous(node: &Node, subject: &Subject) -> Node {
    match node {
        Node::Email(email) => match subject.anonymous_of(email) {
            Some(anonymous) => Node::Email(anonymous),
            None => node.clone(),
        },
        Node::Phone(_) | Node::Record(_) => node.clone(),
    }
}

#[cfg(test)]
mod tests {
    use bookpath_domain::Vendor;

    use super::*;

    fn record(kind: &str, id: &str, emails: &[&str]) -> Record {
        let key = RecordKey::new(Vendor::Close, kind, id);
        Record {
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
            ..Record::bare(key, Timestamp::UNIX_EPOCH)
        }
    }

    fn email(text: &str) -> Node {
        Node::Email(text.to_owned())
    }

    fn decision(id: &str, verdict: Verdict) -> Decision {
        Decision {
            id: id.to_owned(),
            verdict,
            actor: "u-1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            reason: None,
            holders: Default::default(),
        }
    }

    fn jane() -> Subject {
        Subject {
            emails: ["a@x.co", "b@x.co", "c@x.co"].map(str::to_owned).into(),
            ..Subject::default()
        }
    }

    #[test]
    fn what_nothing_else_joins_is_joined_by_a_decision() {
        let records = [
            record("contact", "both", &["a@x.co", "b@x.co"]),
            record("form", "merged", &["c@x.co"]),
            record("contact", "phone", &[]),
        ];
        let members: Vec<&Record> = records.iter().collect();
        let merge = Verdict::Merge {
            into: email("a@x.co"),
            from: Node::Record(records[1].key.clone()),
        };
        let merged = [decision("m-1", merge)];
        let subject = jane();
        let parts_of = |decisions: &[Decision]| {
            let anchor = email("b@x.co");
            Together::of_person(&anchor, &members, &records, decisions, &subject).parts
        };
        let by_phone = Node::Record(records[2].key.clone());
        assert_eq!(parts_of(&merged), std::slice::from_ref(&by_phone));
        let anonymous = email(&subject.anonymous_of("c@x.co").unwrap());
        assert_eq!(parts_of(&[]), [anonymous, by_phone]);
    }

    #[test]
    fn what_a_merge_joins_by_a_record_needs_no_other_decision() {
        let records = [
            record("form", "own", &["a@x.co"]),
            record("contact", "changed", &["c@x.co"]),
        ];
        let merge = Verdict::Merge {
            into: email("a@x.co"),
            from: email("former@x.co"),
        };
        let merged = [Decision {
            holders: [Vec::new(), vec![records[1].key.clone()]],
            ..decision("m-1", merge)
        }];
        let members: Vec<&Record> = records.iter().collect();
        let anchor = email("a@x.co");
        let together = Together::of_person(&anchor, &members, &records, &merged, &jane());
        assert_eq!(together.parts, []);
    }

    #[test]
    fn evidence_that_was_taken_back_does_not_count_again() {
        let records = [record("contact", "one", &["a@x.co", "b@x.co"])];
        let key = &records[0].key;
        let taken = edge_id(key, Evidence::Email, "b@x.co");
        let undo = Verdict::Unmerge {
            edge_id: taken.clone(),
        };
        let members: Vec<&Record> = records.iter().collect();
        let (undone, subject) = ([decision("u-1", undo)], jane());
        let together = Together::of_person(&email("a@x.co"), &members, &records, &undone, &subject);
        let anonymous = subject.anonymous_of("b@x.co").unwrap();
        let again = edge_id(key, Evidence::Email, &anonymous);
        assert_eq!(together.evidence, BTreeMap::from([(taken, again)]));
    }
}
