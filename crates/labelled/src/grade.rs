//! Precision and recall of who is who.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bookpath_domain::people::identity::{
    Candidate, Contact, ContactId, People, PhoneRole, candidates, resolve,
};
use serde::Serialize;
use strum::IntoEnumIterator as _;

use crate::pairs::among;
use crate::{Kind, Labelled, Pairs};

/// The score from which a pair is shown without a telephone, chain or address in common.
const LIKELY: i32 = 40;

/// How well the people of a labelled set are found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grade {
    pub records: usize,
    pub people: usize,
    pub contacts: usize,
    pub candidates: usize,
    /// What is merged without anybody's decision.
    pub automatic: Pairs,
    /// That, and the pairs of records of candidates with a score of 40 and more.
    pub with_likely: Pairs,
    /// That, and the pairs of records of all candidates.
    pub with_candidates: Pairs,
    /// In the order of [`Kind`].
    pub kinds: Vec<KindGrade>,
    /// Pairs of one person that are not merged, by reason.
    pub missed: BTreeMap<Reason, Missed>,
    /// Records that are merged with somebody else's, two by two, at most ten; places in the set.
    pub wrong: Vec<(usize, usize)>,
}

/// One kind of case. A pair of two people counts in `found` of the first record's kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KindGrade {
    pub kind: Kind,
    pub automatic: Pairs,
    pub with_candidates: Pairs,
}

/// Why two records of one person are two contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    #[strum(serialize = "X32: two addresses or two full names hold the telephone")]
    SharedPhone,
    #[strum(serialize = "X32: the telephones of a third record would make one person of two")]
    BridgingPhone,
    #[strum(serialize = "X33: two addresses, and no contact of the CRM lists both")]
    TwoAddresses,
    #[strum(serialize = "S3-23: no address and no telephone in common")]
    NameAlone,
}

/// Pairs that are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Missed {
    pub pairs: u64,
    /// Those of them that are candidates.
    pub shown: u64,
}

/// Resolves the set as the product does, with no decisions, and counts.
#[must_use]
pub fn grade(set: &Labelled) -> Grade {
    let people = resolve(&set.records, &[]);
    let candidates = candidates(&people, &set.records, &[]);
    let counted = Counted::new(set, &people, &candidates);
    let truth: HashSet<u32> = set.people.iter().copied().collect();
    Grade {
        records: set.records.len(),
        people: truth.len(),
        contacts: people.contacts.len(),
        candidates: candidates.len(),
        automatic: counted.sum(|kind| kind.automatic),
        with_likely: counted.likely,
        with_candidates: counted.sum(|kind| kind.with_candidates),
        missed: missed(set, &people, &candidates),
        wrong: wrong(set, &people),
        kinds: counted.kinds.into_values().collect(),
    }
}

struct Counted<'a> {
    set: &'a Labelled,
    people: &'a People,
    kinds: BTreeMap<Kind, KindGrade>,
    likely: Pairs,
}

impl<'a> Counted<'a> {
    fn new(set: &'a Labelled, people: &'a People, candidates: &[Candidate]) -> Self {
        let grade = |kind| KindGrade {
            kind,
            automatic: Pairs::default(),
            with_candidates: Pairs::default(),
        };
        let mut counted = Self {
            set,
            people,
            kinds: Kind::iter().map(|kind| (kind, grade(kind))).collect(),
            likely: Pairs::default(),
        };
        counted.truth();
        counted.merged();
        counted.proposed(candidates);
        counted
    }

    fn truth(&mut self) {
        for (kind, count) in counts(self.set, 0..self.set.records.len()).into_values() {
            let all = among(count);
            self.automatic(
                kind,
                Pairs {
                    all,
                    ..Pairs::default()
                },
            );
        }
    }

    fn merged(&mut self) {
        for contact in &self.people.contacts {
            let members = || contact.records.iter().map(|record| *record as usize);
            let mut wrong = among(members().count() as u64);
            for (kind, count) in counts(self.set, members()).into_values() {
                let right = among(count);
                wrong -= right;
                let found = right;
                self.automatic(
                    kind,
                    Pairs {
                        found,
                        right,
                        all: 0,
                    },
                );
            }
            if let Some(first) = members().next() {
                let pairs = Pairs {
                    found: wrong,
                    ..Pairs::default()
                };
                self.automatic(self.set.kinds[first], pairs);
            }
        }
    }

    fn proposed(&mut self, candidates: &[Candidate]) {
        let places = places(self.people);
        for candidate in candidates {
            let (a, b) = ends(self.people, &places, candidate);
            let pairs = between(self.set, a, b);
            if candidate.score >= LIKELY {
                plus(&mut self.likely, pairs);
            }
            if let Some(first) = a.records.first() {
                let grade = self.kinds.get_mut(&self.set.kinds[*first as usize]);
                grade
                    .into_iter()
                    .for_each(|g| plus(&mut g.with_candidates, pairs));
            }
        }
    }

