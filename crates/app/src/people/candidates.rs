//! Pairs of contacts that may be one person, for an admin to judge.

use bookpath_domain::people::identity::{Part, PartKind, candidates as likely};
use bookpath_domain::people::phone::Phone;
use serde::Serialize;

use super::Known;

/// Two contacts that may be one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CandidatePair {
    /// The lower id first.
    pub contact_ids: [String; 2],
    /// 0 to 100.
    pub score: i32,
    pub evidence: Vec<Evidence>,
}

/// What makes two contacts alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Evidence {
    #[schema(value_type = String)]
    pub kind: PartKind,
    /// What both have; telephones and addresses are masked.
    pub value: Option<String>,
    /// Its part of the score.
    pub points: i32,
}

/// Every pair once, the likeliest first; none that somebody has told apart.
#[must_use]
pub fn candidates(known: &Known) -> Vec<CandidatePair> {
    let resolved = &known.resolved;
    let decisions = &known.directory.decisions;
    let found = likely(&resolved.people, &resolved.records, decisions);
    let pair = |candidate: bookpath_domain::people::identity::Candidate| {
        let (a, b) = candidate.contact_ids;
        CandidatePair {
            contact_ids: [a.to_string(), b.to_string()],
            score: candidate.score,
            evidence: candidate.evidence.into_iter().map(evidence).collect(),
        }
    };
    found.into_iter().map(pair).collect()
}

fn evidence(part: Part) -> Evidence {
    let Part {
        kind,
        value,
        points,
    } = part;
    let value = match kind {
        PartKind::Phone => value.map(|phone| masked_phone(&phone)),
        PartKind::EmailAlias => value.map(|address| masked_address(&address)),
        _ => value,
    };
    Evidence {
        kind,
        value,
        points,
    }
}

fn masked_phone(e164: &str) -> String {
    Phone::parse(e164, "").map_or_else(|| "+…".to_owned(), |phone| phone.masked())
}

/// `j…@acme.co`
fn masked_address(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_number_are_masked() {
        assert_eq!(masked_address("jane@acme.co"), "j…@acme.co");
        assert_eq!(masked_phone("+12223334444"), "+1…44");
        assert_eq!(masked_phone("none"), "+…");
    }
}
