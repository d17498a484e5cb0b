//! Everything that admins decided about who is who, for the admin who looks back.

use bookpath_domain::people::identity::{ContactId, Decision, Node, Verdict};
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

/// Every decision, the newest first.
#[must_use]
pub fn decision_log(known: &Known) -> Vec<DecisionLine> {
    let decisions = &known.directory.decisions;
    let taken_back = |id: &str| {
        let takes = |decision: &Decision| matches!(&decision.verdict, Verdict::Unmerge { edge_id } if edge_id == id);
        decisions.iter().any(takes)
    };
    let line = |decision: &Decision| DecisionLine {
        merge_id: decision.id.clone(),
        at: decision.at,
        actor: decision.actor.clone(),
        kind: match &decision.verdict {
            Verdict::Merge { .. } => "merge",
            Verdict::NotTheSame { .. } => "not_the_same",
            Verdict::Unmerge { .. } => "unmerge",
        },
        contacts: match &decision.verdict {
            Verdict::Merge { into: a, from: b } | Verdict::NotTheSame { a, b } => {
                vec![contact(known, a), contact(known, b)]
            }
            Verdict::Unmerge { .. } => Vec::new(),
        },
        reason: decision.reason.clone(),
        takes_back: match &decision.verdict {
            Verdict::Unmerge { edge_id } => Some(edge_id.clone()),
            _ => None,
        },
        counts: !taken_back(&decision.id),
    };
    decisions.iter().rev().map(line).collect()
}

fn contact(known: &Known, anchor: &Node) -> DecidedContact {
    let id = ContactId::from_anchor(anchor).to_string();
    let now = find(&known.resolved, &id);
    DecidedContact {
        name: now.and_then(|contact| contact.merged.name.clone()),
        contact_id: now.map_or(id, |contact| contact.contact_id.clone()),
    }
}