    fn automatic(&mut self, kind: Kind, pairs: Pairs) {
        plus(&mut self.likely, pairs);
        if let Some(grade) = self.kinds.get_mut(&kind) {
            plus(&mut grade.automatic, pairs);
            plus(&mut grade.with_candidates, pairs);
        }
    }

    fn sum(&self, of: impl Fn(&KindGrade) -> Pairs) -> Pairs {
        let mut sum = Pairs::default();
        self.kinds
            .values()
            .for_each(|kind| plus(&mut sum, of(kind)));
        sum
    }
}

fn plus(sum: &mut Pairs, pairs: Pairs) {
    sum.found += pairs.found;
    sum.right += pairs.right;
    sum.all += pairs.all;
}

/// By person: the kind, and how many of these records are theirs.
fn counts(set: &Labelled, records: impl Iterator<Item = usize>) -> HashMap<u32, (Kind, u64)> {
    let mut out: HashMap<u32, (Kind, u64)> = HashMap::new();
    for record in records {
        let (_, count) = out
            .entry(set.people[record])
            .or_insert((set.kinds[record], 0));
        *count += 1;
    }
    out
}

/// The pairs that a candidate proposes: each record of the one with each of the other.
fn between(set: &Labelled, a: &Contact, b: &Contact) -> Pairs {
    let counts = |contact: &Contact| counts(set, contact.records.iter().map(|r| *r as usize));
    let (of_a, of_b) = (counts(a), counts(b));
    let right = of_a.iter().filter_map(|(person, (_, count))| {
        let (_, other) = of_b.get(person)?;
        Some(count * other)
    });
    Pairs {
        found: (a.records.len() * b.records.len()) as u64,
        right: right.sum(),
        all: 0,
    }
}

fn places(people: &People) -> HashMap<ContactId, usize> {
    let contacts = people.contacts.iter().enumerate();
    contacts.map(|(place, c)| (c.contact_id, place)).collect()
}

fn ends<'a>(
    people: &'a People,
    places: &HashMap<ContactId, usize>,
    candidate: &Candidate,
) -> (&'a Contact, &'a Contact) {
    let (a, b) = candidate.contact_ids;
    (&people.contacts[places[&a]], &people.contacts[places[&b]])
}

fn missed(set: &Labelled, people: &People, candidates: &[Candidate]) -> BTreeMap<Reason, Missed> {
    let shown: HashSet<(ContactId, ContactId)> = candidates.iter().map(|c| c.contact_ids).collect();
    let mut parts: BTreeMap<u32, BTreeMap<ContactId, &Contact>> = BTreeMap::new();
    for (record, person) in set.people.iter().enumerate() {
        if let Some(contact) = people.contact_of(record) {
            let parts = parts.entry(*person).or_default();
            parts.insert(contact.contact_id, contact);
        }
    }
    let mut out: BTreeMap<Reason, Missed> = BTreeMap::new();
    for parts in parts.into_values().filter(|parts| parts.len() > 1) {
        let parts: Vec<(ContactId, &Contact)> = parts.into_iter().collect();
        for (place, (a_id, a)) in parts.iter().enumerate() {
            for (b_id, b) in &parts[place + 1..] {
                let pairs = between(set, a, b).right;
                let missed = out.entry(reason(set, people, a, b)).or_default();
                missed.pairs += pairs;
                missed.shown += if shown.contains(&(*a_id, *b_id)) {
                    pairs
                } else {
                    0
                };
            }
        }
    }
    out
}

fn reason(set: &Labelled, people: &People, a: &Contact, b: &Contact) -> Reason {
    let phones = |contact: &Contact| -> BTreeSet<String> {
        let phones = contact.members(&set.records).flat_map(|r| &r.phones);
        phones.map(|phone| phone.as_str().to_owned()).collect()
    };
    let mut shared = phones(a)
        .intersection(&phones(b))
        .cloned()
        .collect::<Vec<_>>();
    if let Some(phone) = shared.pop() {
        return match people.phone_role(&phone) {
            PhoneRole::Bridges => Reason::BridgingPhone,
            _ => Reason::SharedPhone,
        };
    }
    let addressed = |contact: &Contact| contact.members(&set.records).any(|r| !r.emails.is_empty());
    if addressed(a) && addressed(b) {
        Reason::TwoAddresses
    } else {
        Reason::NameAlone
    }
}

fn wrong(set: &Labelled, people: &People) -> Vec<(usize, usize)> {
    let pairs = people.contacts.iter().flat_map(|contact| {
        let records = contact.records.windows(2);
        records.map(|pair| (pair[0] as usize, pair[1] as usize))
    });
    let different = |(a, b): &(usize, usize)| set.people[*a] != set.people[*b];
    pairs.filter(different).take(10).collect()
}
