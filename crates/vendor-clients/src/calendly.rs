//! Calendly v2: cancellation and single-use links (VENDOR-FACTS 1 of docs/DATA.md).

use async_trait::async_trait;
use bookpath_app::ports::{Calendar, CallError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{ClientError, Secret, call, client, succeed};

const VENDOR: &str = "Calendly";
/// Calendly keeps the first 10,000 characters of a reason.
const REASON_CHARS_MAX: usize = 10_000;

/// A client of one organization.
#[derive(Debug, Clone)]
pub struct CalendlyClient {
    http: reqwest::Client,
    /// `https://api.calendly.com`.
    base: String,
    token: Secret,
}

impl CalendlyClient {
    /// A client; `token` needs the scopes `scheduled_events:write` and `scheduling_links:write`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, token: Secret) -> Result<Self, ClientError> {
        Ok(Self { http: client()?, base: base.trim_end_matches('/').to_owned(), token })
    }

    fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http.request(Method::POST, format!("{}{path}", self.base)).bearer_auth(&self.token.0).json(body)
    }
}

#[async_trait]
impl Calendar for CalendlyClient {
    async fn cancel_event(&self, event_uri: &str, reason: &str) -> Result<(), CallError> {
        let uuid = event_uri.rsplit('/').next().unwrap_or_default();
        // The uri came in a webhook: only its last part is used, and only if it is one.
        if uuid.is_empty() || !uuid.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(CallError::refused("the event's uri has no usable id"));
        }
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        let answer = call(VENDOR, self.post(&format!("/scheduled_events/{uuid}/cancellation"), &json!({ "reason": reason }))).await?;
        if answer.status.is_success() || canceled_already(answer.status.as_u16(), &answer.body) {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }

    async fn single_use_link(&self, event_type: &str) -> Result<String, CallError> {
        let body = json!({ "max_event_count": 1, "owner": event_type, "owner_type": "EventType" });
        let answer = succeed(VENDOR, self.post("/scheduling_links", &body)).await?;
        let url = answer.pointer("/resource/booking_url").and_then(Value::as_str);
        url.map(str::to_owned).ok_or_else(|| CallError::transient("Calendly answered without `booking_url`"))
    }
}

/// 403 with its own words: the event is canceled, which is what we wanted.
fn canceled_already(status: u16, body: &Value) -> bool {
    let said = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    matches!(status, 400 | 403)
        && [said("title"), said("message")].iter().any(|text| text.contains("already canceled") || text.contains("already cancelled"))
}
