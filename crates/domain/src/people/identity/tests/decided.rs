//! A decision is about the same two people when the CRM changes their addresses.

use std::collections::HashSet;

use super::{apart, crm, email, invitee, merge, response, unmerge};
use crate::people::identity::log::{Evidence, edge_id};
use crate::people::identity::{
    Contact, Decision, Link, Node, People, Record, RecordKey, candidates, explain, resolve,
    sides_now, taken_back,
};

const P: &str = "+12223334444";

/// The decision as an admin makes it over these records.
fn made(mut decision: Decision, records: &[Record], others: &[Decision]) -> Decision {
    let withdrawn = taken_back(others);
    let found = resolve(records, others);
    for (node, holders) in decision.sides_mut() {
        let contact = found.contacts.iter().find(|c| c.anchor == *node);
        *holders = contact.unwrap().holders(records, &withdrawn);
    }
    decision
}

fn people(records: &[Record], decisions: &[Decision]) -> Vec<Vec<String>> {
    let found = resolve(records, decisions);
    let ids = |c: &Contact| {
        let mut ids: Vec<String> = c.members(records).map(|r| r.key.id.clone()).collect();
        ids.sort();
        ids
    };
    let mut people: Vec<Vec<String>> = found.contacts.iter().map(ids).collect();
    people.sort();
    people
}

fn decided(found: &People, place: usize, records: &[Record], of: &[Decision]) -> Vec<String> {
    let contact = found.contact_of(place).unwrap();
    let links = explain(found, contact, records, of);
    let decided = links.iter().filter(|link| link.edge.actor == "admin-1");
    let text = |link: &Link| {
        let why = serde_json::to_value(link.why_not).unwrap();
        format!("{} {} {why}", link.edge.edge_id, link.counts)
    };
    decided.map(text).collect()
}

/// Ann's only record, and Bob's of the CRM with these addresses.
fn ann_and_bob(emails: &str) -> [Record; 2] {
    [
        invitee("a", "Ann Jones", "ann@acme.co", P),
        crm("b", "Ann Jones", emails, P),
    ]
}

#[test]
fn a_merge_before_the_crm_changes_an_address_is_one_after_it() {
    let (before, after) = (ann_and_bob("bob@acme.co"), ann_and_bob("bob@home.net"));
    for (into, from, same) in [
        (
            "ann@acme.co",
            "bob@acme.co",
            ("ann@acme.co", "bob@home.net"),
        ),
        (
            "bob@acme.co",
            "ann@acme.co",
            ("bob@home.net", "ann@acme.co"),
        ),
    ] {
        let early = [made(merge("m", into, from), &before, &[])];
        let late = [made(merge("m", same.0, same.1), &after, &[])];
        assert_eq!(people(&before, &early), [["a", "b"]]);
        assert_eq!(resolve(&after, &early), resolve(&after, &late));
        let found = resolve(&after, &early);
        assert_eq!(decided(&found, 0, &after, &early), ["m true null"]);
        assert_eq!(decided(&found, 1, &after, &early), ["m true null"]);
        // It can be taken back still.
        let undone = [early[0].clone(), unmerge("u", "m")];
        assert_eq!(resolve(&after, &undone), resolve(&after, &[]));
    }
}

#[test]
fn who_is_not_the_same_stays_so_without_an_address_and_with_another_one() {
    let before = ann_and_bob("bob@acme.co");
    let not = [made(apart("n", "ann@acme.co", "bob@acme.co"), &before, &[])];
    for emails in ["", "bob@home.net"] {
        let after = ann_and_bob(emails);
        let found = resolve(&after, &not);
        assert_eq!(found.contacts.len(), 2, "{emails}");
        assert_eq!(candidates(&found, &after, &not), [], "{emails}");
        assert_eq!(decided(&found, 1, &after, &not), ["n true null"]);
    }
}

#[test]
fn a_decision_stays_with_whoever_has_the_address_among_those_it_was_about() {
    let form = response("f", "", "bob@acme.co", "");
    let mut before = ann_and_bob("bob@acme.co").to_vec();
    before.push(form);
    let merged = [made(merge("m", "ann@acme.co", "bob@acme.co"), &before, &[])];
    assert_eq!(people(&before, &merged), [["a", "b", "f"]]);
    // The CRM says that its contact is somebody else; the form is Bob's still.
    let mut after = before.clone();
    after[1] = ann_and_bob("carl@home.net")[1].clone();
    assert_eq!(people(&after, &merged), [vec!["a", "f"], vec!["b"]]);
    // Somebody comes later with the address that a merged contact had once: nobody decided about them.
    let alone = [made(
        merge("m", "ann@acme.co", "bob@acme.co"),
        &before[..2],
        &[],
    )];
    assert_eq!(people(&after, &alone), [vec!["a", "b"], vec!["f"]]);
    assert_eq!(people(&before, &alone), [["a", "b", "f"]]);
}

#[test]
fn a_decision_without_records_counts_by_address_alone_and_says_so() {
    let (before, after) = (ann_and_bob("bob@acme.co"), ann_and_bob("bob@home.net"));
    let old = merge("m", "ann@acme.co", "bob@acme.co");
    let mut text = serde_json::to_value(&old).unwrap();
    text.as_object_mut().unwrap().remove("holders");
    let old = [serde_json::from_value::<Decision>(text).unwrap()];
    assert_eq!(people(&before, &old), [["a", "b"]]);
    assert_eq!(people(&after, &old), [["a"], ["b"]]);
    let found = resolve(&after, &old);
    assert_eq!(decided(&found, 0, &after, &old), ["m false \"side_gone\""]);
    assert!(decided(&found, 1, &after, &old).is_empty());
}

#[test]
fn a_side_is_found_by_an_address_or_a_record() {
    let before = ann_and_bob("bob@acme.co bob@home.net");
    let merged = [made(merge("m", "ann@acme.co", "bob@acme.co"), &before, &[])];
    let key = before[1].key.clone();
    assert_eq!(merged[0].holders[1], std::slice::from_ref(&key));
    let now = |records: &[Record], withdrawn: &HashSet<&str>| {
        let [sides] = sides_now(&merged, withdrawn, records).try_into().unwrap();
        sides[1].clone()
    };
    let none = HashSet::new();
    assert_eq!(now(&before, &none), Some(email("bob@acme.co")));
    assert_eq!(
        now(&ann_and_bob(""), &none),
        Some(Node::Record(key.clone()))
    );
    assert_eq!(now(&before[..1], &none), None);
    let of = |key: &RecordKey| edge_id(key, Evidence::Email, "bob@acme.co");
    let (own, taken) = (of(&key), Some(Node::Record(key)));
    assert_eq!(now(&before, &HashSet::from([&*own])), taken);
}
