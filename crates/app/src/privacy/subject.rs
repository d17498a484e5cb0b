//! Everything by which one person is known.

use std::collections::BTreeSet;

use bookpath_domain::people::erasure::Subject;
use bookpath_domain::people::identity::RecordKey;
use bookpath_domain::people::person::{find, identity_of};
use bookpath_domain::people::resolved::CONTACT;

use crate::people::Known;

/// The person that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whom {
    pub contact_id: String,
    pub subject: Subject,
    /// Every record of a vendor that is the person's.
    pub records: Vec<RecordKey>,
}

/// The person with this contact's id or e-mail address; `None` for nobody.
///
/// A lead of the CRM is the person's if all its contacts are.
#[must_use]
pub fn subject(known: &Known, id_or_email: &str) -> Option<Whom> {
    let resolved = &known.resolved;
    let contact = find(resolved, id_or_email)?;
    let members = identity_of(resolved, contact)?.members(&resolved.records);
    let records: Vec<RecordKey> = members.map(|record| record.key.clone()).collect();
    let set = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<String>>();
    let others = |lead: &&String| {
        let contacts = known.sources.crm_contacts.iter();
        let mut of_lead = contacts.filter(|row| row.lead_id.as_ref() == Some(*lead));
        of_lead.all(|row| contact.crm_contact_ids.contains(&row.crm_contact_id))
    };
    let mut ids: BTreeSet<String> = records.iter().map(|record| record.id.clone()).collect();
    ids.extend(contact.crm_lead_ids.iter().filter(others).cloned());
    let chains = resolved.bookings.iter();
    let chains = chains.filter(|booking| booking.contact_id == contact.contact_id);
    let chains: BTreeSet<&str> = chains.map(|booking| &*booking.chain_id).collect();
    let members = known.sources.invitees.iter();
    let members = members.filter(|row| chains.contains(&*row.chain_id));
    ids.extend(members.map(|row| row.invitee_uri.clone()));
    Some(Whom {
        contact_id: contact.contact_id.clone(),
        subject: Subject {
            emails: set(&contact.merged.emails),
            phones: set(&contact.merged.phones),
            ids,
        },
        records,
    })
}

impl Whom {
    /// The ids of this person's contacts in the CRM.
    pub(super) fn crm_contacts(&self) -> impl Iterator<Item = &str> {
        let contacts = self.records.iter().filter(|record| record.kind == CONTACT);
        contacts.map(|record| record.id.as_str())
    }
}
