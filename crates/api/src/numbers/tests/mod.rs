//! The routes of numbers over rows in memory: a month of five leads.

mod credited;
mod currencies;
mod past;
mod questions;
mod routes;

use bookpath_domain::bookings::attendance::NoShowMarks;
use bookpath_domain::config::CallType;
use bookpath_domain::people::sources::{
    CrmContactRow, FormRow, InviteeRow, OpportunityRow, PaymentRow, Sources, SpendRow,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::testing::World;

const RULES: &str = "
[[team]]
email = \"sales@co.test\"
name = \"Sam\"
role = \"closer\"
close_user_id = \"user_sam\"
[[team]]
email = \"bob@co.test\"
name = \"Bob\"
role = \"closer\"
close_user_id = \"user_bob\"
";
/// The clock of the tests stands on 1 March; everything happened in February.
const MONTH: &str = "month=2026-02";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn email(n: usize) -> String {
    format!("p{n}@acme.co")
}

fn call(id: &str, n: usize, call_type: CallType, start: &str) -> InviteeRow {
    let start = at(start);
    InviteeRow {
        invitee_uri: id.to_owned(),
        chain_id: id.to_owned(),
        email: email(n),
        name: Some(format!("Person {n}")),
        phone: None,
        created_at: start - SignedDuration::from_hours(24),
        booked_local: None,
        updated_at: start - SignedDuration::from_hours(24),
        canceled: n == 3,
        rescheduled: false,
        canceled_at: None,
        start,
        end: start + SignedDuration::from_mins(30),
        no_show: NoShowMarks::default(),
        host_email: Some(
            if n == 0 {
                "sales@co.test"
            } else {
                "bob@co.test"
            }
            .to_owned(),
        ),
        host_name: None,
        event_name: None,
        call_type: Some(call_type),
        channel: "google".to_owned(),
        campaign: (n == 1).then(|| "spring".to_owned()),
        utm_source: None,
        raw_sha256: None,
        mark_sha256: None,
    }
}

fn form(n: usize) -> FormRow {
    FormRow {
        token: format!("f{n}"),
        form_id: Some("F1".to_owned()),
        submitted_at: at("2026-02-01T10:00:00Z"),
        email: Some(email(n)),
        phone: None,
        name: None,
        channel: "facebook".to_owned(),
        campaign: (n == 1).then(|| "spring".to_owned()),
        utm_source: None,
        invitee_uri: None,
        raw_sha256: None,
    }
}

fn contact(n: usize) -> CrmContactRow {
    let created = at("2026-02-02T00:00:00Z");
    CrmContactRow {
        crm_contact_id: format!("cont{n}"),
        lead_id: Some(format!("lead{n}")),
        name: Some(format!("Person {n}")),
        emails: vec![email(n)],
        phones: Vec::new(),
        created_at: Some(created),
        version_at: created,
        deleted: false,
        raw_sha256: None,
    }
}

fn deal(n: usize, version: &str, status: &str, value_minor: i64) -> OpportunityRow {
    OpportunityRow {
        opportunity_id: format!("oppo{n}"),
        version_at: at(version),
        lead_id: Some(format!("lead{n}")),
        crm_contact_id: None,
        user_id: Some(if n == 0 { "user_sam" } else { "user_bob" }.to_owned()),
        status: status.to_owned(),
        value_minor,
        cash_minor: value_minor / 4,
        currency: Some("USD".to_owned()),
        date_won: Some("2026-02-20".parse().unwrap()),
        created_at: Some(at("2026-02-19T00:00:00Z")),
        deleted: false,
        raw_sha256: None,
    }
}

fn payment(id: &str, invitee: &str, amount_minor: i64) -> PaymentRow {
    PaymentRow {
        payment_id: id.to_owned(),
        booking_id: "b".to_owned(),
        invitee_uri: Some(invitee.to_owned()),
        contact_id: None,
        amount_minor,
        currency: "USD".to_owned(),
        occurred_at: at("2026-02-21T10:00:00Z"),
        raw_sha256: None,
    }
}

/// Five leads, triage and solution calls, three deals of which one was reopened, payments, spend.
fn sources() -> Sources {
    let triage = |n| {
        call(
            &format!("t{n}"),
            n,
            CallType::Triage,
            "2026-02-05T10:00:00Z",
        )
    };
    let solution = |n| {
        call(
            &format!("s{n}"),
            n,
            CallType::Solution,
            "2026-02-10T10:00:00Z",
        )
    };
    Sources {
        invitees: (0..5).map(triage).chain((0..3).map(solution)).collect(),
        forms: (0..5).map(form).collect(),
        crm_contacts: (0..3).map(contact).collect(),
        opportunities: vec![
            deal(0, "2026-02-20T10:00:00Z", "won", 1_000_000),
            deal(1, "2026-02-20T10:00:00Z", "won", 500_000),
            deal(2, "2026-02-20T10:00:00Z", "won", 300_001),
            deal(2, "2026-02-25T10:00:00Z", "lost", 300_001),
        ],
        payments: vec![payment("p1", "s0", 20_000), payment("p2", "s1", -500)],
        spend: vec![SpendRow {
            day: "2026-02-03".parse().unwrap(),
            channel: "facebook".to_owned(),
            campaign: None,
            amount_minor: 70_000,
            currency: "USD".to_owned(),
        }],
        ..Sources::default()
    }
}

async fn world() -> World {
    World::new(sources(), RULES).await
}

fn figure<'a>(answer: &'a Value, key: &str) -> &'a Value {
    &answer["metrics"][key]
}
