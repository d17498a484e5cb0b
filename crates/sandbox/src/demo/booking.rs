//! One demo booking and the webhooks that it sends over its life.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Webhook;
use super::rng::Rng;

/// Where a booking came from; the channel follows from the demo's configuration.
#[derive(Debug, Clone, Copy)]
struct Source {
    event_type: &'static str,
    /// utm_source, utm_medium, utm_campaign.
    utm: Option<[&'static str; 3]>,
}

const FACEBOOK: &str = "d639ecd3-8718-4068-955a-436b10d72c78";
const YOUTUBE: &str = "dbb4ec50-38cd-4bcd-bbff-efb7b5a6f098";
const SOURCES: [Source; 6] = [
    Source {
        event_type: FACEBOOK,
        utm: Some(["facebook", "paid_social", "spring_launch"]),
    },
    Source {
        event_type: FACEBOOK,
        utm: Some(["facebook", "paid_social", "retarget_warm"]),
    },
    Source {
        event_type: YOUTUBE,
        utm: Some(["youtube", "video", "vsl_cold"]),
    },
    Source {
        event_type: "triage-call",
        utm: Some(["google", "cpc", "brand"]),
    },
    Source {
        event_type: "strategy-call",
        utm: Some(["newsletter", "email", "weekly"]),
    },
    Source {
        event_type: "triage-call",
        utm: None,
    },
];
const PEOPLE: [&str; 16] = [
    "Ana Castro",
    "Ben Okafor",
    "Chloé Dubois",
    "Dmitri Novak",
    "Elif Yılmaz",
    "Farah Haddad",
    "George Adams",
    "Hana Sato",
    "Iván García",
    "José Vega",
    "Kofi Mensah",
    "Léa Martin",
    "Nguyễn An",
    "Priya Patel",
    "Søren Holm",
    "Wei Zhang",
];
const ZONES: [&str; 4] = [
    "America/New_York",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Madrid",
];
const HOSTS: [(&str, &str, &str); 2] = [
    ("ann", "ann@demo.test", "Ann Setter"),
    ("cleo", "cleo@demo.test", "Cleo Closer"),
];

#[derive(Debug)]
pub(super) struct Booking {
    id: String,
    name: &'static str,
    email: String,
    phone: String,
    zone: &'static str,
    source: Source,
    host: (&'static str, &'static str, &'static str),
    created_at: Timestamp,
    start: Timestamp,
    fate: Fate,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Held,
    Canceled(Timestamp),
    Rescheduled(Timestamp),
    NoShow,
}

impl Booking {
    pub(super) fn new(rng: &mut Rng, day: i64, n: i64, opens: Timestamp) -> Self {
        let created_at = opens
            + SignedDuration::from_secs(
                8 * 3600 + i64::try_from(rng.below(12 * 3600)).unwrap_or(0),
            );
        // On the half hour, one to nine days ahead.
        let ahead = 86_400 + i64::try_from(rng.below(8 * 86_400)).unwrap_or(0);
        let start = Timestamp::from_second((created_at.as_second() + ahead) / 1800 * 1800)
            .unwrap_or(created_at);
        let name = rng.pick(&PEOPLE, PEOPLE[0]);
        let person = rng.below(160);
        let later = created_at
            + SignedDuration::from_secs(i64::try_from(rng.below(72_000)).unwrap_or(0) + 3_600);
        let fate = match rng.below(100) {
            0..12 => Fate::Canceled(later),
            12..20 => Fate::Rescheduled(later),
            20..30 => Fate::NoShow,
            _ => Fate::Held,
        };
        Self {
            id: format!("demo-{day:02}-{n:02}"),
            name,
            email: format!("lead{person}@example.com"),
            phone: format!("+1415555{:04}", 100 + person),
            zone: rng.pick(&ZONES, ZONES[0]),
            source: rng.pick(&SOURCES, SOURCES[0]),
            host: if rng.chance(50) { HOSTS[0] } else { HOSTS[1] },
            created_at,
            start,
            fate,
        }
    }

