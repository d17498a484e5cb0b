//! Client of Typeform's Responses and Webhooks APIs.

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::calls::CallError;
use crate::erasing::{Deletion, PersonRecords};
use crate::http_call::{ClientError, Secret, call, client, delete, page};
use crate::json;
use crate::lists::{FormResponses, ListPage, Subscribed, Subscription, Subscriptions};

const VENDOR: &str = "Typeform";
/// Responses per page. Typeform gives up to 1,000, and a long form has large ones.
const PAGE: &str = "200";
/// The name of our subscription at each form.
const TAG: &str = "bookpath";

/// A client of one account.
#[derive(Debug, Clone)]
pub struct TypeformClient {
    http: reqwest::Client,
    /// `https://api.typeform.com`, or the European host.
    base: String,
    token: Secret,
    forms: Vec<String>,
}

impl TypeformClient {
    /// A client; `forms` are those whose subscriptions it knows. `token` needs the scopes `forms:read`,
    /// `responses:read`, for subscriptions `webhooks:read` and `webhooks:write`, and to delete responses
    /// `responses:write`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, token: Secret, forms: Vec<String>) -> Result<Self, ClientError> {
        Ok(Self {
            http: client()?,
            base: base.trim_end_matches('/').to_owned(),
            token,
            forms,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token.0)
    }
}

#[async_trait]
impl FormResponses for TypeformClient {
    async fn form(&self, form_id: &str) -> Result<Value, CallError> {
        let path = format!("/forms/{}", part(form_id)?);
        Ok(page(VENDOR, self.request(Method::GET, &path)).await?.body)
    }

    async fn responses(
        &self,
        form_id: &str,
        since: Option<Timestamp>,
        before: Option<&str>,
    ) -> Result<ListPage, CallError> {
        let path = format!("/forms/{}/responses", part(form_id)?);
        let mut request = self
            .request(Method::GET, &path)
            .query(&[("page_size", PAGE)]);
        if let Some(since) = since {
            request = request.query(&[("since", since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())]);
        }
        if let Some(token) = before {
            request = request.query(&[("before", token)]);
        }
        let answer = page(VENDOR, request).await?;
        let items = answer.body.get("items").and_then(Value::as_array);
        let items = items
            .cloned()
            .ok_or_else(|| CallError::transient(format!("{VENDOR} answered without `items`")))?;
        let pages = answer.body.get("page_count").and_then(Value::as_u64);
        let last = items.last().and_then(|item| {
            json::text(item, &["token"]).or_else(|| json::text(item, &["landing_id"]))
        });
        Ok(ListPage {
            next: last
                .filter(|_| pages.is_none_or(|n| n > 1))
                .map(str::to_owned),
            pace: answer.pace(),
            items,
        })
    }
}

#[async_trait]
impl Subscriptions for TypeformClient {
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        let mut found = Vec::new();
        for form in &self.forms {
            let path = format!("/forms/{}/webhooks", part(form)?);
            let answer = page(VENDOR, self.request(Method::GET, &path)).await?;
            let items = answer.body.get("items").and_then(Value::as_array);
            let items = items.into_iter().flatten();
            found.extend(items.filter_map(|item| subscription(form, item)));
        }
        Ok(found)
    }

    async fn subscribe(&self, url: &str, key: &str) -> Result<Subscribed, CallError> {
        let body = json!({
            "url": url, "enabled": true, "secret": key, "verify_ssl": true,
            "event_types": { "form_response": true, "form_response_partial": true },
        });
        let mut ids = Vec::new();
        for form in &self.forms {
            let path = format!("/forms/{}/webhooks/{TAG}", part(form)?);
            page(VENDOR, self.request(Method::PUT, &path).json(&body)).await?;
            ids.push(format!("{form}/{TAG}"));
        }
        if ids.is_empty() {
            return Err(CallError::refused(
                "no form is configured: name them in `[typeform] forms`",
            ));
        }
        Ok(Subscribed {
            ids,
            signing_key: key.to_owned(),
        })
    }

    async fn unsubscribe(&self, id: &str) -> Result<(), CallError> {
        let (form, tag) = id
            .split_once('/')
            .ok_or_else(|| CallError::refused("a subscription of Typeform is called form/tag"))?;
        let path = format!("/forms/{}/webhooks/{}", part(form)?, part(tag)?);
        let answer = call(VENDOR, self.request(Method::DELETE, &path)).await?;
        if answer.status.is_success() || answer.status.as_u16() == 404 {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }
}

#[async_trait]
impl PersonRecords for TypeformClient {
    async fn delete(&self, id: &str) -> Result<Deletion, CallError> {
        let (form, token) = id
            .split_once('/')
            .ok_or_else(|| CallError::refused("a response of Typeform is called form/token"))?;
        let path = format!("/forms/{}/responses", part(form)?);
        let request = self.request(Method::DELETE, &path);
        let request = request.query(&[("included_response_ids", part(token)?)]);
        delete(VENDOR, request).await
    }
}

fn subscription(form: &str, item: &Value) -> Option<Subscription> {
    let enabled = item.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let wanted = item.get("event_types").and_then(Value::as_object);
    Some(Subscription {
        id: format!("{form}/{}", json::text(item, &["tag"])?),
        url: json::text(item, &["url"])?.to_owned(),
        active: enabled,
        state: if enabled { "enabled" } else { "disabled" }.to_owned(),
        failing_since: None,
        events: wanted
            .into_iter()
            .flatten()
            .filter(|(_, on)| **on == Value::Bool(true))
            .map(|(name, _)| name.clone())
            .collect(),
    })
}

/// A part of a path, and only if it is an id.
fn part(id: &str) -> Result<&str, CallError> {
    let usable = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    usable
        .then_some(id)
        .ok_or_else(|| CallError::refused("that is no id of Typeform"))
}
