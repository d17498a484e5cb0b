//! Pairs of contacts that are likely one person. Candidates are only listed; they never merge by themselves (S3-23).

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::People;
use super::blocks::{Profile, Profiles, pairs, without_tag};
use super::contact_id::ContactId;
use super::decision::{Decision, InForce, Side};
use super::index::Index;
use super::names::Likeness;
use super::record::Record;
use super::sides::Finder;

/// From this score on a pair is shown even if no telephone, chain or address links it.
const SCORE_MIN: i32 = 40;

/// Days within which two contacts count as seen at the same time.
const DAYS_NEAR: i64 = 7;

/// What makes two contacts alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Both list the telephone (X32).
    Phone,
    /// One reschedule chain has invitees of both (X33).
    Chain,
    /// Their addresses differ in a plus-part, or at Gmail in dots.
    EmailAlias,
    /// Their addresses differ in a slip of the finger.
    EmailSimilar,
    NameSame,
    NameSimilar,
    /// Both names are full and of different people.
    NameDifferent,
    CompanyDomain,
    Dates,
    Campaign,
}

impl PartKind {
    /// Points of the score.
    #[must_use]
    pub const fn points(self) -> i32 {
        match self {
            Self::Phone | Self::EmailAlias => 45,
            Self::Chain => 60,
            Self::EmailSimilar => 30,
            Self::NameSame => 30,
            Self::NameSimilar => 25,
            Self::NameDifferent => -40,
            Self::CompanyDomain => 15,
            Self::Dates => 10,
            Self::Campaign => 5,
        }
    }

    /// The pair is shown whatever its score: a rule would have merged it but for another one.
    const fn is_link(self) -> bool {
        matches!(self, Self::Phone | Self::Chain | Self::EmailAlias)
    }
}

/// One part of a score.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub kind: PartKind,
    /// The telephone, chain or domain that both have.
    #[debug(skip)]
    pub value: Option<String>,
    pub points: i32,
}

/// Two contacts that may be one person, the lower id first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub contact_ids: (ContactId, ContactId),
    /// 0 to 100.
    pub score: i32,
    pub evidence: Vec<Part>,
}

/// The candidates among these people, the likeliest first, each pair once; none that a decision keeps
/// apart.
///
/// Contacts are compared where they share a telephone, chain, address or name; a key that more than 30
/// contacts share is no evidence.
#[must_use]
pub fn candidates(people: &People, records: &[Record], decisions: &[Decision]) -> Vec<Candidate> {
    let rejected = rejected(people, records, decisions);
    let mut profiles = Profiles::default();
    let mut found = Vec::new();
    for (a, b) in pairs(people, records) {
        if rejected.contains(&(a, b)) {
            continue;
        }
        profiles.make(a, people, records);
        profiles.make(b, people, records);
        let (Some(one), Some(other)) = (profiles.get(a), profiles.get(b)) else {
            continue;
        };
        let evidence = evidence(one, other);
        let score: i32 = evidence.iter().map(|part| part.points).sum();
        if score >= SCORE_MIN || evidence.iter().any(|part| part.kind.is_link()) {
            let id = |place: u32| people.contacts[place as usize].contact_id;
            found.push(Candidate {
                contact_ids: (id(a), id(b)),
                score: score.clamp(0, 100),
                evidence,
            });
        }
    }
    found.sort_by(|a, b| {
        let by_score = b.score.cmp(&a.score);
        by_score.then_with(|| a.contact_ids.cmp(&b.contact_ids))
    });
    found
}

/// Places of contacts that an admin keeps apart, the lower one first.
fn rejected(people: &People, records: &[Record], decisions: &[Decision]) -> HashSet<(u32, u32)> {
    let in_force = InForce::new(decisions);
    if in_force.apart.is_empty() {
        return HashSet::new();
    }
    let index = Index::new(records, &in_force.withdrawn);
    let finder = Finder::new(&index, &in_force.apart);
    let place = |element: u32| {
        let record = index.record_of(element)?;
        people.of_record.get(record as usize).copied()
    };
    let pair = |sides: &[Side<'_>; 2]| {
        let (a, b) = finder.pair(sides)?;
        let (a, b) = (place(a)?, place(b)?);
        Some((a.min(b), a.max(b)))
    };
    in_force.apart.iter().filter_map(pair).collect()
}

fn evidence(a: &Profile<'_>, b: &Profile<'_>) -> Vec<Part> {
    let shared = |kind, a: &BTreeSet<&str>, b: &BTreeSet<&str>| {
        let value = a.intersection(b).next()?;
        Some(part(kind, Some(value)))
    };
    let company = a.companies.intersection(&b.companies).next();
    let near = a.days_apart(b).is_some_and(|days| days <= DAYS_NEAR);
    [
        shared(PartKind::Phone, &a.phones, &b.phones),
        shared(PartKind::Chain, &a.chains, &b.chains),
        by_email(a, b),
        by_name(a, b),
        company.map(|company| part(PartKind::CompanyDomain, Some(company))),
        near.then(|| part(PartKind::Dates, None)),
        shared(PartKind::Campaign, &a.campaigns, &b.campaigns),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn part(kind: PartKind, value: Option<&str>) -> Part {
    Part {
        kind,
        value: value.map(str::to_owned),
        points: kind.points(),
    }
}

fn by_email(a: &Profile<'_>, b: &Profile<'_>) -> Option<Part> {
    let pairs = || {
        let a = a.emails.iter();
        a.flat_map(|one| b.emails.iter().map(move |other| (*one, *other)))
    };
    if let Some((one, _)) = pairs().find(|(one, other)| without_tag(one) == without_tag(other)) {
        return Some(part(PartKind::EmailAlias, Some(&without_tag(one))));
    }
    let similar = pairs().any(|(one, other)| slip(one, other));
    similar.then(|| part(PartKind::EmailSimilar, None))
}

/// One slip in a local part of at least five letters, or up to two in the domain; not in both.
fn slip(one: &str, other: &str) -> bool {
    let (Some((local_a, domain_a)), Some((local_b, domain_b))) =
        (one.rsplit_once('@'), other.rsplit_once('@'))
    else {
        return false;
    };
    let short = local_a.len().min(local_b.len()) < 5;
    let digit = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
    if short || digit(local_a) != digit(local_b) {
        return false;
    }
    let distance = strsim::osa_distance;
    (domain_a == domain_b && distance(local_a, local_b) == 1 && !digit(local_a))
        || (local_a == local_b && distance(domain_a, domain_b) <= 2)
}

/// The best that any two of their names say.
fn by_name(a: &Profile<'_>, b: &Profile<'_>) -> Option<Part> {
    let pairs = a
        .names
        .iter()
        .flat_map(|one| b.names.iter().map(move |other| (one, other)));
    let kinds = pairs.filter_map(|(one, other)| match one.likeness(other) {
        Likeness::Same => Some(PartKind::NameSame),
        Likeness::Similar => Some(PartKind::NameSimilar),
        Likeness::Different => Some(PartKind::NameDifferent),
        Likeness::Unclear => None,
    });
    kinds.min().map(|kind| part(kind, None))
}
