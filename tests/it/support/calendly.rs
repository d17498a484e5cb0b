//! Calendly's side: bodies of the real shape, and their signature.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Response;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Server;

pub(crate) const SIGNATURE: &str = "calendly-webhook-signature";

/// The signature header over a body, signed at `t` (Unix seconds).
pub(crate) fn signed_with(key: &str, t: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()))
}

pub(crate) fn signed(t: i64, body: &[u8]) -> String {
    signed_with("test_signing_key", t, body)
}

/// Unix seconds of an RFC 3339 instant.
pub(crate) fn seconds(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Posts a signed body.
pub(crate) async fn post(server: &Server, t: i64, body: &Value) -> Response {
    let text = body.to_string();
    server.post("/api/webhooks/calendly", &[(SIGNATURE, &signed(t, text.as_bytes()))], text).await
}

/// `invitee.created` of an invitee called `id`, booked and updated at `at`, for a call that starts at `start`.
pub(crate) fn created(id: &str, at: &str, start: &str) -> Value {
    let event = format!("https://api.calendly.com/scheduled_events/E-{id}");
    let end = start.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_mins(30);
    json!({
        "event": "invitee.created", "created_at": at, "created_by": "https://api.calendly.com/users/U1",
        "payload": {
            "uri": format!("{event}/invitees/{id}"), "email": format!("{id}@acme.test").to_lowercase(), "name": "Jane Doe",
            "first_name": null, "last_name": null, "status": "active", "timezone": "America/New_York",
            "text_reminder_number": "+1 222 333 4444", "created_at": at, "updated_at": at, "rescheduled": false,
            "old_invitee": null, "new_invitee": null, "no_show": null, "cancellation": null, "questions_and_answers": [],
            "tracking": {"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "C1", "utm_content": null, "utm_term": null},
            "scheduled_event": {
                "uri": event, "name": "Triage Call", "status": "active", "start_time": start, "end_time": end,
                "created_at": at, "updated_at": at, "event_type": "https://api.calendly.com/event_types/d639ecd3",
                "location": {"type": "zoom", "join_url": "https://zoom.example/1"},
                "event_memberships": [{"user": "https://api.calendly.com/users/U1", "user_email": "am1@co.test", "user_name": "Ann Manager"}]
            }
        }
    })
}

/// The cancellation of `body`, at `at`; with a successor it is the first half of a reschedule.
pub(crate) fn canceled(body: &Value, at: &str, successor: Option<&str>) -> Value {
    let mut out = body.clone();
    out["event"] = json!("invitee.canceled");
    out["created_at"] = json!(at);
    let payload = &mut out["payload"];
    payload["status"] = json!("canceled");
    payload["scheduled_event"]["status"] = json!("canceled");
    payload["updated_at"] = json!(at);
    payload["cancellation"] = json!({"canceled_by": "Jane Doe", "reason": null, "canceler_type": "invitee", "created_at": at});
    payload["rescheduled"] = json!(successor.is_some());
    payload["new_invitee"] = json!(successor);
    out
}
