//! Random worlds: order, increments and the log change nothing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index as Pick, subsequence};

use super::{apart, crm, invitee, merge, response, unmerge};
use crate::people::identity::log::{SortedEdges, edge_of, edges_of, read};
use crate::people::identity::{
    Closure, ContactId, Decision, Node, Record, RecordKey, candidates, resolve,
};
use crate::testing::{at, permutations};

const EMAILS: [&str; 5] = ["a@x.test", "b@x.test", "c@x.test", "d@y.test", "e@y.test"];
const PHONES: [&str; 4] = [
    "+12223334441",
    "+12223334442",
    "+12223334443",
    "+12223334444",
];
const NAMES: [&str; 4] = ["Jane Doe", "John Doe", "J. Doe", ""];

fn a_record() -> impl Strategy<Value = Record> {
    (
        0..3_u8,
        prop::sample::select(&NAMES[..]),
        subsequence(&EMAILS[..], 0..=2),
        subsequence(&PHONES[..], 0..=2),
        0..50_u32,
    )
        .prop_map(|(kind, name, emails, phones, hour)| {
            let (emails, phones) = (emails.join(" "), phones.join(" "));
            let mut record = match kind {
                0 => invitee("", name, emails.split(' ').next().unwrap_or(""), &phones),
                1 => response("", name, &emails, &phones),
                _ => crm("", name, &emails, &phones),
            };
            record.seen_at =
                at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(hour.into());
            record
        })
}

fn world(most: usize) -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(a_record(), 1..=most).prop_map(|mut records| {
        for (place, record) in records.iter_mut().enumerate() {
            record.key.id = format!("r{place}");
        }
        records
    })
}

/// A kind of decision, two addresses and the records that are kept of them.
type Drawn = (u8, Pick, Pick, [Vec<u8>; 2]);

/// Each keeps records of its sides, or none as an older release; among them some that are not there.
fn some_decisions() -> impl Strategy<Value = Vec<Decision>> {
    let kept = || prop::collection::vec(0..16_u8, 0..3);
    let one = (
        0..3_u8,
        any::<Pick>(),
        any::<Pick>(),
        prop::array::uniform2(kept()),
    );
    prop::collection::vec(one, 0..4).prop_map(|kinds| {
        let one = |(place, (kind, a, b, kept)): (usize, Drawn)| {
            let (a, b) = (a.get(&EMAILS), b.get(&EMAILS));
            let id = format!("d{place}");
            let decision = match kind {
                0 => merge(&id, a, b),
                1 => apart(&id, a, b),
                _ => unmerge(&id, "d0"),
            };
            let key = |place: u8| {
                let record = match place % 3 {
                    0 => invitee("", "", "", ""),
                    1 => response("", "", "", ""),
                    _ => crm("", "", "", ""),
                };
                RecordKey {
                    id: format!("r{}", place / 3),
                    ..record.key
                }
            };
            let holders = kept.map(|kept| kept.into_iter().map(key).collect());
            Decision {
                holders,
                ..decision
            }
        };
        kinds.into_iter().enumerate().map(one).collect()
    })
}

type Partition = Vec<(ContactId, Vec<RecordKey>)>;

fn partition(records: &[Record], decisions: &[Decision]) -> Partition {
    resolve(records, decisions).partition(records)
}

/// Records arrive one by one. Whatever came before, those that are there give the same people: a second address on
/// the telephone detaches what the first one had joined, and without it they are one person again.
#[test]
fn all_orders_of_arrival_detach_the_same_records() {
    let (p, q) = (PHONES[0], PHONES[1]);
    let records = vec![
        invitee("a", "Jane Doe", "jane@x.test", p),
        response("b", "", "", p),
        response("c", "Jane Doe", "jane@x.test", ""),
        invitee("d", "John Doe", "john@x.test", p),
        crm("e", "", "", &format!("{p} {q}")),
    ];
    let people = |records: &[Record]| -> Vec<String> {
        let partition = partition(records, &[]).into_iter();
        let mut people: Vec<String> = partition
            .map(|(_, of)| {
                let mut ids: Vec<String> = of.into_iter().map(|key| key.id).collect();
                ids.sort_unstable();
                ids.concat()
            })
            .collect();
        people.sort_unstable();
        people
    };
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let orders = permutations(records);
    assert_eq!(orders.len(), 120);
    for order in orders {
        for count in 1..=order.len() {
            let arrived = &order[..count];
            let set: BTreeSet<&str> = arrived.iter().map(|r| r.key.id.as_str()).collect();
            let set: String = set.into_iter().collect();
            let found = people(arrived);
            assert_eq!(*known.entry(set).or_insert(found.clone()), found);
        }
    }
    assert_eq!(known.len(), 31);
    assert_eq!(known["abce"], ["abce"]);
    assert_eq!(known["abcde"], ["ac", "b", "d", "e"]);
    assert_eq!(known["bcde"], ["bde", "c"]);
}

/// Every record of a node: what a store with indexes by address and telephone answers.
fn holders(records: &[Record], node: &Node) -> Vec<Record> {
    let holds = |record: &&Record| Closure::nodes_of(record).contains(node);
    records.iter().filter(holds).cloned().collect()
}