    /// What Calendly would have sent until `now`.
    pub(super) fn webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        let first = self.payload("a", self.created_at, self.start);
        let mut out = vec![webhook("invitee.created", self.created_at, first.clone())];
        match self.fate {
            Fate::Held => {}
            Fate::Canceled(at) => out.push(webhook(
                "invitee.canceled",
                at,
                canceled(first, at, false, &Value::Null),
            )),
            Fate::Rescheduled(at) => {
                let mut second = self.payload("b", at, self.start + SignedDuration::from_hours(48));
                out.push(webhook(
                    "invitee.canceled",
                    at,
                    canceled(first.clone(), at, true, &second["uri"]),
                ));
                second["old_invitee"] = first["uri"].clone();
                out.push(webhook(
                    "invitee.created",
                    at + SignedDuration::from_millis(400),
                    second,
                ));
            }
            Fate::NoShow => {
                let at = self.start + SignedDuration::from_mins(20);
                let mut marked = first;
                marked["no_show"] = json!({ "uri": format!("https://api.calendly.com/invitee_no_shows/{}", self.id), "created_at": at });
                out.push(webhook("invitee_no_show.created", at, marked));
            }
        }
        out.retain(|webhook| webhook.arrived_at <= now);
        out
    }

    fn payload(&self, generation: &str, created_at: Timestamp, start: Timestamp) -> Value {
        let event_type = self.source.event_type;
        let [source, medium, campaign] = self.source.utm.map_or([None; 3], |utm| utm.map(Some));
        let event = format!(
            "https://api.calendly.com/scheduled_events/{}-{generation}",
            self.id
        );
        let strategy = event_type == "strategy-call";
        let minutes = if strategy { 60 } else { 30 };
        json!({
            "uri": format!("{event}/invitees/{}-{generation}", self.id), "event": event, "email": self.email, "name": self.name, "first_name": null, "last_name": null,
            "status": "active", "timezone": self.zone, "text_reminder_number": self.phone, "created_at": created_at, "updated_at": created_at,
            "rescheduled": false, "old_invitee": null, "new_invitee": null, "no_show": null, "cancellation": null, "payment": null,
            "questions_and_answers": [{ "question": "What would you like to change?", "answer": "More booked calls.", "position": 0 }],
            "tracking": { "utm_source": source, "utm_medium": medium, "utm_campaign": campaign, "utm_content": null, "utm_term": null, "salesforce_uuid": null },
            "scheduled_event": {
                "uri": event, "name": if strategy { "Strategy Session" } else { "Triage Call" }, "status": "active", "start_time": start,
                "end_time": start + SignedDuration::from_mins(minutes), "event_type": format!("https://api.calendly.com/event_types/{event_type}"),
                "location": { "type": "zoom", "status": "pushed", "join_url": format!("https://zoom.example/{}", self.id) },
                "created_at": created_at, "updated_at": created_at, "event_guests": [],
                "event_memberships": [{ "user": format!("https://api.calendly.com/users/{}", self.host.0), "user_email": self.host.1, "user_name": self.host.2 }],
            },
        })
    }
}

fn canceled(mut payload: Value, at: Timestamp, rescheduled: bool, successor: &Value) -> Value {
    payload["status"] = json!("canceled");
    payload["updated_at"] = json!(at);
    payload["rescheduled"] = json!(rescheduled);
    payload["new_invitee"] = successor.clone();
    payload["scheduled_event"]["status"] = json!("canceled");
    payload["cancellation"] = json!({ "canceled_by": payload["name"], "reason": "Something came up", "canceler_type": "invitee", "created_at": at });
    payload
}

fn webhook(event: &str, arrived_at: Timestamp, payload: Value) -> Webhook {
    let body = json!({ "event": event, "created_at": arrived_at, "created_by": "https://api.calendly.com/users/ann", "payload": payload });
    Webhook { arrived_at, body }
}
