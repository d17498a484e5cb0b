//! The rules of the CRM, of money and of names, from rows.

use super::{
    activity, canceled, crm_contact, crm_lead, form, invitee, of_email, payment, resolved, rules,
    spend, won,
};
use crate::bookings::attendance::{Attendance, AttendanceSource, CrmOutcome};
use crate::config::{BusinessConfig, CallType};
use crate::numbers::kpi::DealCause;
use crate::people::identity::{ContactId, Decision, Node, Verdict};
use crate::people::resolved::resolve;
use crate::people::sources::{Directory, Sources};
use crate::testing::at;

const NOW: &str = "2026-06-01T00:00:00Z";
const JANE: &str = "jane@acme.co";
const MAX: &str = "max@acme.co";

#[test]
fn a_deal_waits_for_its_contact_under_an_anonymous_one() {
    let mut sources = Sources {
        crm_leads: vec![crm_lead("L", "2026-02-01T00:00:00Z")],
        opportunities: vec![
            won("o1", Some("c1"), "L", "2026-03-05", 100),
            won("o2", None, "L", "2026-03-06", 10),
        ],
        ..Sources::default()
    };
    let waiting = resolved(&sources, NOW);
    let [one] = &waiting.contacts[..] else {
        panic!("one anonymous contact: {:?}", waiting.contacts);
    };
    assert_eq!((one.won_revenue_minor, one.merged.emails.len()), (110, 0));
    assert_eq!(one.first_touch_at, at("2026-02-01T00:00:00Z"));
    let id = one.contact_id.clone();
    assert_eq!(waiting.contact_of_opportunity("o1").unwrap().contact_id, id);

    let created = "2026-02-02T00:00:00Z";
    sources.crm_contacts = vec![
        crm_contact("c1", "L", JANE, created),
        crm_contact("c0", "L", MAX, "2026-02-01T00:00:00Z"),
    ];
    let known = resolved(&sources, NOW);
    assert_eq!(known.contacts.len(), 2);
    let (jane, max) = (of_email(&known, JANE), of_email(&known, MAX));
    assert_eq!((jane.won_revenue_minor, max.won_revenue_minor), (100, 10));
    assert_eq!(
        (jane.influenced.join(" "), max.influenced.join(" ")),
        ("o2".into(), "o1".into())
    );
    assert_eq!(known.contact(&id), None);
}

