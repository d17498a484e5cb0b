//! One case for each rule.

use super::{apart, crm, decision, email, invitee, merge, response, unmerge};
use crate::inbox::vendor::Vendor;
use crate::people::identity::log::{Evidence, edge_id};
use crate::people::identity::{
    ContactId, Decision, Link, Node, PartKind, People, Record, RecordKey, Verdict, candidates,
    compare, explain, resolve,
};
use crate::testing::at;

const P: &str = "+12223334444";
const Q: &str = "+12223335555";

/// The ids of the records of each person, the persons by their first record.
fn people(records: &[Record], decisions: &[Decision]) -> Vec<String> {
    let found = resolve(records, decisions);
    let ids = |contact: &super::super::Contact| {
        let mut ids: Vec<&str> = contact
            .members(records)
            .map(|r| r.key.id.as_str())
            .collect();
        ids.sort_unstable();
        ids.join(" ")
    };
    let mut people: Vec<String> = found.contacts.iter().map(ids).collect();
    people.sort();
    people
}

#[test]
fn of_addresses_that_came_together_the_first_is_the_main_one() {
    let anchor = |emails: &str| {
        let records = [crm("c", "Jane Doe", emails, "")];
        resolve(&records, &[]).contacts[0].anchor.clone()
    };
    assert_eq!(anchor("jane@acme.co a@home.org"), email("jane@acme.co"));
    assert_eq!(anchor("a@home.org jane@acme.co"), email("a@home.org"));
}

#[test]
fn an_address_joins_and_a_second_one_on_the_telephone_detaches() {
    let mut records = vec![
        invitee("a", "Jane Doe", "jane@acme.co", P),
        response("b", "", "jane@acme.co", ""),
        crm("c", "Jane Doe", "", P),
    ];
    assert_eq!(people(&records, &[]), ["a b c"]);
    records.push(invitee("d", "John Doe", "john@acme.co", P));
    assert_eq!(people(&records, &[]), ["a b", "c", "d"]);
    let found = resolve(&records, &[]);
    let pairs = candidates(&found, &records, &[]);
    assert_eq!(pairs.len(), 3, "{pairs:#?}");
    assert!(pairs.iter().all(|p| p.evidence[0].kind == PartKind::Phone));
}

#[test]
fn telephones_alone_join_records_without_addresses() {
    let records = [
        crm("a", "", "", P),
        response("b", "", "", P),
        response("c", "", "", Q),
    ];
    assert_eq!(people(&records, &[]), ["a b", "c"]);
}

#[test]
fn a_record_with_two_telephones_never_makes_one_person_of_two_addresses() {
    let records = [
        invitee("a", "", "jane@acme.co", P),
        invitee("b", "", "john@acme.co", Q),
        crm("c", "", "", &format!("{P} {Q}")),
    ];
    assert_eq!(people(&records, &[]), ["a", "b", "c"]);
}

#[test]
fn only_a_crm_contact_joins_addresses() {
    let two = "jane@acme.co jane@home.example";
    let one = invitee("a", "", "jane@acme.co", "");
    let other = invitee("b", "", "jane@home.example", "");
    let mut records = vec![one, other, response("c", "", two, "")];
    assert_eq!(people(&records, &[]), ["a c", "b"]);
    records[2] = crm("c", "", two, "");
    assert_eq!(people(&records, &[]), ["a b c"]);
}

#[test]
fn a_telephone_joins_no_two_full_names() {
    let on_one_phone = |a: &str, b: &str| {
        let records = [invitee("a", a, "ann@acme.co", P), crm("b", b, "", P)];
        people(&records, &[])
    };
    for name in ["Annie Jones", "Jones, Ann", "A. Jones", "Ann", ""] {
        assert_eq!(on_one_phone("Ann Jones", name), ["a b"], "{name}");
    }
    for name in ["Bob Jones", "Joan Jones", "Ann Smith", "Front Desk"] {
        assert_eq!(on_one_phone("Ann Jones", name), ["a", "b"], "{name}");
    }
    // All that a person is called counts: one of Ann's names is enough.
    let records = [
        invitee("a", "Ann Jomes", "ann@acme.co", P),
        response("b", "Ann Jones", "ann@acme.co", P),
        response("c", "Ann Jones", "", P),
    ];
    assert_eq!(people(&records, &[]), ["a b c"]);
}

