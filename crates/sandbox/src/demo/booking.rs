//! One booking of the demo in Calendly's own words.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::campaigns::Campaign;
use super::people::{Host, Person};

/// A booking as it was made.
#[derive(Debug, Clone)]
pub(super) struct Booking<'a> {
    pub(super) id: String,
    pub(super) person: &'a Person,
    pub(super) campaign: &'a Campaign,
    pub(super) host: Host,
    pub(super) kind: Kind,
    pub(super) created_at: Timestamp,
    pub(super) start: Timestamp,
}

/// What is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Triage,
    /// Free, as strategy sessions were before Bookpath took payments for them.
    FreeStrategy,
    /// Of the session type that `bookpath.demo.toml` has a price for.
    PaidStrategy,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Triage => "Triage Call",
            Self::FreeStrategy | Self::PaidStrategy => "Strategy Session",
        }
    }

    const fn minutes(self) -> i64 {
        match self {
            Self::Triage => 30,
            Self::FreeStrategy | Self::PaidStrategy => 60,
        }
    }
}

impl Booking<'_> {
    /// When the call ends.
    pub(super) fn end(&self) -> Timestamp {
        self.start + SignedDuration::from_mins(self.kind.minutes())
    }

    /// The URI under which everything else is told about it.
    pub(super) fn invitee_uri(&self) -> String {
        format!("{}/invitees/{}", self.event_uri(), self.id)
    }

    fn event_uri(&self) -> String {
        format!("https://api.calendly.com/scheduled_events/{}", self.id)
    }

    /// It was booked; `moved_from` is the booking that it replaces.
    pub(super) fn created(&self, moved_from: Option<&Self>) -> Value {
        let mut payload = self.payload();
        payload["old_invitee"] = json!(moved_from.map(Booking::invitee_uri));
        webhook("invitee.created", self.created_at, &payload)
    }

    /// It was cancelled, by its customer or by the host.
    pub(super) fn canceled(&self, at: Timestamp, by_host: bool) -> Value {
        let (by, who, reason) = if by_host {
            (self.host.name, "host", "The session was not paid for")
        } else {
            (self.person.name.as_str(), "invitee", "Something came up")
        };
        let mut payload = self.ended(at);
        payload["cancellation"] = json!({
            "canceled_by": by, "reason": reason, "canceler_type": who, "created_at": at,
        });
        webhook("invitee.canceled", at, &payload)
    }

    /// It was moved to another time, as the booking `to`.
    pub(super) fn moved(&self, to: &Self) -> Value {
        let at = to.created_at;
        let mut payload = self.ended(at);
        payload["rescheduled"] = json!(true);
        payload["new_invitee"] = json!(to.invitee_uri());
        payload["cancellation"] = json!({
            "canceled_by": self.person.name, "reason": "Moved", "canceler_type": "invitee", "created_at": at,
        });
        webhook("invitee.canceled", at, &payload)
    }

    /// The host marks that nobody came.
    pub(super) fn no_show(&self, at: Timestamp) -> Value {
        let mut payload = self.payload();
        payload["no_show"] = json!({
            "uri": format!("https://api.calendly.com/invitee_no_shows/{}", self.id), "created_at": at,
        });
        webhook("invitee_no_show.created", at, &payload)
    }

    fn ended(&self, at: Timestamp) -> Value {
        let mut payload = self.payload();
        payload["status"] = json!("canceled");
        payload["updated_at"] = json!(at);
        payload["scheduled_event"]["status"] = json!("canceled");
        payload
    }

    fn payload(&self) -> Value {
        let Self {
            person,
            host,
            created_at,
            ..
        } = self;
        let event_type = match self.kind {
            Kind::Triage => self.campaign.triage,
            Kind::FreeStrategy => "strategy-intro",
            Kind::PaidStrategy => "strategy-call",
        };
        let [source, medium, name] = self.campaign.utm.map_or([None; 3], |utm| utm.map(Some));
        let (first_name, last_name) = person.name.split_once(' ').unwrap_or((&person.name, ""));
        json!({
            "uri": self.invitee_uri(), "event": self.event_uri(), "email": person.email, "name": person.name,
            "first_name": first_name, "last_name": last_name, "status": "active", "timezone": person.zone,
            "text_reminder_number": person.phone, "created_at": created_at, "updated_at": created_at,
            "rescheduled": false, "old_invitee": null, "new_invitee": null, "no_show": null, "cancellation": null,
            "payment": null,
            "questions_and_answers": [{
                "question": "What would you like to change?", "answer": "More booked calls.", "position": 0,
            }],
            "tracking": {
                "utm_source": source, "utm_medium": medium, "utm_campaign": name, "utm_content": null,
                "utm_term": null, "salesforce_uuid": null,
            },
            "scheduled_event": {
                "uri": self.event_uri(), "name": self.kind.name(), "status": "active", "start_time": self.start,
                "end_time": self.end(), "event_type": format!("https://api.calendly.com/event_types/{event_type}"),
                "location": {
                    "type": "zoom", "status": "pushed", "join_url": format!("https://zoom.example/j/{}", self.id),
                },
                "created_at": created_at, "updated_at": created_at, "event_guests": [],
                "event_memberships": [{
                    "user": format!("https://api.calendly.com/users/{}", host.id), "user_email": host.email,
                    "user_name": host.name,
                }],
            },
        })
    }
}

/// Whether a webhook tells of a triage call.
pub(super) fn is_of_triage(body: &Value) -> bool {
    body["payload"]["scheduled_event"]["name"] == Kind::Triage.name()
}

fn webhook(event: &str, at: Timestamp, payload: &Value) -> Value {
    json!({
        "event": event, "created_at": at, "created_by": "https://api.calendly.com/users/ann", "payload": payload,
    })
}
