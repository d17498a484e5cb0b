//! Every row that says who somebody is, as a record of identity.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::crm::{Crm, DealOwner};
use crate::inbox::vendor::Vendor;
use crate::people::identity::{Record, RecordKey};
use crate::people::phone::Phone;
use crate::people::sources::{CrmContactRow, FormRow, InviteeRow, Sources};

/// Kinds of records, as [`RecordKey`] names them.
pub const INVITEE: &str = "invitee";
/// A response of a form.
pub const FORM: &str = "form_response";
/// A contact of the CRM.
pub const CONTACT: &str = "contact";
/// A lead of the CRM of which no contact is known.
pub const LEAD: &str = "lead";
/// An opportunity of the CRM of which no lead is known.
pub const OPPORTUNITY: &str = "opportunity";

/// The row that a record is from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    Invitee(&'a InviteeRow),
    Form(&'a FormRow),
    Contact(&'a CrmContactRow),
    /// Somebody with a deal of whom nothing is known.
    Anonymous(DealOwner<'a>),
}

/// All records by key, each with its row.
pub(super) fn records<'a>(sources: &'a Sources, crm: &Crm<'a>) -> (Vec<Record>, Vec<Origin<'a>>) {
    let linked: HashMap<&str, &InviteeRow> = if sources.forms.iter().any(needs_address) {
        let invitees = sources.invitees.iter();
        invitees.map(|row| (&*row.invitee_uri, row)).collect()
    } else {
        HashMap::new()
    };
    let invitees = sources.invitees.iter();
    let invitees = invitees.map(|row| (of_invitee(row), Origin::Invitee(row)));
    let forms = sources.forms.iter();
    let forms = forms.map(|row| (of_form(row, &linked), Origin::Form(row)));
    let contacts = sources.crm_contacts.iter();
    let contacts = contacts.map(|row| (of_contact(row, crm), Origin::Contact(row)));
    let anonymous = anonymous(crm).into_iter();
    let anonymous = anonymous.map(|(owner, seen_at)| {
        let record = Record::bare(key_of(owner), seen_at);
        (record, Origin::Anonymous(owner))
    });
    let mut all: Vec<(Record, Origin<'_>)> = invitees
        .chain(forms)
        .chain(contacts)
        .chain(anonymous)
        .collect();
    all.sort_unstable_by(|a, b| a.0.key.cmp(&b.0.key));
    all.into_iter().unzip()
}

fn of_invitee(row: &InviteeRow) -> Record {
    let key = RecordKey::new(Vendor::Calendly, INVITEE, &row.invitee_uri);
    Record {
        version_at: row.updated_at,
        name: row.name.clone(),
        emails: address(&row.email).into_iter().collect(),
        phones: numbers(&row.phone),
        campaign: row.campaign.clone(),
        chain_id: Some(row.chain_id.clone()),
        ..Record::bare(key, row.created_at)
    }
}

/// It has no address of its own, but a question of it booked a call.
fn needs_address(row: &FormRow) -> bool {
    row.email.is_none() && row.invitee_uri.is_some()
}

/// A form without an address has that of the invitee that one of its questions booked.
fn of_form(row: &FormRow, invitees: &HashMap<&str, &InviteeRow>) -> Record {
    let key = RecordKey::new(Vendor::Typeform, FORM, &row.token);
    let booked = row.invitee_uri.as_deref().filter(|_| needs_address(row));
    let booked = booked.and_then(|uri| invitees.get(uri));
    let email = row.email.as_ref().or(booked.map(|invitee| &invitee.email));
    Record {
        name: row.name.clone(),
        emails: email.and_then(|email| address(email)).into_iter().collect(),
        phones: numbers(&row.phone),
        campaign: row.campaign.clone(),
        ..Record::bare(key, row.submitted_at)
    }
}

fn of_contact(row: &CrmContactRow, crm: &Crm<'_>) -> Record {
    let key = RecordKey::new(Vendor::Close, CONTACT, &row.crm_contact_id);
    let lead = row.lead_id.as_deref().and_then(|lead| crm.lead(lead));
    let company = lead.and_then(|lead| lead.name.clone());
    Record {
        version_at: row.version_at,
        name: row.name.clone(),
        emails: row
            .emails
            .iter()
            .filter_map(|email| address(email))
            .collect(),
        phones: numbers(&row.phones),
        company: company.filter(|company| row.name.as_ref() != Some(company)),
        ..Record::bare(key, row.created_at.unwrap_or(row.version_at))
    }
}

fn address(email: &str) -> Option<String> {
    (!email.is_empty()).then(|| email.to_owned())
}

fn numbers<'a>(phones: impl IntoIterator<Item = &'a String>) -> Vec<Phone> {
    let phones = phones.into_iter();
    phones.filter_map(|phone| Phone::from_e164(phone)).collect()
}

/// Whoever has a deal and is not known, with when they were first heard of.
fn anonymous<'a>(crm: &Crm<'a>) -> BTreeMap<DealOwner<'a>, Timestamp> {
    let mut out: BTreeMap<DealOwner<'_>, Timestamp> = BTreeMap::new();
    for opportunity in &crm.opportunities {
        let lead_at = match opportunity.owner {
            DealOwner::Contact(_) => continue,
            DealOwner::Lead(lead) => crm.lead(lead).and_then(|lead| lead.created_at),
            DealOwner::Opportunity(_) => None,
        };
        let at = lead_at.map_or(opportunity.created_at, |lead| {
            lead.min(opportunity.created_at)
        });
        let first = out.entry(opportunity.owner).or_insert(at);
        *first = at.min(*first);
    }
    out
}

/// The record that an opportunity's contact is found by.
fn key_of(owner: DealOwner<'_>) -> RecordKey {
    let (kind, id) = match owner {
        DealOwner::Contact(id) => (CONTACT, id),
        DealOwner::Lead(id) => (LEAD, id),
        DealOwner::Opportunity(id) => (OPPORTUNITY, id),
    };
    RecordKey::new(Vendor::Close, kind, id)
}
