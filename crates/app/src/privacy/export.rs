//! All that is known of a person, as one document (S3-98).

use std::cmp::Reverse;

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
use super::objects::{Archive, Object};
use super::pending::with_pending;
use crate::bookings::erase::of_person;
use crate::inbox::archive::parts_of;
use crate::people::Known;
use crate::ports::{ObjectStore, Store, StoreError};
use crate::texts::conversations;

/// Bytes of bodies in one document: a function answers with no more than six million.
const BODIES_BYTES_MAX: usize = 4_000_000;

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
    /// What the vendors sent: each body that an erasure would empty, the newest day first.
    pub bodies: Vec<Value>,
    /// `raw_sha256` of the bodies that the document has no room for: `GET /api/raw/{raw_sha256}` has each of them.
    pub bodies_left_out: Vec<String>,
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
    let archive = Archive {
        store,
        objects,
        kept: rules.close.counted_fields(),
    };
    let bodies = bodies(&archive, whom, &rules.default_country).await?;
    Ok(Some(Export {
        exported_at: now,
        contact,
        bookings: found.into_iter().map(|found| found.row.booking).collect(),
        conversations: threads,
        bodies: bodies.bodies,
        bodies_left_out: bodies.left_out,
    }))
}

/// The bodies by the same search by which an erasure finds them, the newest day first.
async fn bodies(
    archive: &Archive<'_>,
    whom: &ErasureSubject,
    default_country: &str,
) -> Result<Bodies, StoreError> {
    let pending = with_pending(archive, whom, default_country).await?;
    let mut found = archive.bodies_of(&pending.subject).await?;
    let day = |object: &Object| parts_of(&object.key).map(|(_, day, _)| day.to_owned());
    found.sort_by_cached_key(|object| (Reverse(day(object)), object.key.clone()));
    let mut bodies = Bodies::default();
    let mut bytes = 0;
    for object in found {
        let Ok(body) = serde_json::from_slice(&readable(&object.bytes)) else {
            continue;
        };
        bytes += object.bytes.len();
        if bytes > BODIES_BYTES_MAX {
            let sha256 = parts_of(&object.key).map(|(_, _, sha256)| sha256.to_owned());
            bodies.left_out.extend(sha256);
        } else {
            bodies.bodies.push(body);
        }
    }
    Ok(bodies)
}

#[derive(Debug, Default)]
struct Bodies {
    bodies: Vec<Value>,
    left_out: Vec<String>,
}