#[test]
fn telephones_with_two_names_between_them_bridge() {
    let records = [
        invitee("a", "Ann Jones", "ann@acme.co", P),
        response("b", "", "", &format!("{P} {Q}")),
        crm("c", "Bob Jones", "", Q),
    ];
    assert_eq!(people(&records, &[]), ["a", "b", "c"]);
    let role = resolve(&records, &[]).phone_role(P);
    assert_eq!(role, crate::people::identity::PhoneRole::Bridges);
}

#[test]
fn a_chain_with_two_addresses_is_a_candidate() {
    let mut records = [
        invitee("a", "", "jane@acme.co", ""),
        invitee("b", "", "jane@home.example", ""),
    ];
    for record in &mut records {
        record.chain_id = Some("chain-1".to_owned());
    }
    assert_eq!(people(&records, &[]), ["a", "b"]);
    let found = resolve(&records, &[]);
    let pairs = candidates(&found, &records, &[]);
    assert_eq!(pairs[0].evidence[0].kind, PartKind::Chain);
}

#[test]
fn likely_pairs_are_candidates_with_their_parts() {
    use PartKind::{CompanyDomain, Dates, EmailAlias, EmailSimilar, NameSame, NameSimilar};
    let pair = |a: (&str, &str), b: (&str, &str)| {
        let mut records = [invitee("a", a.0, a.1, ""), invitee("b", b.0, b.1, "")];
        records[1].seen_at = at("2026-09-01T00:00:00Z");
        let found = resolve(&records, &[]);
        let pairs = candidates(&found, &records, &[]);
        let parts = |c: &super::super::Candidate| c.evidence.iter().map(|p| p.kind).collect();
        pairs.first().map_or_else(Vec::new, parts)
    };
    let bob = ("Bob Miller", "bob@acme.co");
    assert_eq!(
        pair(bob, ("Robert Miller", "rmiller@acme.co")),
        [NameSimilar, CompanyDomain]
    );
    assert_eq!(pair(bob, ("Robert Miller", "rmiller@other.example")), []);
    assert_eq!(pair(bob, ("Ann Jones", "ann@acme.co")), []);
    let jane = ("Jane Doe", "jane.doe@gmail.com");
    assert_eq!(pair(jane, ("", "janedoe+x@gmail.com")), [EmailAlias]);
    assert_eq!(
        pair(jane, ("Jane Doe", "jane.doe@gmial.com")),
        [EmailSimilar, NameSame]
    );
    let mut near = [
        invitee("a", "Jane Doe", "jane@gmail.com", ""),
        invitee("b", "Jane Doe", "jd@hotmail.com", ""),
    ];
    near[1].seen_at = at("2026-03-04T00:00:00Z");
    let found = resolve(&near, &[]);
    let pairs = candidates(&found, &near, &[]);
    let kinds: Vec<_> = pairs[0].evidence.iter().map(|p| p.kind).collect();
    assert_eq!((kinds, pairs[0].score), (vec![NameSame, Dates], 40));
}

#[test]
fn a_merge_keeps_the_id_of_its_target_and_can_be_taken_back() {
    let records = [
        invitee("a", "", "zoe@acme.co", P),
        invitee("b", "", "anna@acme.co", P),
        crm("c", "", "", P),
    ];
    let before = resolve(&records, &[]);
    let merged = [merge("m1", "zoe@acme.co", "anna@acme.co")];
    // The two are one person now, so the telephone has one holder and joins the third record too.
    assert_eq!(people(&records, &merged), ["a b c"]);
    let after = resolve(&records, &merged);
    let zoe = ContactId::from_anchor(&email("zoe@acme.co"));
    assert_eq!(after.contacts[0].contact_id, zoe);
    let dry_run = compare(&records, &before, &after);
    let moved: Vec<&str> = dry_run.moves.iter().map(|m| m.record.id.as_str()).collect();
    assert_eq!((moved, dry_run.contacts_gone.len()), (vec!["b", "c"], 2));
    assert!(dry_run.moves.iter().all(|m| m.to == zoe));

    let undone = [merged[0].clone(), unmerge("u1", "m1")];
    assert_eq!(resolve(&records, &undone), before);
    let again = [
        undone[0].clone(),
        undone[1].clone(),
        merge("m2", "zoe@acme.co", "anna@acme.co"),
    ];
    assert_eq!(resolve(&records, &again), after);
}

