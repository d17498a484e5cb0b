//! Tests of the view of one person.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::bookings::attendance::NoShowMarks;
use crate::config::{BusinessConfig, CallType};
use crate::numbers::attribution::Model;
use crate::people::identity::{Decision, Node, Verdict};
use crate::people::journey::StepKind;
use crate::people::moves::moves;
use crate::people::resolved::resolve;
use crate::people::sources::{
    CrmContactRow, Directory, FormRow, InviteeRow, OpportunityRow, PaymentRow, Sources,
};
use crate::testing::at;

fn invitee(uri: &str, chain: &str, email: &str, created: &str, start: &str) -> InviteeRow {
    InviteeRow {
        invitee_uri: uri.to_owned(),
        chain_id: chain.to_owned(),
        email: email.to_owned(),
        name: Some("Jane Doe".to_owned()),
        phone: None,
        created_at: at(created),
        booked_local: None,
        updated_at: at(created),
        canceled: false,
        rescheduled: false,
        canceled_at: None,
        start: at(start),
        end: at(start) + jiff::SignedDuration::from_mins(30),
        no_show: NoShowMarks::default(),
        host_email: Some("ann@co.test".to_owned()),
        host_name: Some("Ann".to_owned()),
        event_name: Some("Triage Call".to_owned()),
        call_type: Some(CallType::Triage),
        channel: "google".to_owned(),
        campaign: Some("Spring".to_owned()),
        utm_source: Some("google".to_owned()),
        raw_sha256: None,
        mark_sha256: None,
    }
}

fn form(token: &str, email: &str, submitted: &str) -> FormRow {
    FormRow {
        token: token.to_owned(),
        form_id: Some("F1".to_owned()),
        submitted_at: at(submitted),
        email: Some(email.to_owned()),
        phone: None,
        name: None,
        channel: "facebook".to_owned(),
        campaign: None,
        utm_source: Some("facebook".to_owned()),
        invitee_uri: None,
        raw_sha256: None,
    }
}

fn crm_contact(id: &str, lead: &str, email: &str) -> CrmContactRow {
    CrmContactRow {
        crm_contact_id: id.to_owned(),
        lead_id: Some(lead.to_owned()),
        name: None,
        emails: vec![email.to_owned()],
        phones: Vec::new(),
        created_at: Some(at("2026-01-02T00:00:00Z")),
        version_at: at("2026-01-02T00:00:00Z"),
        deleted: false,
        raw_sha256: None,
    }
}

fn opportunity(version: &str, status: &str, value_minor: i64) -> OpportunityRow {
    OpportunityRow {
        opportunity_id: "oppo_1".to_owned(),
        version_at: at(version),
        lead_id: Some("lead_1".to_owned()),
        crm_contact_id: Some("cont_1".to_owned()),
        user_id: None,
        status: status.to_owned(),
        value_minor,
        cash_minor: 0,
        currency: Some("USD".to_owned()),
        date_won: (status == "won").then(|| jiff::civil::date(2026, 1, 20)),
        created_at: Some(at("2026-01-05T00:00:00Z")),
        deleted: false,
        raw_sha256: None,
    }
}

/// Jane: a form, a call that was moved once and taken, a deal, a payment and part of it back. Her colleague Bob is on the
/// same lead.
fn sources() -> Sources {
    let mut first = invitee(
        "A1",
        "A1",
        "jane@acme.co",
        "2026-01-03T10:00:00Z",
        "2026-01-08T10:00:00Z",
    );
    (first.canceled, first.rescheduled) = (true, true);
    first.canceled_at = Some(at("2026-01-04T09:00:00Z"));
    let second = invitee(
        "A2",
        "A1",
        "jane@acme.co",
        "2026-01-04T09:00:00Z",
        "2026-01-10T10:00:00Z",
    );
    let payment = |id: &str, amount_minor, when: &str| PaymentRow {
        payment_id: id.to_owned(),
        booking_id: "B1".to_owned(),
        invitee_uri: Some("A2".to_owned()),
        contact_id: None,
        amount_minor,
        currency: "USD".to_owned(),
        occurred_at: at(when),
        raw_sha256: Some(format!("sha-{id}")),
    };
    Sources {
        invitees: vec![second, first],
        forms: vec![form("tok1", "jane@acme.co", "2026-01-01T08:00:00Z")],
        crm_contacts: vec![
            crm_contact("cont_1", "lead_1", "jane@acme.co"),
            crm_contact("cont_2", "lead_1", "bob@acme.co"),
        ],
        opportunities: vec![
            opportunity("2026-01-20T15:00:00Z", "won", 500_000),
            opportunity("2026-01-25T15:00:00Z", "won", 400_000),
        ],
        payments: vec![
            payment("p2", -5_000, "2026-02-02T12:00:00Z"),
            payment("p1", 15_000, "2026-01-21T12:00:00Z"),
        ],
        ..Sources::default()
    }
}

