//! From rows of silver to people and numbers.

mod causes;
mod examples;
mod related;
mod rules;
mod worlds;

use jiff::SignedDuration;

use super::{Resolved, ResolvedContact, resolve};
use crate::bookings::attendance::{CrmOutcome, NoShowMarks};
use crate::config::{BusinessConfig, CallType};
use crate::people::sources::{
    ActivityRow, CrmContactRow, CrmLeadRow, Directory, FormRow, InviteeRow, OpportunityRow,
    PaymentRow, Sources, SpendRow,
};
use crate::testing::at;

const RULES: &str = r#"
[[team]]
email = "ann@co.test"
name = "Ann"
role = "closer"
close_user_id = "user_ann"
[[team]]
email = "bob@co.test"
name = "Bob"
role = "closer"
close_user_id = "user_bob"
"#;

fn rules() -> BusinessConfig {
    BusinessConfig::from_toml(RULES).unwrap()
}

fn resolved(sources: &Sources, as_of: &str) -> Resolved {
    resolve(sources, &Directory::default(), &rules(), at(as_of))
}

fn of_email<'a>(resolved: &'a Resolved, email: &str) -> &'a ResolvedContact {
    resolved.contact_by_email(email).unwrap()
}

/// A solution call of half an hour that was booked two days before.
fn invitee(uri: &str, email: &str, start: &str) -> InviteeRow {
    let start = at(start);
    InviteeRow {
        invitee_uri: uri.to_owned(),
        chain_id: uri.to_owned(),
        email: email.to_owned(),
        name: None,
        phone: None,
        created_at: start - SignedDuration::from_hours(48),
        booked_local: None,
        updated_at: start - SignedDuration::from_hours(48),
        canceled: false,
        rescheduled: false,
        canceled_at: None,
        start,
        end: start + SignedDuration::from_mins(30),
        no_show: NoShowMarks::default(),
        host_email: Some("ann@co.test".to_owned()),
        host_name: Some("Ann".to_owned()),
        event_name: Some("Solution".to_owned()),
        call_type: Some(CallType::Solution),
        channel: "google".to_owned(),
        campaign: None,
        utm_source: None,
        raw_sha256: None,
        mark_sha256: None,
    }
}

fn missed(mut row: InviteeRow) -> InviteeRow {
    row.no_show.created_at = Some(row.start);
    row
}

fn canceled(mut row: InviteeRow) -> InviteeRow {
    row.canceled = true;
    row.canceled_at = Some(row.created_at);
    row
}

fn form(token: &str, email: Option<&str>, submitted: &str, channel: &str) -> FormRow {
    FormRow {
        token: token.to_owned(),
        form_id: Some("F1".to_owned()),
        submitted_at: at(submitted),
        email: email.map(str::to_owned),
        phone: None,
        name: None,
        channel: channel.to_owned(),
        campaign: None,
        utm_source: Some(channel.to_owned()),
        invitee_uri: None,
        raw_sha256: None,
    }
}

fn crm_lead(id: &str, created: &str) -> CrmLeadRow {
    CrmLeadRow {
        lead_id: id.to_owned(),
        name: None,
        status: Some(format!("status of {id}")),
        owner_id: None,
        source: None,
        tags: Vec::new(),
        created_at: Some(at(created)),
        version_at: at(created),
        deleted: false,
        merged_into: None,
        raw_sha256: None,
    }
}

fn crm_contact(id: &str, lead: &str, email: &str, created: &str) -> CrmContactRow {
    CrmContactRow {
        crm_contact_id: id.to_owned(),
        lead_id: Some(lead.to_owned()),
        name: None,
        emails: email.split_whitespace().map(str::to_owned).collect(),
        phones: Vec::new(),
        created_at: Some(at(created)),
        version_at: at(created),
        deleted: false,
        raw_sha256: None,
    }
}

fn won(id: &str, contact: Option<&str>, lead: &str, on: &str, value_minor: i64) -> OpportunityRow {
    OpportunityRow {
        opportunity_id: id.to_owned(),
        version_at: at(&format!("{on}T12:00:00Z")),
        lead_id: Some(lead.to_owned()),
        crm_contact_id: contact.map(str::to_owned),
        user_id: Some("user_ann".to_owned()),
        status: "won".to_owned(),
        value_minor,
        cash_minor: 0,
        currency: Some("USD".to_owned()),
        date_won: Some(on.parse().unwrap()),
        created_at: Some(at(&format!("{on}T00:00:00Z"))),
        deleted: false,
        raw_sha256: None,
    }
}

fn activity(
    id: &str,
    contact: Option<&str>,
    lead: &str,
    on: &str,
    said: CrmOutcome,
) -> ActivityRow {
    ActivityRow {
        activity_id: id.to_owned(),
        kind: "meeting".to_owned(),
        lead_id: Some(lead.to_owned()),
        crm_contact_id: contact.map(str::to_owned),
        user_id: None,
        at: Some(at(on)),
        version_at: at(on),
        outcome: Some(said),
        deleted: false,
        raw_sha256: None,
    }
}

fn payment(id: &str, invitee_uri: Option<&str>, on: &str, amount_minor: i64) -> PaymentRow {
    PaymentRow {
        payment_id: id.to_owned(),
        booking_id: format!("booking of {id}"),
        invitee_uri: invitee_uri.map(str::to_owned),
        contact_id: None,
        amount_minor,
        currency: "USD".to_owned(),
        occurred_at: at(on),
        raw_sha256: None,
    }
}

fn spend(on: &str, campaign: Option<&str>, amount_minor: i64) -> SpendRow {
    SpendRow {
        day: on.parse().unwrap(),
        channel: "google".to_owned(),
        campaign: campaign.map(str::to_owned),
        amount_minor,
        currency: "USD".to_owned(),
    }
}
