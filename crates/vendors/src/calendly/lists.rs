//! Calendly's lists and webhook subscriptions, read with a token that needs no right to write bookings.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::KINDS;
use crate::calls::CallError;
use crate::http_call::{ClientError, Secret, call, client, page};
use crate::json;
use crate::lists::{ListPage, ScheduledEvents, Subscribed, Subscription, Subscriptions};

const VENDOR: &str = "Calendly";
/// What Calendly gives at most in a page (S1-6).
const PAGE: &str = "100";
/// More subscriptions than this many pages hold are a loop.
const PAGES_MAX: usize = 20;

/// A reader of one organization.
#[derive(Debug, Clone)]
pub struct CalendlyLists {
    http: reqwest::Client,
    /// `https://api.calendly.com`.
    base: String,
    token: Secret,
    organization: Arc<OnceLock<String>>,
}

impl CalendlyLists {
    /// A reader; `token` needs the scopes `scheduled_events:read`, and for subscriptions `webhooks:read` and
    /// `webhooks:write`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, token: Secret) -> Result<Self, ClientError> {
        Ok(Self {
            http: client()?,
            base: base.trim_end_matches('/').to_owned(),
            token,
            organization: Arc::default(),
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token.0)
    }

    async fn organization(&self) -> Result<String, CallError> {
        if let Some(known) = self.organization.get() {
            return Ok(known.clone());
        }
        let me = page(VENDOR, self.request(Method::GET, "/users/me")).await?;
        let found = json::text(&me.body, &["resource", "current_organization"])
            .ok_or_else(|| lacking("current_organization"))?;
        Ok(self.organization.get_or_init(|| found.to_owned()).clone())
    }

    async fn list(
        &self,
        path: &str,
        query: &[(&str, &str)],
        after: Option<&str>,
    ) -> Result<ListPage, CallError> {
        let mut request = self
            .request(Method::GET, path)
            .query(query)
            .query(&[("count", PAGE)]);
        if let Some(token) = after {
            request = request.query(&[("page_token", token)]);
        }
        let answer = page(VENDOR, request).await?;
        let items = answer.body.get("collection").and_then(Value::as_array);
        Ok(ListPage {
            items: items.cloned().ok_or_else(|| lacking("collection"))?,
            next: json::text(&answer.body, &["pagination", "next_page_token"]).map(str::to_owned),
            pace: answer.pace(),
        })
    }
}

#[async_trait]
impl ScheduledEvents for CalendlyLists {
    async fn events(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<&str>,
    ) -> Result<ListPage, CallError> {
        let organization = self.organization().await?;
        let (from, to) = (format!("{from:.6}"), format!("{to:.6}"));
        let query = [
            ("organization", organization.as_str()),
            ("sort", "start_time:asc"),
            ("min_start_time", from.as_str()),
            ("max_start_time", to.as_str()),
        ];
        self.list("/scheduled_events", &query, after).await
    }

    async fn invitees(&self, event_uri: &str, after: Option<&str>) -> Result<ListPage, CallError> {
        let id = id_of(event_uri)?;
        self.list(&format!("/scheduled_events/{id}/invitees"), &[], after)
            .await
    }
}

#[async_trait]
impl Subscriptions for CalendlyLists {
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        let organization = self.organization().await?;
        let query = [
            ("organization", organization.as_str()),
            ("scope", "organization"),
        ];
        let (mut found, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let listed = self
                .list("/webhook_subscriptions", &query, after.as_deref())
                .await?;
            found.extend(listed.items.iter().filter_map(subscription));
            after = listed.next;
            if after.is_none() {
                return Ok(found);
            }
        }
        Err(CallError::transient("Calendly's list has no end"))
    }

    async fn subscribe(&self, url: &str, key: &str) -> Result<Subscribed, CallError> {
        let body = json!({
            "url": url, "events": KINDS, "organization": self.organization().await?, "scope": "organization",
            "signing_key": key,
        });
        let request = self.request(Method::POST, "/webhook_subscriptions");
        let made = page(VENDOR, request.json(&body)).await?;
        let id = json::text(&made.body, &["resource", "uri"]).ok_or_else(|| lacking("uri"))?;
        Ok(Subscribed {
            ids: vec![id.to_owned()],
            signing_key: key.to_owned(),
        })
    }

    async fn unsubscribe(&self, id: &str) -> Result<(), CallError> {
        let path = format!("/webhook_subscriptions/{}", id_of(id)?);
        let answer = call(VENDOR, self.request(Method::DELETE, &path)).await?;
        if answer.status.is_success() || answer.status.as_u16() == 404 {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }
}

fn subscription(item: &Value) -> Option<Subscription> {
    let state = json::text(item, &["state"]).unwrap_or("active");
    let events = item.get("events").and_then(Value::as_array);
    Some(Subscription {
        id: json::text(item, &["uri"])?.to_owned(),
        url: json::text(item, &["callback_url"])?.to_owned(),
        active: state == "active",
        state: state.to_owned(),
        failing_since: json::instant_at(item, &["retry_started_at"]),
        events: events
            .into_iter()
            .flatten()
            .filter_map(|event| event.as_str().map(str::to_owned))
            .collect(),
    })
}

fn lacking(what: &str) -> CallError {
    CallError::transient(format!("{VENDOR} answered without `{what}`"))
}

/// The last part of a uri, and only if it is an id.
fn id_of(uri: &str) -> Result<&str, CallError> {
    let id = uri.rsplit('/').next().unwrap_or(uri);
    let usable = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    usable
        .then_some(id)
        .ok_or_else(|| CallError::refused("the uri has no usable id"))
}