fn seen(sources: &Sources, directory: &Directory, email: &str, as_of: Timestamp) -> PersonView {
    let rules = BusinessConfig::default();
    let resolved = resolve(sources, directory, &rules, as_of);
    let contact = find(&resolved, email).unwrap();
    view(sources, directory, &rules, &resolved, contact)
}

#[test]
fn a_journey_goes_from_the_form_to_the_refund() {
    let sources = sources();
    let as_of = at("2026-03-01T00:00:00Z");
    let jane = seen(&sources, &Directory::default(), "Jane@Acme.co", as_of);
    let steps: Vec<(StepKind, &str, Option<i64>)> = jane
        .journey
        .iter()
        .map(|step| (step.kind, &step.row_id[..2], step.amount_minor))
        .collect();
    let expected = [
        (StepKind::Form, "to", None),
        (StepKind::Booked, "A1", None),
        (StepKind::Rescheduled, "A2", None),
        (StepKind::Call, "A2", None),
        (StepKind::Won, "op", Some(500_000)),
        (StepKind::Payment, "p1", Some(15_000)),
        (StepKind::Changed, "op", Some(-100_000)),
        (StepKind::Refund, "p2", Some(-5_000)),
    ];
    assert_eq!(steps, expected);
    assert_eq!(jane.journey[4].at, at("2026-01-20T15:00:00Z"));
    assert_eq!(jane.journey[4].currency.as_deref(), Some("USD"));
    let cash = jane
        .journey
        .iter()
        .filter(|step| step.source.table == "silver.payments");
    let told: Vec<Option<&str>> = cash.map(|step| step.raw_sha256.as_deref()).collect();
    assert_eq!(told, [Some("sha-p1"), Some("sha-p2")]);
    let form = &jane.journey[0];
    let shares: Vec<(Model, Option<f64>)> = form
        .credit
        .iter()
        .map(|c| (c.model, c.share_percent))
        .collect();
    assert_eq!(shares[0], (Model::First, Some(100.0)));
    assert_eq!(shares[2], (Model::U, Some(50.0)));
    let booked = &jane.journey[1].credit;
    assert_eq!(booked.iter().map(|c| c.model).next(), Some(Model::Last));
    // 4,000.00 that is left of the deal, 100.00 of the payments.
    assert_eq!(jane.credited.total.revenue_minor, 400_000);
    assert_eq!(booked[0].earned, jane.credited.total);
    assert_eq!(jane.credited.total.cash_minor, 10_000);
    assert!(jane.journey[2].credit.is_empty());
    assert_eq!(form.source.key, [("token", form.row_id.clone())]);
    assert_eq!(jane.original_source.as_deref(), Some("facebook"));
    assert_eq!(jane.latest_source.as_deref(), Some("google"));
    assert_eq!(jane.close_lead_id.as_deref(), Some("lead_1"));
    assert_eq!(jane.opportunities[0].value_minor, 400_000);
    let meeting = &jane.meetings[0];
    assert_eq!((meeting.rescheduled, &*meeting.invitee_uri), (1, "A2"));
    let kinds: Vec<&str> = jane.records.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!(kinds, ["invitee", "invitee", "form_response", "contact"]);
    assert!(jane.edges.iter().any(|link| link.counts));

    let before = at("2026-01-09T00:00:00Z");
    let jane = seen(&sources, &Directory::default(), "jane@acme.co", before);
    let called = |step: &crate::people::journey::Step| step.kind == StepKind::Call;
    assert!(!jane.journey.iter().any(called));
}

