//! An invitee as Calendly's lists show it, and the webhooks that would have told of it.

use bookpath_domain::people::email;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::json as read;

/// Members of an event that change without the booking changing: others book into it, the host writes notes.
const VOLATILE: [&str; 5] = [
    "invitees_counter",
    "updated_at",
    "calendar_event",
    "meeting_notes_plain",
    "meeting_notes_html",
];

/// One invitee with its event.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct ObservedInvitee {
    pub uri: String,
    /// The match key of S1-8; `None` where there is no address (S1-24).
    #[debug(skip)]
    pub email: Option<String>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub created_at: Timestamp,
    pub canceled: bool,
    /// Another invitee took its place.
    pub superseded: bool,
    /// The no-show mark's uri and time.
    pub no_show: Option<(String, Timestamp)>,
    pub updated_at: Timestamp,
    pub event_updated_at: Option<Timestamp>,
    /// SHA-256 of what the booking says, without what changes by itself. Lower-case hex.
    pub sha256: String,
    #[debug(skip)]
    payload: Value,
}

impl ObservedInvitee {
    /// Joins an item of `/scheduled_events` and one of its invitees. `None` without a uri or a time that a booking
    /// needs (S1-25).
    #[must_use]
    pub fn read(event: &Value, invitee: &Value) -> Option<Self> {
        let start = read::instant_at(event, &["start_time"])?;
        let created_at = read::instant_at(invitee, &["created_at"])
            .or_else(|| read::instant_at(event, &["created_at"]))?;
        let mut payload = invitee.as_object()?.clone();
        payload
            .entry("event")
            .or_insert_with(|| event.get("uri").cloned().unwrap_or(Value::Null));
        payload.insert("scheduled_event".to_owned(), event.clone());
        // The flag of the lists' older shape; the status says the same.
        let flagged = payload.remove("canceled") == Some(Value::Bool(true));
        let canceled = read::text(invitee, &["status"])
            .map_or(flagged, |status| status.eq_ignore_ascii_case("canceled"));
        let mark = |name: &str| read::text(invitee, &["no_show", name]);
        let no_show = mark("created_at").and_then(read::instant).map(|at| {
            let uri = mark("uri").or_else(|| read::text(invitee, &["uri"]));
            (uri.unwrap_or_default().to_owned(), at)
        });
        Some(Self {
            uri: read::text(invitee, &["uri"])?.to_owned(),
            email: read::text(invitee, &["email"]).and_then(email::normalize),
            start,
            end: read::instant_at(event, &["end_time"])
                .filter(|end| *end >= start)
                .unwrap_or(start),
            created_at,
            canceled,
            superseded: canceled
                && (invitee.get("rescheduled") == Some(&Value::Bool(true))
                    || read::text(invitee, &["new_invitee"]).is_some()),
            no_show,
            updated_at: read::instant_at(invitee, &["updated_at"]).unwrap_or(created_at),
            event_updated_at: read::instant_at(event, &["updated_at"]),
            sha256: content(&payload),
            payload: Value::Object(payload),
        })
    }

    /// `invitee.canceled` or `invitee.created`, as the invitee stands.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.canceled {
            "invitee.canceled"
        } else {
            "invitee.created"
        }
    }

    /// The webhook that tells how the invitee stands.
    #[must_use]
    pub fn state(&self) -> Value {
        self.webhook(self.kind(), self.updated_at, self.payload.clone())
    }

    /// The same under the event's own version: the host changed the event, and the invitee's version stayed.
    #[must_use]
    pub fn state_of_event(&self) -> Value {
        let version = self.event_updated_at.unwrap_or(self.updated_at);
        let version = version.max(self.updated_at);
        let mut payload = self.payload.clone();
        payload["updated_at"] = json!(version);
        self.webhook(self.kind(), version, payload)
    }

    /// The webhook of the no-show mark; `None` without one.
    #[must_use]
    pub fn marked(&self) -> Option<Value> {
        let (_, at) = self.no_show.as_ref()?;
        Some(self.webhook("invitee_no_show.created", *at, self.payload.clone()))
    }

    /// The webhook of a mark that was taken back; nobody but the webhook knows when, so `at` is when it was noticed.
    #[must_use]
    pub fn unmarked(&self, at: Timestamp) -> Value {
        self.webhook("invitee_no_show.deleted", at, self.payload.clone())
    }

    fn webhook(&self, kind: &str, at: Timestamp, payload: Value) -> Value {
        let host = payload
            .pointer("/scheduled_event/event_memberships/0/user")
            .cloned();
        json!({ "event": kind, "created_at": at, "created_by": host, "payload": payload })
    }
}

