//! Webhook bodies of Calendly, of the real shape.

use serde_json::{Value, json};

const API: &str = "https://api.calendly.com";

/// An invitee and what a test may change of it.
#[derive(Debug, Clone)]
pub struct Invitee {
    pub id: String,
    pub event: String,
    pub email: String,
    pub created: String,
    pub start: String,
    pub end: String,
    pub timezone: String,
    pub event_type: String,
    pub utm_source: Option<String>,
    pub utm_campaign: Option<String>,
    pub old: Option<String>,
    /// As the invitee typed it.
    pub phone: String,
}

impl Invitee {
    /// A booking by one and the same person, whose first call this is.
    #[must_use]
    pub fn new(id: &str, event: &str, created: &str, start: &str, end: &str) -> Self {
        Self {
            id: id.to_owned(),
            event: event.to_owned(),
            email: "jane@acme.co".to_owned(),
            created: created.to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
            timezone: "America/New_York".to_owned(),
            event_type: "d639ecd3".to_owned(),
            utm_source: Some("facebook".to_owned()),
            utm_campaign: Some("BrandCampaign1".to_owned()),
            old: None,
            phone: "+1 222 333 4444".to_owned(),
        }
    }

    /// The name under which Calendly knows the invitee.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{API}/scheduled_events/{}/invitees/{}", self.event, self.id)
    }

    /// `invitee.created`.
    #[must_use]
    pub fn created(&self) -> Value {
        body("invitee.created", &self.created, self.payload())
    }

    /// `invitee.canceled`, as a reschedule when a successor is named.
    #[must_use]
    pub fn canceled(&self, at: &str, successor: Option<&str>) -> Value {
        let mut payload = self.payload();
        payload["status"] = json!("canceled");
        payload["updated_at"] = json!(at);
        payload["rescheduled"] = json!(successor.is_some());
        payload["new_invitee"] = json!(successor);
        payload["cancellation"] = json!({ "canceled_by": "x", "reason": null, "canceler_type": "invitee", "created_at": at });
        payload["scheduled_event"]["status"] = json!("canceled");
        body("invitee.canceled", at, payload)
    }

    /// `invitee_no_show.created` or `.deleted` at an instant.
    #[must_use]
    pub fn no_show(&self, set: bool, at: &str) -> Value {
        let mut payload = self.payload();
        if set {
            payload["no_show"] = json!({ "uri": format!("{API}/invitee_no_shows/{}-{at}", self.id), "created_at": at });
        }
        body(
            if set {
                "invitee_no_show.created"
            } else {
                "invitee_no_show.deleted"
            },
            at,
            payload,
        )
    }

    fn payload(&self) -> Value {
        let event = format!("{API}/scheduled_events/{}", self.event);
        json!({
            "uri": self.uri(), "event": event, "email": self.email, "name": "Jane Doe", "first_name": null, "last_name": null, "status": "active",
            "timezone": self.timezone, "text_reminder_number": self.phone, "created_at": self.created, "updated_at": self.created, "rescheduled": false,
            "old_invitee": self.old, "new_invitee": null, "no_show": null, "cancellation": null,
            "questions_and_answers": [{ "question": "Phone Number", "answer": self.phone.trim_start_matches("+1 ").replace(' ', "-"), "position": 0 }],
            "tracking": { "utm_source": self.utm_source, "utm_medium": "paid_social", "utm_campaign": self.utm_campaign, "utm_content": null, "utm_term": null },
            "scheduled_event": {
                "uri": event, "name": "Triage Call", "status": "active", "start_time": self.start, "end_time": self.end, "created_at": self.created, "updated_at": self.created,
                "event_type": format!("{API}/event_types/{}", self.event_type), "location": { "type": "zoom", "join_url": "https://zoom.example/1" },
                "event_memberships": [{ "user": format!("{API}/users/U1"), "user_email": "am1@co.test", "user_name": "Ann Manager" }],
            },
        })
    }
}

fn body(event: &str, at: &str, payload: Value) -> Value {
    json!({ "event": event, "created_at": at, "created_by": format!("{API}/users/U1"), "payload": payload })
}
