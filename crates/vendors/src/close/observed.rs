//! An object or an event as Close's API shows it, and the webhook that would have told of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::facts::ObjectKind;
use crate::json as read;

/// What a list of Close says: a body in the shape of its webhooks.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct ObservedObject {
    pub object_id: String,
    /// `lead.updated`, `activity.call.deleted`.
    pub kind: String,
    /// `data.date_updated`, else that of the event.
    pub version_at: Option<Timestamp>,
    #[debug(skip)]
    pub body: Value,
}

impl ObservedObject {
    /// An item of the list of a kind. Its event gets an id made of the object and its version, so the same version is
    /// the same event. `None` without an id.
    #[must_use]
    pub fn of_object(kind: ObjectKind, object: &Value) -> Option<Self> {
        let object_id = read::text(object, &["id"])?.to_owned();
        let updated = read::text(object, &["date_updated"])
            .or_else(|| read::text(object, &["date_created"]))
            .unwrap_or_default();
        let lead_id = match kind {
            ObjectKind::Lead => Some(object_id.as_str()),
            _ => read::text(object, &["lead_id"]),
        };
        let event = json!({
            "id": format!("sync-{object_id}-{updated}"), "object_type": kind.as_str(), "action": "updated",
            "object_id": object_id, "lead_id": lead_id, "date_updated": updated, "data": object,
        });
        Self::of_event(&event)
    }

    /// An item of the log of events: what a webhook carries as `event`. `None` without the ids that every event has.
    #[must_use]
    pub fn of_event(event: &Value) -> Option<Self> {
        let object = read::text(event, &["object_type"])?;
        let action = read::text(event, &["action"])?;
        read::text(event, &["id"])?;
        let object_id = read::text(event, &["data", "id"])
            .or_else(|| read::text(event, &["object_id"]))?
            .to_owned();
        Some(Self {
            object_id,
            kind: format!("{object}.{action}"),
            version_at: read::instant_at(event, &["data", "date_updated"])
                .or_else(|| read::instant_at(event, &["date_updated"])),
            body: json!({ "subscription_id": null, "event": event }),
        })
    }

    /// Whether Bookpath works with this object.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let object = self.kind.rsplit_once('.').map_or("", |(object, _)| object);
        ObjectKind::parse(object).is_some()
    }
}

/// When an object was created: where the next window of a list begins.
#[must_use]
pub fn created_at(object: &Value) -> Option<Timestamp> {
    read::instant_at(object, &["date_created"])
}

/// The lead that a merge of leads ended, of a webhook's body.
#[must_use]
pub fn merged_away(body: &Value) -> Option<&str> {
    read::text(body, &["event", "action"]).filter(|action| *action == "merged")?;
    read::text(body, &["event", "meta", "merge_source_lead_id"])
}

#[cfg(test)]
mod tests {
    use bookpath_domain::Vendor;

    use super::*;
    use crate::close::facts::{Change, records};
    use crate::{Parsed, parse};

    #[test]
    fn an_object_of_a_list_reads_as_an_event() {
        let object = json!({ "id": "cont_1", "lead_id": "lead_1", "name": "Jane",
            "date_updated": "2026-03-01T10:00:00.000000+00:00" });
        let seen = ObservedObject::of_object(ObjectKind::Contact, &object).unwrap();
        assert!(seen.is_known());
        assert_eq!(seen.kind, "contact.updated");
        assert_eq!(
            seen.version_at,
            Some("2026-03-01T10:00:00Z".parse().unwrap())
        );
        match parse(Vendor::Close, seen.body.to_string().as_bytes()) {
            Parsed::Known { delivery, .. } => assert_eq!(delivery.person_key, "lead_1"),
            other => panic!("{other:?}"),
        }
        let read = records(&seen.body, "US").unwrap().remove(0);
        assert!(matches!(read.change, Change::Contact(_)));
    }

    #[test]
    fn an_event_of_the_log_is_the_webhooks_own() {
        let event = json!({ "id": "ev_1", "object_type": "opportunity", "action": "updated", "data": { "id": "oppo_1" } });
        let seen = ObservedObject::of_event(&event).unwrap();
        let webhook = json!({ "subscription_id": "whsub_1", "event": event });
        let key = |body: &Value| match parse(Vendor::Close, body.to_string().as_bytes()) {
            Parsed::Known { delivery, .. } => delivery.dedupe_key(Vendor::Close),
            other => panic!("{other:?}"),
        };
        assert_eq!(key(&seen.body), key(&webhook));
        let task = json!({ "id": "ev_2", "object_type": "task.lead", "action": "created", "object_id": "t" });
        assert!(!ObservedObject::of_event(&task).unwrap().is_known());
    }
}
