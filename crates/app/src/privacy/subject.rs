//! Everything by which one person is known.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bookpath_domain::people::email;
use bookpath_domain::people::erasure::Subject;
use bookpath_domain::people::identity::{Record, RecordKey};
use bookpath_domain::people::person::{find, identity_of};
use bookpath_domain::people::resolved::{CONTACT, FORM, Resolved, ResolvedContact};
use bookpath_domain::people::sources::{FormRow, InviteeRow};

use super::together::Together;
use crate::people::Known;

/// The person that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureSubject {
    pub contact_id: String,
    pub subject: Subject,
    /// Every record of a vendor that is the person's.
    pub records: Vec<RecordKey>,
    /// The person's responses of Typeform, each as `form/token`.
    pub responses: Vec<String>,
    /// Of each address by which the person booked, the newest invitee.
    pub invitees: Vec<String>,
    /// Leads of the CRM that have contacts of others, too.
    pub(super) shared_leads: BTreeSet<String>,
    pub(super) together: Together,
}

/// The telephones that are this person's alone: of two people who share one, each is erased without the other (X32, X60).
fn own_phones(resolved: &Resolved, contact: &ResolvedContact) -> BTreeSet<String> {
    let others = resolved.contacts.iter();
    let others = others.filter(|other| other.contact_id != contact.contact_id);
    let others: HashSet<&String> = others.flat_map(|other| &other.merged.phones).collect();
    let own = contact.merged.phones.iter();
    own.filter(|phone| !others.contains(phone))
        .cloned()
        .collect()
}

/// The addresses of the contact in each of their forms, without those that an admin has given to another contact.
fn own_emails(resolved: &Resolved, contact: &ResolvedContact) -> BTreeSet<String> {
    let is_own = |email: &&String| {
        let holder = resolved.contact_by_email(email);
        holder.is_none_or(|holder| holder.contact_id == contact.contact_id)
    };
    let emails = contact.merged.emails.iter().filter(is_own);
    emails.flat_map(|email| email::forms(email)).collect()
}

/// The person with this contact's id or e-mail address; `None` for nobody.
///
/// A lead of the CRM is the person's if all its contacts are.
#[must_use]
pub fn subject(known: &Known, id_or_email: &str) -> Option<ErasureSubject> {
    let resolved = &known.resolved;
    let contact = find(resolved, id_or_email)?;
    let identity = identity_of(resolved, contact)?;
    let own: Vec<&Record> = identity.members(&resolved.records).collect();
    let records: Vec<RecordKey> = own.iter().map(|record| record.key.clone()).collect();
    let of_others = known.sources.crm_contacts.iter();
    let of_others = of_others.filter(|row| !contact.crm_contact_ids.contains(&row.crm_contact_id));
    let shared_leads: BTreeSet<String> = of_others.filter_map(|row| row.lead_id.clone()).collect();
    let leads = contact.crm_lead_ids.iter();
    let mut ids: BTreeSet<String> = records.iter().map(|record| record.id.clone()).collect();
    ids.extend(leads.filter(|lead| !shared_leads.contains(*lead)).cloned());
    let chains = resolved.bookings.iter();
    let chains = chains.filter(|booking| booking.contact_id == contact.contact_id);
    let chains: BTreeSet<&str> = chains.map(|booking| &*booking.chain_id).collect();
    let members = known.sources.invitees.iter();
    let members = members.filter(|row| chains.contains(&*row.chain_id));
    let members: Vec<&InviteeRow> = members.collect();
    ids.extend(members.iter().map(|row| row.invitee_uri.clone()));
    let subject = Subject {
        emails: own_emails(resolved, contact),
        phones: own_phones(resolved, contact),
        ids,
    };
    let decisions = &known.directory.decisions;
    Some(ErasureSubject {
        together: Together::of_person(
            &identity.anchor,
            &own,
            &resolved.records,
            decisions,
            &subject,
        ),
        responses: responses(&known.sources.forms, &records),
        invitees: newest(&members),
        shared_leads,
        contact_id: contact.contact_id.clone(),
        subject,
        records,
    })
}

/// The responses among the records, each as `form/token`; one whose form is not known, as its token.
fn responses(forms: &[FormRow], records: &[RecordKey]) -> Vec<String> {
    let tokens = records.iter().filter(|record| record.kind == FORM);
    let tokens: BTreeSet<&str> = tokens.map(|record| &*record.id).collect();
    let own = forms.iter().filter(|row| tokens.contains(&*row.token));
    own.map(|row| response_name(row.form_id.as_deref(), &row.token))
        .collect()
}

/// How the deletion of a response names it: `form/token`; by its token where its form is not known.
pub(super) fn response_name(form_id: Option<&str>, token: &str) -> String {
    form_id.map_or_else(|| token.to_owned(), |form| format!("{form}/{token}"))
}

/// Of each address the invitee that was made last.
fn newest(invitees: &[&InviteeRow]) -> Vec<String> {
    let mut newest: BTreeMap<&str, &InviteeRow> = BTreeMap::new();
    for row in invitees {
        let known = newest.entry(&row.email).or_insert(row);
        if (row.created_at, &row.invitee_uri) > (known.created_at, &known.invitee_uri) {
            *known = row;
        }
    }
    newest
        .into_values()
        .map(|row| row.invitee_uri.clone())
        .collect()
}

impl ErasureSubject {
    /// Somebody whom the tables do not know: all that there may be is under this address. `None` where it is none.
    #[must_use]
    pub fn of_address(address: &str, known: &Known) -> Option<Self> {
        let key = email::normalize(address)?;
        let contacts = known.sources.crm_contacts.iter();
        let subject = Subject {
            emails: email::forms(&key),
            ..Subject::default()
        };
        Some(Self {
            contact_id: String::new(),
            together: Together::of_address(&key, &subject),
            subject,
            records: Vec::new(),
            responses: Vec::new(),
            invitees: Vec::new(),
            shared_leads: contacts.filter_map(|row| row.lead_id.clone()).collect(),
        })
    }

    /// Whether the tables know the person.
    pub(super) fn is_known(&self) -> bool {
        !self.contact_id.is_empty()
    }

    /// The ids of this person's contacts in the CRM.
    pub(super) fn crm_contacts(&self) -> impl Iterator<Item = &str> {
        let contacts = self.records.iter().filter(|record| record.kind == CONTACT);
        contacts.map(|record| record.id.as_str())
    }
}
