//! Stripe's list of events, and the endpoints that its webhooks go to.

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::KINDS;
use super::answer::{PAGE, VENDOR, lacking, list, text};
use super::connection::{Connection, VERSION};
use crate::calls::CallError;
use crate::http_call::{Answer, ClientError, Secret, call, page};
use crate::lists::{ListPage, PaymentEvents, Subscribed, Subscription, Subscriptions};

/// A reader of one account.
#[derive(Debug, Clone)]
pub struct StripeLists {
    connection: Connection,
}

impl StripeLists {
    /// A reader; `base` is everything before `/v1`. A restricted key needs the rights to read events and to write webhook
    /// endpoints.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, key: Secret) -> Result<Self, ClientError> {
        Ok(Self {
            connection: Connection::new(base, key)?,
        })
    }

    async fn endpoint(
        &self,
        id: &str,
        change: Option<(&'static str, &'static str)>,
    ) -> Result<Answer, CallError> {
        let path = format!("webhook_endpoints/{}", part(id)?);
        let request = match change {
            Some(change) => self.connection.post(&path, [change]),
            None => self.connection.request(Method::DELETE, &path),
        };
        let answer = call(VENDOR, request).await?;
        if answer.status.is_success() || answer.status.as_u16() == 404 {
            Ok(answer)
        } else {
            Err(answer.failure(VENDOR))
        }
    }
}

#[async_trait]
impl PaymentEvents for StripeLists {
    async fn events(&self, since: Timestamp, after: Option<&str>) -> Result<ListPage, CallError> {
        let since = since.as_second().to_string();
        let mut query = vec![("limit", PAGE), ("created[gte]", since.as_str())];
        query.extend(KINDS.map(|kind| ("types[]", kind)));
        query.extend(after.map(|id| ("starting_after", id)));
        let request = self.connection.request(Method::GET, "events").query(&query);
        let answer = page(VENDOR, request).await?;
        let items = list(&answer.body)?.to_vec();
        let more = answer.body.get("has_more") == Some(&Value::Bool(true));
        let last = items.last().and_then(|event| text(event, "id"));
        Ok(ListPage {
            next: last.filter(|_| more),
            pace: answer.pace(),
            items,
        })
    }
}

#[async_trait]
impl Subscriptions for StripeLists {
    /// An account has at most 16 endpoints, which is one page.
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        let request = self.connection.request(Method::GET, "webhook_endpoints");
        let answer = page(VENDOR, request.query(&[("limit", PAGE)])).await?;
        Ok(list(&answer.body)?
            .iter()
            .filter_map(subscription)
            .collect())
    }

    /// Its events come in the version that they are read in, whatever the account's own is.
    async fn subscribe(&self, url: &str, _key: &str) -> Result<Subscribed, CallError> {
        let form = [
            ("url", url),
            ("description", "Bookpath"),
            ("api_version", VERSION),
        ];
        let kinds = KINDS.map(|kind| ("enabled_events[]", kind));
        let request = self
            .connection
            .post("webhook_endpoints", form.into_iter().chain(kinds));
        let made = page(VENDOR, request).await?;
        let named = |name: &str| text(&made.body, name).ok_or_else(|| lacking(name));
        Ok(Subscribed {
            ids: vec![named("id")?],
            signing_key: named("secret")?,
        })
    }

    async fn unsubscribe(&self, id: &str) -> Result<(), CallError> {
        self.endpoint(id, None).await.map(drop)
    }

    async fn enable(&self, id: &str) -> Result<bool, CallError> {
        let answer = self.endpoint(id, Some(("disabled", "false"))).await?;
        Ok(answer.status.is_success())
    }
}

fn subscription(item: &Value) -> Option<Subscription> {
    let state = text(item, "status").unwrap_or_else(|| "enabled".to_owned());
    let events = item.get("enabled_events").and_then(Value::as_array);
    let events = events.into_iter().flatten();
    Some(Subscription {
        id: text(item, "id")?,
        url: text(item, "url")?,
        active: state == "enabled",
        state,
        failing_since: None,
        events: events
            .filter_map(|event| event.as_str().map(str::to_owned))
            .collect(),
    })
}

/// A part of a path, and only if it is an id.
fn part(id: &str) -> Result<&str, CallError> {
    let usable = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    usable
        .then_some(id)
        .ok_or_else(|| CallError::refused("that is no id of Stripe"))
}
