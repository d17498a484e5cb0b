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
use super::objects::Archive;
use super::pending::with_pending;
use crate::bookings::erase::of_person;
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
    found.sort_by(|a, b| (day(&b.key), &a.key).cmp(&(day(&a.key), &b.key)));
    let mut bodies = Bodies::default();
    let mut bytes = 0;
    for object in found {
        let Ok(body) = serde_json::from_slice(&readable(&object.bytes)) else {
            continue;
        };
        bytes += object.bytes.len();
        if bytes > BODIES_BYTES_MAX {
            bodies.left_out.push(sha256(&object.key).to_owned());
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

/// Of `raw/<vendor>/<day>/<sha256>.json`.
fn day(key: &str) -> &str {
    key.split('/').nth(2).unwrap_or_default()
}

fn sha256(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_day_and_the_hash() {
        let key = "raw/close/2026-03-01/0a1b.json";
        assert_eq!((day(key), sha256(key)), ("2026-03-01", "0a1b"));
    }
}