/// Dollars are the currency of most rows; the deal is in euros, until it is written again in dollars.
#[test]
fn a_deal_in_another_currency_shows_its_own_amount() {
    let mut sources = sources();
    for (version, currency) in sources.opportunities.iter_mut().zip(["EUR", "USD"]) {
        version.currency = Some(currency.to_owned());
    }
    sources.opportunities[0].cash_minor = 20_000;
    let as_of = at("2026-03-01T00:00:00Z");
    let jane = seen(&sources, &Directory::default(), "jane@acme.co", as_of);
    let of_deals = jane.journey.iter();
    let of_deals = of_deals.filter(|step| step.source.table == "silver.opportunities");
    let told: Vec<(StepKind, Option<i64>, Option<&str>)> = of_deals
        .map(|step| (step.kind, step.amount_minor, step.currency.as_deref()))
        .collect();
    let expected = [
        (StepKind::Won, Some(500_000), Some("EUR")),
        (StepKind::Payment, Some(20_000), Some("EUR")),
        (StepKind::Changed, Some(-500_000), Some("EUR")),
        (StepKind::Changed, Some(400_000), Some("USD")),
        (StepKind::Refund, Some(-20_000), Some("EUR")),
    ];
    assert_eq!(told, expected);
    assert_eq!(jane.credited.total.revenue_minor, 400_000);
}

#[test]
fn a_colleague_on_the_lead_influenced_the_deal() {
    let as_of = at("2026-03-01T00:00:00Z");
    let bob = seen(&sources(), &Directory::default(), "bob@acme.co", as_of);
    assert_eq!(bob.opportunities, []);
    assert_eq!(bob.influenced[0].opportunity_id, "oppo_1");
}

/// A dry run names what the decision then moves, and taking it back moves the same back.
#[test]
fn a_merge_moves_what_its_dry_run_says() {
    let (sources, rules) = (sources(), BusinessConfig::default());
    let as_of = at("2026-03-01T00:00:00Z");
    let email = |text: &str| Node::Email(text.to_owned());
    let decision = |id: &str, verdict| Decision {
        id: id.to_owned(),
        verdict,
        actor: "u".to_owned(),
        at: as_of,
        reason: None,
        holders: Default::default(),
    };
    let merge = Verdict::Merge {
        into: email("jane@acme.co"),
        from: email("bob@acme.co"),
    };
    let undo = Verdict::Unmerge {
        edge_id: "m1".to_owned(),
    };
    let mut directory = Directory::default();
    let before = resolve(&sources, &directory, &rules, as_of);
    directory.decisions.push(decision("m1", merge));
    let merged = resolve(&sources, &directory, &rules, as_of);
    directory.decisions.push(decision("m2", undo));
    let undone = resolve(&sources, &directory, &rules, as_of);

    let there = moves(&sources, &rules, &before, &merged);
    let leads = there
        .iter()
        .find(|m| m.table == "gold.kpi_monthly" && m.column == "leads");
    let leads = leads.map(|m| (m.key.as_str(), m.from.clone(), m.to.clone()));
    let expected = ("month=2026-01,user_id=,campaign=", 2.into(), 1.into());
    assert_eq!(leads, Some(expected));
    let bob = find(&before, "bob@acme.co").unwrap();
    let gone = there.iter().any(|m| {
        m.table == "gold.unified_customers" && m.key.ends_with(&bob.contact_id) && m.to.is_null()
    });
    assert!(gone, "{there:?}");
    let back: Vec<_> = moves(&sources, &rules, &merged, &undone)
        .into_iter()
        .map(|m| (m.table, m.key, m.column, m.to, m.from))
        .collect();
    let there: Vec<_> = there
        .into_iter()
        .map(|m| (m.table, m.key, m.column, m.from, m.to))
        .collect();
    assert_eq!(there, back);

    let jane = view(
        &sources,
        &directory,
        &rules,
        &undone,
        find(&undone, "jane@acme.co").unwrap(),
    );
    let log: Vec<(&str, bool)> = jane
        .merge_log
        .iter()
        .map(|entry| (&*entry.merge_id, entry.counts))
        .collect();
    assert_eq!(log, [("m1", false), ("m2", true)]);
}

