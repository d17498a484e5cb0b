//! Which records are one person: union-find over the evidence.
//!
//! 1. Addresses join records; several addresses join one another only where a CRM contact lists them
//!    or an admin says so (X33).
//! 2. A telephone joins records only while at most one person with an address holds it, and while no
//!    two of its holders have full names of two people (X32): a family's telephone is often known by the
//!    address of one of them alone.
//! 3. What telephones join may hold one person with an address, no two that an admin keeps apart, and
//!    no two with names of two people; otherwise none of its telephones joins anything.
//!
//! Each step looks at the whole set, so the order of the records does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use petgraph::unionfind::UnionFind;

use super::decision::{InForce, Side};
use super::index::Index;
use super::names::Name;
use super::record::small;
use super::sides::Finder;

/// Different names on one telephone; more are a company's line.
const NAMES_MAX: usize = 50;

/// What a telephone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneRole {
    /// Whoever lists it is one person.
    Joins,
    /// Two people hold it.
    Shared,
    /// With others it would make one person of two.
    Bridges,
}

/// The outcome, by element.
#[derive(Debug)]
pub(super) struct Components {
    /// Who is one by addresses alone, before any decision.
    pub(super) by_address: Vec<u32>,
    pub(super) people: Vec<u32>,
    /// By number of the telephone.
    pub(super) phones: Vec<PhoneRole>,
    /// Elements of `by_address` that were merged into another one.
    pub(super) merged_away: HashSet<u32>,
}

pub(super) fn components(index: &Index<'_>, decisions: &InForce<'_>) -> Components {
    let finder = Finder::new(index, decisions.merges.iter().chain(&decisions.apart));
    let pairs = |sides: &[[Side<'_>; 2]]| -> Vec<(u32, u32)> {
        sides
            .iter()
            .filter_map(|sides| finder.pair(sides))
            .collect()
    };
    let (merges, apart) = (pairs(&decisions.merges), pairs(&decisions.apart));

    let mut people = UnionFind::new(small(index.elements()) as usize);
    for (record, email) in &index.email_of {
        people.union(*record, index.element_of_email(*email));
    }
    let by_address = people.clone().into_labeling();
    let merged_away = merges.iter().map(|(_, from)| by_address[*from as usize]);
    let merged_away = merged_away.collect();
    for (into, from) in merges {
        people.union(into, from);
    }
    let phones = join_by_phone(index, &mut people, &apart);
    Components {
        by_address,
        people: people.into_labeling(),
        phones,
        merged_away,
    }
}

fn join_by_phone(
    index: &Index<'_>,
    people: &mut UnionFind<u32>,
    apart: &[(u32, u32)],
) -> Vec<PhoneRole> {
    let before = people.clone().into_labeling();
    let mut addressed = vec![false; index.elements()];
    for (record, _) in &index.email_of {
        addressed[before[*record as usize] as usize] = true;
    }
    let mut roles = vec![PhoneRole::Joins; index.phones.len()];
    let mut tentative = people.clone();
    for holders in index.phone_of.chunk_by(|a, b| a.0 == b.0) {
        let phone = holders[0].0 as usize;
        let members = || holders.iter().map(|(_, record)| *record);
        if may_be_one(index, &before, &addressed, members()) {
            for record in members() {
                tentative.union(holders[0].1, record);
            }
        } else {
            roles[phone] = PhoneRole::Shared;
        }
    }
    let joined = tentative.into_labeling();
    let broken = broken(index, &before, &addressed, &joined, apart);
    for (phone, record) in &index.phone_of {
        let role = &mut roles[*phone as usize];
        if *role == PhoneRole::Joins && broken.contains(&joined[*record as usize]) {
            *role = PhoneRole::Bridges;
        }
    }
    for holders in index.phone_of.chunk_by(|a, b| a.0 == b.0) {
        if roles[holders[0].0 as usize] == PhoneRole::Joins {
            for (_, record) in holders {
                people.union(holders[0].1, *record);
            }
        }
    }
    roles
}

/// At most one person with an address is among them, and no names tell two of them apart.
fn may_be_one(
    index: &Index<'_>,
    before: &[u32],
    addressed: &[bool],
    members: impl Iterator<Item = u32> + Clone,
) -> bool {
    let mut known = None;
    for record in members.clone() {
        let person = before[record as usize];
        if addressed[person as usize] {
            if known.is_some_and(|known| known != person) {
                return false;
            }
            known = Some(person);
        }
    }
    !names_tell_apart(index, before, members)
}

/// Two people among them have full names, and none of the one's can be one of the other's.
fn names_tell_apart(
    index: &Index<'_>,
    before: &[u32],
    members: impl Iterator<Item = u32> + Clone,
) -> bool {
    let mut people = members.clone().map(|record| before[record as usize]);
    let first = people.next();
    if people.all(|person| Some(person) == first) {
        return false;
    }
    let mut names: BTreeMap<u32, BTreeSet<Name>> = BTreeMap::new();
    for record in members {
        let name = index.records[record as usize].name.as_deref();
        if let Some(name) = name.map(Name::read).filter(Name::is_full) {
            names
                .entry(before[record as usize])
                .or_default()
                .insert(name);
        }
    }
    let different: BTreeSet<BTreeSet<Name>> = names.into_values().collect();
    if different.len() > NAMES_MAX {
        return true;
    }
    let can_be = |a: &BTreeSet<Name>, b: &BTreeSet<Name>| {
        a.iter().any(|one| b.iter().any(|other| one.can_be(other)))
    };
    let mut rest = different.iter();
    std::iter::from_fn(|| rest.next().map(|a| (a, rest.clone())))
        .any(|(a, mut others)| others.any(|b| !can_be(a, b)))
}

/// What the telephones would join and may not.
fn broken(
    index: &Index<'_>,
    before: &[u32],
    addressed: &[bool],
    joined: &[u32],
    apart: &[(u32, u32)],
) -> HashSet<u32> {
    let same = |labels: &[u32], (a, b): &(u32, u32)| labels[*a as usize] == labels[*b as usize];
    let kept_apart = apart
        .iter()
        .filter(|pair| same(joined, pair) && !same(before, pair))
        .map(|(a, _)| joined[*a as usize]);
    let mut out: HashSet<u32> = kept_apart.collect();
    let mut known: HashMap<u32, u32> = HashMap::new();
    let mut members: Vec<(u32, u32)> = Vec::with_capacity(index.phone_of.len());
    for (_, record) in &index.phone_of {
        let (group, person) = (joined[*record as usize], before[*record as usize]);
        if addressed[person as usize] && *known.entry(group).or_insert(person) != person {
            out.insert(group);
        }
        members.push((group, *record));
    }
    members.sort_unstable();
    members.dedup();
    let groups = members.chunk_by(|a, b| a.0 == b.0);
    let torn = groups
        .filter(|group| names_tell_apart(index, before, group.iter().map(|(_, record)| *record)))
        .map(|group| group[0].0);
    out.extend(torn);
    out
}