proptest! {
    #[test]
    fn all_orders_of_five_records_give_the_same_people(records in world(5), decisions in some_decisions()) {
        let expected = partition(&records, &decisions);
        let pairs = candidates(&resolve(&records, &decisions), &records, &decisions);
        for order in permutations(records) {
            let found = resolve(&order, &decisions);
            prop_assert_eq!(found.partition(&order), expected.clone());
            prop_assert_eq!(candidates(&found, &order, &decisions), pairs.clone());
        }
    }

    #[test]
    fn addresses_of_two_people_never_meet_in_one_contact(records in world(12)) {
        // Addresses that CRM contacts list together, as sets that grow until none touches another.
        let mut sets: Vec<BTreeSet<&str>> = EMAILS.iter().map(|e| BTreeSet::from([*e])).collect();
        for record in &records {
            let emails: BTreeSet<&str> = record.joining_emails().iter().map(String::as_str).collect();
            let (meet, mut rest): (Vec<_>, Vec<_>) = sets.into_iter().partition(|s| !s.is_disjoint(&emails));
            rest.push(meet.into_iter().flatten().collect());
            sets = rest;
        }
        let found = resolve(&records, &[]);
        for contact in &found.contacts {
            let emails: BTreeSet<&str> = contact
                .members(&records)
                .flat_map(|r| r.joining_emails().iter().map(String::as_str))
                .collect();
            prop_assert!(emails.is_empty() || sets.iter().any(|set| emails.is_subset(set)));
        }
        // And whoever has such an address is in one contact with all others who have one of the set.
        for set in &sets {
            let holders = records.iter().enumerate().filter(|(_, r)| r.joining_emails().iter().any(|e| set.contains(e.as_str())));
            let ids: BTreeSet<_> = holders.map(|(place, _)| found.contact_of(place).unwrap().contact_id).collect();
            prop_assert!(ids.len() <= 1);
        }
    }

    #[test]
    fn an_unmerge_restores_everything(records in world(10), a in 0..5_usize, b in 0..5_usize) {
        let merged = merge("m", EMAILS[a], EMAILS[b]);
        let undone = [merged.clone(), unmerge("u", "m")];
        prop_assert_eq!(resolve(&records, &undone), resolve(&records, &[]));
        let redone = [undone[1].clone(), merged, merge("again", EMAILS[a], EMAILS[b])];
        let once = [merge("once", EMAILS[a], EMAILS[b])];
        prop_assert_eq!(partition(&records, &redone), partition(&records, &once));
    }

    #[test]
    fn a_change_is_resolved_from_what_it_can_touch(
        records in world(14),
        decisions in some_decisions(),
        changed in any::<Pick>(),
        new in a_record(),
    ) {
        let place = changed.index(records.len());
        let before = partition(&records, &decisions);
        let mut now = records.clone();
        now[place] = Record { key: records[place].key.clone(), ..new };
        let start = [&records[place], &now[place]].into_iter().flat_map(Closure::nodes_of);
        let mut closure = Closure::new(&decisions, start);
        loop {
            let wanted = closure.wanted();
            if wanted.is_empty() { break; }
            for node in &wanted {
                closure.found(holders(&now, node));
            }
        }
        let few = closure.into_records();
        let of_few = partition(&few, &decisions);
        let keys: BTreeSet<&RecordKey> = few.iter().map(|r| &r.key).collect();
        let untouched = before.into_iter().filter(|(_, of)| of.iter().all(|key| !keys.contains(key)));
        let mut updated: Partition = untouched.chain(of_few).collect();
        updated.sort();
        prop_assert_eq!(updated, partition(&now, &decisions));
    }

    #[test]
    fn sorted_edges_are_those_of_the_records_by_age_and_id(records in world(6)) {
        let mut expected = Vec::new();
        for (place, record) in records.iter().enumerate() {
            let edges = edges_of(record).into_iter();
            expected.extend(edges.map(|e| (record.seen_at, e.edge_id, place, e.evidence, e.place, e.value)));
        }
        expected.sort();
        let found: Vec<_> = SortedEdges::new(&records)
            .iter()
            .map(|e| (records[e.record].seen_at, e.edge_id, e.record, e.evidence, e.place, Some(e.value.into_owned())))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_log_gives_the_newest_records_in_any_order(
        records in world(6),
        older in world(6),
        decisions in some_decisions(),
        seed in any::<u64>(),
    ) {
        let old = older.into_iter().map(|r| Record { version_at: at("2025-01-01T00:00:00Z"), ..r });
        let newest = records.iter().map(|r| Record { version_at: at("2026-06-01T00:00:00Z"), ..r.clone() });
        // A version of a record that is not in `records` would be its newest one.
        let known: BTreeSet<RecordKey> = records.iter().map(|r| r.key.clone()).collect();
        let versions = old.filter(|r| known.contains(&r.key)).chain(newest);
        let mut log: Vec<_> = versions.flat_map(|r| edges_of(&r)).chain(decisions.iter().map(edge_of)).collect();
        log.extend(log.clone());
        fastrand::Rng::with_seed(seed).shuffle(&mut log);
        let text = serde_json::to_string(&log).unwrap();
        let (found, decided) = read(&serde_json::from_str::<Vec<_>>(&text).unwrap());
        let mut expected: Vec<Record> = records.iter().map(|r| Record { version_at: at("2026-06-01T00:00:00Z"), ..r.clone() }).collect();
        expected.sort_by(|a, b| a.key.cmp(&b.key));
        prop_assert_eq!(found, expected);
        let named = decisions.into_iter().map(|d| Decision { holders: Default::default(), ..d });
        prop_assert_eq!(decided, named.collect::<Vec<_>>());
    }
}
