//! All that is known of a person, as one document (S3-98).

use bookpath_domain::BusinessConfig;
use bookpath_domain::bookings::Booking;
use bookpath_domain::people::person::{PersonView, find, view};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::Conversation;
use bookpath_vendors::readable;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::ErasureSubject;
use crate::bookings::erase::of_person;
use crate::lake::lineage;
use crate::people::Known;
use crate::ports::{ObjectError, ObjectStore, Store, StoreError};
use crate::texts::conversations;

/// All that is known of a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Export {
    pub exported_at: Timestamp,
    /// The merged view, with journey, records and decisions.
    pub contact: PersonView,
    /// The bookings with their history.
    pub bookings: Vec<Booking>,
    /// The threads of texts.
    pub conversations: Vec<Conversation>,
    /// What the vendors sent: the body of each record's newest version, as far as it is kept.
    pub bodies: Vec<Value>,
}

/// Everything that is known of this person; `None` for nobody.
///
/// # Errors
/// [`StoreError`].
pub async fn export(
    store: &dyn Store,
    objects: &dyn ObjectStore,
    rules: &BusinessConfig,
    known: &Known,
    whom: &ErasureSubject,
    now: Timestamp,
) -> Result<Option<Export>, StoreError> {
    let Some(contact) = find(&known.resolved, &whom.contact_id) else {
        return Ok(None);
    };
    let directory = &known.directory;
    let contact = view(&known.sources, directory, rules, &known.resolved, contact);
    let found = of_person(store, &whom.subject).await?;
    let mut threads = Vec::new();
    for phone in whom
        .subject
        .phones
        .iter()
        .filter_map(|p| Phone::parse(p, ""))
    {
        let found = conversations::of_phone(store, &phone, now).await?;
        threads.extend(found.into_iter().map(|found| found.conversation));
    }
    Ok(Some(Export {
        exported_at: now,
        contact,
        bookings: found.into_iter().map(|found| found.row.booking).collect(),
        conversations: threads,
        bodies: bodies(store, objects, known, whom).await?,
    }))
}

async fn bodies(
    store: &dyn Store,
    objects: &dyn ObjectStore,
    known: &Known,
    whom: &ErasureSubject,
) -> Result<Vec<Value>, StoreError> {
    let ids = &whom.subject.ids;
    let sources = &known.sources;
    let invitees = sources.invitees.iter();
    let invitees = invitees.map(|row| (&row.invitee_uri, &row.raw_sha256));
    let forms = sources
        .forms
        .iter()
        .map(|row| (&row.token, &row.raw_sha256));
    let crm = sources.crm_contacts.iter();
    let crm = crm.map(|row| (&row.crm_contact_id, &row.raw_sha256));
    let own = invitees.chain(forms).chain(crm);
    let own = own.filter(|(id, _)| ids.contains(*id));
    let mut bodies = Vec::new();
    for sha256 in own.filter_map(|(_, sha256)| sha256.as_deref()) {
        let Some(place) = lineage::raw_row(store, sha256).await? else {
            continue;
        };
        match objects.get(&place.raw_key).await {
            Ok(bytes) => bodies.extend(serde_json::from_slice(&readable(&bytes)).ok()),
            Err(ObjectError::NotFound(_)) => {}
            Err(error) => return Err(StoreError::Unavailable(error.to_string())),
        }
    }
    Ok(bodies)
}