fn content(payload: &Map<String, Value>) -> String {
    let mut stable = payload.clone();
    for name in ["updated_at", "no_show"] {
        stable.remove(name);
    }
    if let Some(Value::Object(event)) = stable.get_mut("scheduled_event") {
        for name in VOLATILE {
            event.remove(name);
        }
    }
    read::content_sha256(&Value::Object(stable))
}

#[cfg(test)]
mod tests {
    use bookpath_domain::Vendor;

    use super::*;
    use crate::{Parsed, parse};

    fn pair() -> (Value, Value) {
        let webhook: Value =
            serde_json::from_str(include_str!("fixtures/invitee_created.json")).unwrap();
        let mut invitee = webhook["payload"].clone();
        let event = invitee
            .as_object_mut()
            .unwrap()
            .remove("scheduled_event")
            .unwrap();
        (event, invitee)
    }

    fn delivery(body: &Value) -> bookpath_domain::Delivery {
        match parse(Vendor::Calendly, body.to_string().as_bytes()) {
            Parsed::Known { delivery, .. } => delivery,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_list_says_means_what_the_webhook_said() {
        let (event, invitee) = pair();
        let seen = ObservedInvitee::read(&event, &invitee).unwrap();
        let webhook: Value =
            serde_json::from_str(include_str!("fixtures/invitee_created.json")).unwrap();
        let (ours, theirs) = (delivery(&seen.state()), delivery(&webhook));
        assert_eq!(ours.kind, theirs.kind);
        assert_eq!(
            ours.dedupe_key(Vendor::Calendly),
            theirs.dedupe_key(Vendor::Calendly)
        );
        assert_eq!(seen.email.as_deref(), Some("mia.torres@example.org"));
    }

    #[test]
    fn a_mark_is_known_by_its_own_uri_and_its_removal_by_when_it_was_noticed() {
        let (event, mut invitee) = pair();
        invitee["no_show"] = json!({ "uri": "https://api.calendly.com/invitee_no_shows/n7",
            "created_at": "2026-04-06T17:00:00.000000Z" });
        let seen = ObservedInvitee::read(&event, &invitee).unwrap();
        let mark = delivery(&seen.marked().unwrap());
        assert_eq!(
            (mark.kind.as_str(), mark.version.as_str()),
            ("invitee_no_show.created", "2026-04-06T17:00:00.000000Z")
        );
        let gone = delivery(&seen.unmarked("2026-04-07T00:00:00Z".parse().unwrap()));
        assert_eq!(gone.version, "2026-04-07T00:00:00Z");
        assert!(gone.resource_uri.ends_with("/invitees/b7"));
    }

    #[test]
    fn only_what_the_booking_says_is_its_content() {
        let (event, invitee) = pair();
        let seen = ObservedInvitee::read(&event, &invitee).unwrap();
        let mut others = event.clone();
        others["invitees_counter"] = json!({ "total": 9, "active": 9, "limit": 9 });
        others["updated_at"] = json!("2026-05-01T00:00:00Z");
        let same = ObservedInvitee::read(&others, &invitee).unwrap();
        assert_eq!(same.sha256, seen.sha256);
        let mut moved = others;
        moved["location"] = json!({ "type": "physical", "location": "Room 2" });
        let other = ObservedInvitee::read(&moved, &invitee).unwrap();
        assert_ne!(other.sha256, seen.sha256);
        assert_eq!(
            delivery(&other.state_of_event()).version,
            "2026-05-01T00:00:00Z"
        );
        assert_eq!(ObservedInvitee::read(&json!({}), &invitee), None);
    }
}