#[test]
fn merged_leads_own_what_they_were_merged_with() {
    let mut old = crm_lead("old", "2026-01-01T00:00:00Z");
    old.merged_into = Some("new".to_owned());
    old.owner_id = Some("user_ann".to_owned());
    let mut new = crm_lead("new", "2026-02-01T00:00:00Z");
    new.owner_id = Some("user_bob".to_owned());
    let sources = Sources {
        crm_leads: vec![old, new],
        crm_contacts: vec![crm_contact("c", "old", JANE, "2026-01-02T00:00:00Z")],
        opportunities: vec![{
            let mut deal = won("o", None, "new", "2026-03-05", 1_000_000);
            deal.user_id = None;
            deal
        }],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    let jane = of_email(&found, JANE);
    assert_eq!(jane.opportunities, ["o"]);
    assert_eq!(jane.crm_lead_ids, ["new"]);
    assert_eq!(jane.lead_status.as_deref(), Some("status of new"));
    assert_eq!(jane.owner_email.as_deref(), Some("bob@co.test"));
    assert!(jane.standing.high_value);
    assert_eq!(jane.summary.alerts, ["no_upcoming_calls"]);

    // Somebody in the CRM whom the team's list does not have.
    let mut sources = sources;
    sources.crm_leads[1].owner_id = Some("user_gone".to_owned());
    let found = resolved(&sources, NOW);
    let jane = of_email(&found, JANE);
    assert_eq!(
        (jane.owner_email.as_deref(), jane.crm_owner()),
        (None, Some("user_gone"))
    );
    assert!(jane.standing.crm_owner.is_other_than("bob@co.test"));
    assert!(!jane.standing.crm_owner.is_other_than("guest@co.test"));

    let mut circle = sources;
    circle.crm_leads[1].merged_into = Some("old".to_owned());
    assert_eq!(resolved(&circle, NOW).contacts.len(), 1);
}

#[test]
fn a_tag_of_the_lead_makes_a_customer_of_high_value() {
    let mut tagged = crm_lead("L", "2026-01-01T00:00:00Z");
    tagged.tags = vec!["Newsletter".to_owned(), " vip ".to_owned()];
    let mut sources = Sources {
        crm_leads: vec![tagged],
        crm_contacts: vec![crm_contact("c", "L", JANE, "2026-01-02T00:00:00Z")],
        ..Sources::default()
    };
    let mut config = rules();
    let high_value = |sources: &Sources, config: &BusinessConfig| {
        let found = resolve(sources, &Directory::default(), config, at(NOW));
        of_email(&found, JANE).standing.high_value
    };
    assert!(!high_value(&sources, &config));
    config.close.high_value_tags = vec!["VIP".to_owned()];
    assert!(high_value(&sources, &config));
    sources.crm_leads[0].deleted = true;
    assert!(!high_value(&sources, &config));
}

#[test]
fn no_further_deal_falls_to_a_deleted_contact() {
    let mut gone = crm_contact("gone", "L", MAX, "2026-01-01T00:00:00Z");
    gone.deleted = true;
    let mut sources = Sources {
        crm_contacts: vec![gone, crm_contact("here", "L", JANE, "2026-01-02T00:00:00Z")],
        opportunities: vec![won("o", None, "L", "2026-03-05", 100)],
        ..Sources::default()
    };
    assert_eq!(
        of_email(&resolved(&sources, NOW), JANE).won_revenue_minor,
        100
    );
    sources.crm_contacts.pop();
    assert_eq!(
        of_email(&resolved(&sources, NOW), MAX).won_revenue_minor,
        100
    );
    let mut deleted = sources.opportunities[0].clone();
    (deleted.deleted, deleted.version_at) = (true, at("2026-04-10T00:00:00Z"));
    sources.opportunities.push(deleted);
    let found = resolved(&sources, NOW);
    let causes: Vec<DealCause> = found.facts.deals.iter().map(|line| line.cause).collect();
    assert_eq!(causes, [DealCause::Won, DealCause::Reopened]);
    assert_eq!(of_email(&found, MAX).owner_id, None);
}

#[test]
fn the_crm_says_who_came() {
    let call = "2026-03-10T15:00:00Z";
    let row = invitee("A", JANE, call);
    let both = [
        crm_contact("jane", "L", JANE, "2026-01-01T00:00:00Z"),
        crm_contact("max", "L", MAX, "2026-01-01T00:00:00Z"),
    ];
    let mut sources = Sources {
        invitees: vec![row, invitee("B", MAX, "2026-03-11T14:00:00Z")],
        crm_contacts: both.to_vec(),
        activities: vec![activity("a1", Some("jane"), "L", call, CrmOutcome::NoShow)],
        ..Sources::default()
    };
    let judged = |sources: &Sources, place: usize| {
        let found = &resolved(sources, NOW).bookings[place];
        (found.attendance, found.attendance_source)
    };
    let no_show = (Attendance::NoShow, AttendanceSource::Close);
    let by_default = (Attendance::Attended, AttendanceSource::Default);
    assert_eq!(
        (judged(&sources, 0), judged(&sources, 1)),
        (no_show, by_default)
    );
    // Without a contact it is whoever of the lead has the nearest booking.
    sources.activities[0].crm_contact_id = None;
    sources.activities[0].at = Some(at("2026-03-11T04:00:00Z"));
    assert_eq!(
        (judged(&sources, 0), judged(&sources, 1)),
        (by_default, no_show)
    );
    // A later word wins; a custom activity says nothing, and neither does a deleted one.
    let mut later = activity(
        "a0",
        Some("max"),
        "L",
        "2026-03-11T15:00:00Z",
        CrmOutcome::Attended,
    );
    sources.activities.push(later.clone());
    assert_eq!(
        judged(&sources, 1),
        (Attendance::Attended, AttendanceSource::Close)
    );
    "custom_activity".clone_into(&mut later.kind);
    sources.activities[1] = later;
    assert_eq!(judged(&sources, 1), no_show);
    sources.activities[0].deleted = true;
    assert_eq!(judged(&sources, 1), by_default);
    let found = resolved(&sources, NOW);
    assert_eq!(of_email(&found, MAX).summary.calls_completed, 1);
}

#[test]
fn an_outcome_of_a_moved_call_is_of_its_newest_member() {
    let mut first = invitee("A1", JANE, "2026-03-10T10:00:00Z");
    (first.canceled, first.rescheduled) = (true, true);
    let mut second = invitee("A2", JANE, "2026-03-10T10:30:00Z");
    second.created_at = at("2026-03-09T09:00:00Z");
    "A1".clone_into(&mut second.chain_id);
    let call = "2026-03-10T10:05:00Z";
    let sources = Sources {
        invitees: vec![first, second],
        crm_contacts: vec![crm_contact("jane", "L", JANE, "2026-01-01T00:00:00Z")],
        activities: vec![activity("a1", Some("jane"), "L", call, CrmOutcome::NoShow)],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    let booking = &found.bookings[0];
    let told = (booking.attendance, booking.attendance_source);
    assert_eq!(told, (Attendance::NoShow, AttendanceSource::Close));
    assert_eq!(of_email(&found, JANE).summary.calls_no_show, 1);
}

#[test]
fn a_payment_is_of_who_booked_else_of_its_address() {
    let id = ContactId::from_anchor(&Node::Email(MAX.to_owned())).to_string();
    let mut by_address = payment("p2", None, "2026-03-10T00:00:00Z", 7);
    by_address.contact_id = Some(id);
    let mut by_stranger = payment("p3", Some("unknown"), "2026-03-10T00:00:00Z", 5);
    by_stranger.contact_id = Some("11111111-1111-8111-8111-111111111111".to_owned());
    let sources = Sources {
        invitees: vec![invitee("A", JANE, "2026-03-10T15:00:00Z")],
        forms: vec![form("f", Some(MAX), "2026-03-01T00:00:00Z", "google")],
        payments: vec![
            by_stranger,
            by_address,
            payment("p1", Some("A"), "2026-03-09T00:00:00Z", 9),
        ],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    let told: Vec<_> = found
        .facts
        .cash
        .iter()
        .map(|line| {
            let contact = line.contact_id.as_deref().and_then(|id| found.contact(id));
            (
                contact.map(|c| c.merged.emails[0].as_str()),
                line.user.as_deref(),
            )
        })
        .collect();
    let ann = Some("ann@co.test");
    assert_eq!(told, [(Some(JANE), ann), (Some(MAX), None), (None, None)]);
    assert_eq!(found.contact_of_payment("p1"), Some(of_email(&found, JANE)));
    assert_eq!(found.contact_of_payment("p3"), None);
}

#[test]
fn a_form_without_an_address_is_of_who_it_booked() {
    let mut bare = form("f", None, "2026-03-01T00:00:00Z", "facebook");
    bare.invitee_uri = Some("A".to_owned());
    bare.campaign = Some("spring".to_owned());
    let mut row = invitee("A", JANE, "2026-03-10T15:00:00Z");
    row.call_type = None;
    let sources = Sources {
        invitees: vec![row],
        forms: vec![bare, form("other", None, "2026-03-02T00:00:00Z", "email")],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    assert_eq!(found.contacts.len(), 2);
    let jane = of_email(&found, JANE);
    assert_eq!(found.contact_of_form("f"), Some(jane));
    assert_eq!(jane.first_touch_channel.as_deref(), Some("facebook"));
    assert_eq!(jane.first_touch_campaign.as_deref(), Some("spring"));
    assert_eq!(jane.merged.original_source.as_deref(), Some("facebook"));
    assert!(found.facts.calls.is_empty());
    assert_eq!((found.bookings.len(), found.touches.len()), (1, 3));
}

#[test]
fn a_chain_of_two_addresses_is_of_the_first_and_has_the_type_of_the_newest() {
    let mut first = canceled(invitee("A", JANE, "2026-03-10T15:00:00Z"));
    first.rescheduled = true;
    first.call_type = Some(CallType::Triage);
    let mut second = invitee("B", MAX, "2026-03-12T15:00:00Z");
    "A".clone_into(&mut second.chain_id);
    let sources = Sources {
        invitees: vec![second, first],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    let jane = of_email(&found, JANE);
    assert_eq!(found.facts.calls[0].contact_id, jane.contact_id);
    assert_eq!(found.facts.calls[0].call_type, CallType::Solution);
    assert_eq!(of_email(&found, MAX).summary.total_calls_booked, 0);
}

#[test]
fn an_old_id_leads_to_whoever_it_became() {
    let email = |text: &str| Node::Email(text.to_owned());
    let sources = Sources {
        forms: vec![
            form("f", Some(JANE), "2026-03-01T00:00:00Z", "google"),
            form("g", Some(MAX), "2026-03-02T00:00:00Z", "google"),
        ],
        ..Sources::default()
    };
    let merge = Decision {
        id: "m".to_owned(),
        verdict: Verdict::Merge {
            into: email(JANE),
            from: email(MAX),
        },
        actor: "admin".to_owned(),
        at: at(NOW),
        reason: None,
        holders: Default::default(),
    };
    let directory = Directory {
        decisions: vec![merge],
        users: Vec::new(),
    };
    let found = resolve(&sources, &directory, &rules(), at(NOW));
    assert_eq!((found.contacts.len(), found.facts.leads.len()), (1, 1));
    let old = ContactId::from_anchor(&email(MAX)).to_string();
    assert_eq!(found.contact(&old), Some(of_email(&found, JANE)));
    assert_eq!(found.contact_by_email(MAX), Some(of_email(&found, JANE)));
}

#[test]
fn another_currency_is_left_out_of_the_sums_and_named() {
    let mut in_euro = won("o2", None, "L", "2026-03-06", 70);
    in_euro.currency = Some("EUR".to_owned());
    let mut paid_in_euro = payment("p2", None, "2026-03-10T00:00:00Z", 7);
    "EUR".clone_into(&mut paid_in_euro.currency);
    let sources = Sources {
        opportunities: vec![won("o1", None, "L", "2026-03-05", 100), in_euro],
        payments: vec![paid_in_euro, payment("p1", None, "2026-03-10T00:00:00Z", 9)],
        spend: vec![spend("2026-03-01", None, 3)],
        ..Sources::default()
    };
    let found = resolved(&sources, NOW);
    assert_eq!(found.currencies.main.as_deref(), Some("USD"));
    assert_eq!(found.currencies.left_out["EUR"], 2);
    let deals = &found.facts.deals;
    let told: Vec<_> = deals
        .iter()
        .map(|line| (line.deals, line.deals_adding_up, line.revenue_minor))
        .collect();
    assert_eq!(told, [(1, 1, 100), (1, 0, 0)]);
    let own = &deals[1].left_out[0];
    assert_eq!((&*own.currency, own.revenue_minor), ("EUR", 70));
    assert_eq!(
        (found.facts.cash.len(), found.facts.cash[0].amount_minor),
        (1, 9)
    );
    let other = &found.facts.left_out.cash[0];
    let told = (&*other.currency, other.line.amount_minor);
    assert_eq!(told, ("EUR", 7));
}