#[test]
fn a_piece_of_evidence_can_be_taken_back_too() {
    let records = [invitee("a", "", "jane@acme.co", P), crm("b", "", "", P)];
    assert_eq!(people(&records, &[]), ["a b"]);
    let key = RecordKey::new(Vendor::Close, "contact", "b");
    let edge = edge_id(&key, Evidence::Phone, P);
    assert_eq!(people(&records, &[unmerge("u", &edge)]), ["a", "b"]);
}

#[test]
fn who_is_not_the_same_is_no_candidate_and_no_telephone_joins_them() {
    let records = [
        invitee("a", "", "jane@acme.co", P),
        invitee("b", "", "john@acme.co", P),
    ];
    let not = [apart("n", "jane@acme.co", "john@acme.co")];
    let found = resolve(&records, &not);
    assert_eq!(candidates(&found, &records, &not), []);
    assert_eq!(candidates(&found, &records, &[]).len(), 1);

    let records = [invitee("a", "", "jane@acme.co", P), crm("b", "", "", P)];
    let verdict = Verdict::NotTheSame {
        a: email("jane@acme.co"),
        b: Node::Record(records[1].key.clone()),
    };
    assert_eq!(people(&records, &[decision("n", verdict)]), ["a", "b"]);
}

#[test]
fn an_id_is_that_of_the_first_address_seen() {
    let two = "b@acme.co a@acme.co";
    let mut first = invitee("1", "", "b@acme.co", "");
    first.seen_at = at("2026-01-01T00:00:00Z");
    let records = [first, crm("2", "", two, ""), crm("3", "", "", "")];
    let found = resolve(&records, &[]);
    let id = |place| found.contact_of(place).map(|c| c.contact_id);
    assert_eq!(id(0), Some(ContactId::from_anchor(&email("b@acme.co"))));
    assert_eq!(
        id(2),
        Some(ContactId::from_anchor(&Node::Record(
            records[2].key.clone()
        )))
    );
    assert_eq!(id(3), None);
}

fn explained(found: &People, records: &[Record], decisions: &[Decision]) -> Vec<String> {
    let text = |link: &Link| {
        let why = serde_json::to_value(link.why_not).unwrap();
        let evidence: &'static str = link.edge.evidence.into();
        let actor = &link.edge.actor;
        format!("{actor} {evidence} {} {why}", link.counts)
    };
    let contact = found.contact_of(0).unwrap();
    let links = explain(found, contact, records, decisions);
    links.iter().map(text).collect::<Vec<_>>()
}

#[test]
fn a_person_is_explained_by_their_edges() {
    let records = [
        invitee("a", "Jane Doe", "jane@acme.co", P),
        invitee("b", "", "john@acme.co", P),
        invitee("c", "", "janet@acme.co", ""),
    ];
    let decisions = [
        merge("m1", "jane@acme.co", "janet@acme.co"),
        merge("m2", "jane@acme.co", "john@acme.co"),
        unmerge("u", "m2"),
    ];
    let found = resolve(&records, &decisions);
    let mut lines = explained(&found, &records, &decisions);
    lines.sort();
    assert_eq!(
        lines,
        [
            "admin-1 merge false \"withdrawn\"",
            "admin-1 merge true null",
            "admin-1 unmerge true null",
            "calendly email true null",
            "calendly email true null",
            "calendly name false \"only_likely\"",
            "calendly phone false \"shared_phone\"",
            "calendly seen true null",
            "calendly seen true null",
        ]
    );
}

#[test]
fn nothing_printed_names_a_person() {
    let records = [invitee("a", "Jane Doe", "jane@acme.co", P)];
    let shown = format!("{records:?} {:?}", email("jane@acme.co"));
    assert!(
        !shown.contains("jane") && !shown.contains("Jane") && !shown.contains(P),
        "{shown}"
    );
}