#[test]
fn a_score_of_60_is_good_and_one_of_40_fair() {
    let bands = [100, 60, 59, 40, 39, 0].map(HealthBand::from);
    let (good, fair, poor) = (HealthBand::Good, HealthBand::Fair, HealthBand::Poor);
    assert_eq!(bands, [good, good, fair, fair, poor, poor]);
}

#[test]
fn customers_are_filtered_and_sorted_and_those_without_a_value_come_last() {
    let as_of = at("2026-01-09T00:00:00Z");
    let rules = BusinessConfig {
        reporting_timezone: TimeZone::UTC,
        ..BusinessConfig::default()
    };
    let resolved = resolve(&sources(), &Directory::default(), &rules, as_of);
    let emails = |wanted: &CustomerFilter, order, descending| -> Vec<String> {
        let found = customers(&resolved, wanted, order, descending);
        let email = |c: &&ResolvedContact| c.merged.emails[0].clone();
        found.iter().map(email).collect()
    };
    let all = CustomerFilter::default();
    assert_eq!(
        emails(&all, Order::Email, false),
        ["bob@acme.co", "jane@acme.co"]
    );
    let jane_first = ["jane@acme.co", "bob@acme.co"];
    assert_eq!(emails(&all, Order::Email, true), jane_first);
    assert_eq!(emails(&all, Order::NextCallDate, false), jane_first);
    assert_eq!(emails(&all, Order::NextCallDate, true), jane_first);
    assert_eq!(emails(&all, Order::Name, false), jane_first);
    let ahead = CustomerFilter {
        next_call: Some(NextCall::Some),
        am: Some("ANN@co.test".to_owned()),
        ..CustomerFilter::default()
    };
    assert_eq!(emails(&ahead, Order::Email, false), ["jane@acme.co"]);
    let bob = CustomerFilter {
        email: Some("bob@acme.co".to_owned()),
        next_call: Some(NextCall::None),
        ..CustomerFilter::default()
    };
    assert_eq!(emails(&bob, Order::Email, false), ["bob@acme.co"]);
    let alerted = CustomerFilter {
        alert: Some(ANY_ALERT.to_owned()),
        ..CustomerFilter::default()
    };
    let has_alert = |c: &&ResolvedContact| !c.summary.alerts.is_empty();
    let expected = customers(&resolved, &all, Order::Email, false);
    let expected = expected.iter().filter(|c| has_alert(c)).count();
    assert_eq!(emails(&alerted, Order::Email, false).len(), expected);
    let jane = find(&resolved, "jane@acme.co").unwrap();
    let detail = customer(&resolved, jane);
    assert_eq!(detail.factors[0].code, "upcoming_call");
    assert_eq!(detail.factors[0].calls, ["A2"]);
}

#[test]
fn customers_are_found_by_a_part_of_name_or_address_and_by_their_health() {
    let rules = BusinessConfig::default();
    let as_of = at("2026-01-09T00:00:00Z");
    let resolved = resolve(&sources(), &Directory::default(), &rules, as_of);
    let emails = |wanted: &CustomerFilter, order, descending| -> Vec<String> {
        let found = customers(&resolved, wanted, order, descending);
        let email = |c: &&ResolvedContact| c.merged.emails[0].clone();
        found.iter().map(email).collect()
    };
    let called = |text: &str| CustomerFilter {
        text: Some(text.to_owned()),
        ..CustomerFilter::default()
    };
    assert_eq!(
        emails(&called("JANE"), Order::Email, false),
        ["jane@acme.co"]
    );
    assert_eq!(emails(&called("@Acme"), Order::Email, false).len(), 2);
    assert!(emails(&called("nobody"), Order::Email, false).is_empty());
    let bands = [HealthBand::Good, HealthBand::Fair, HealthBand::Poor];
    let in_band = |band| CustomerFilter {
        health: Some(band),
        ..CustomerFilter::default()
    };
    let found = bands.map(|band| customers(&resolved, &in_band(band), Order::Email, false));
    assert_eq!(found.iter().map(Vec::len).sum::<usize>(), 2);
    for (band, found) in bands.into_iter().zip(found) {
        assert!(
            found
                .iter()
                .all(|c| HealthBand::from(c.summary.health_score) == band)
        );
    }
}
