//! Client of Close's API: lists, the log of events, webhook subscriptions, notes, the deletion of a contact.

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::facts::ObjectKind;
use crate::calls::CallError;
use crate::erasing::{Deletion, PersonRecords};
use crate::http_call::{Answer, ClientError, Secret, call, call_page, client, delete, page};
use crate::json;
use crate::lists::{
    CrmNote, CrmNotes, CrmObjects, ListPage, Subscribed, Subscription, Subscriptions,
};

const VENDOR: &str = "Close";
/// Objects per page; Close gives no more.
const PAGE: &str = "100";
/// Events per page; Close gives no more.
const EVENTS_PAGE: &str = "50";
/// Leads and notes that are looked through for one.
const FOUND_MAX: &str = "100";

/// A client of one organization.
#[derive(Debug, Clone)]
pub struct CloseClient {
    http: reqwest::Client,
    /// `https://api.close.com/api/v1`.
    base: String,
    key: Secret,
}

impl CloseClient {
    /// A client; `key` is an API key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, key: Secret) -> Result<Self, ClientError> {
        Ok(Self {
            http: client()?,
            base: base.trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// Close's paths end with a slash, its key is a user without a password (S3-1).
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/{path}/", self.base))
            .basic_auth(&self.key.0, Some(""))
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, CallError> {
        page(VENDOR, self.request(Method::GET, path).query(query)).await
    }
}

/// The list of a kind.
const fn path(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Lead => "lead",
        ObjectKind::Contact => "contact",
        ObjectKind::Opportunity => "opportunity",
        ObjectKind::Call => "activity/call",
        ObjectKind::Meeting => "activity/meeting",
        ObjectKind::CustomActivity => "activity/custom",
    }
}

fn items(answer: &Answer) -> Result<Vec<Value>, CallError> {
    let items = answer.body.get("data").and_then(Value::as_array);
    items
        .cloned()
        .ok_or_else(|| CallError::transient(format!("{VENDOR} answered without `data`")))
}

#[async_trait]
impl CrmObjects for CloseClient {
    async fn objects(
        &self,
        kind: ObjectKind,
        from: Option<Timestamp>,
        skip: u32,
    ) -> Result<ListPage, CallError> {
        let (skip_text, from) = (skip.to_string(), from.map(|at| format!("{at:.6}")));
        let mut query = vec![
            ("_limit", PAGE),
            ("_skip", skip_text.as_str()),
            ("_order_by", "date_created"),
        ];
        query.extend(from.as_deref().map(|at| ("date_created__gte", at)));
        let request = self.request(Method::GET, path(kind)).query(&query);
        let answer = call_page(VENDOR, request).await?;
        // Plans without a kind of activity have no list of it; every organization has leads.
        if answer.status.as_u16() == 404 && kind != ObjectKind::Lead {
            return Ok(ListPage::default());
        }
        if !answer.status.is_success() {
            return Err(answer.failure(VENDOR));
        }
        let items = items(&answer)?;
        let more = answer.body.get("has_more") == Some(&Value::Bool(true)) && !items.is_empty();
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        Ok(ListPage {
            next: more.then(|| skip.saturating_add(count).to_string()),
            pace: answer.pace(),
            items,
        })
    }

    async fn events(&self, since: Timestamp, after: Option<&str>) -> Result<ListPage, CallError> {
        let since = format!("{since:.6}");
        let mut query = vec![
            ("_limit", EVENTS_PAGE),
            ("date_updated__gte", since.as_str()),
        ];
        query.extend(after.map(|cursor| ("_cursor", cursor)));
        let answer = self.get("event", &query).await?;
        Ok(ListPage {
            items: items(&answer)?,
            next: json::text(&answer.body, &["cursor_next"]).map(str::to_owned),
            pace: answer.pace(),
        })
    }
}

#[async_trait]
impl Subscriptions for CloseClient {
    async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
        let answer = self.get("webhook", &[("_limit", PAGE)]).await?;
        Ok(items(&answer)?.iter().filter_map(subscription).collect())
    }

    async fn subscribe(&self, url: &str, _key: &str) -> Result<Subscribed, CallError> {
        let wanted = |kind: ObjectKind, action: &str| json!({ "object_type": kind.as_str(), "action": action });
        let mut events: Vec<Value> = Vec::new();
        for kind in ObjectKind::ALL {
            events.extend(["created", "updated", "deleted"].map(|action| wanted(kind, action)));
        }
        events.push(wanted(ObjectKind::Lead, "merged"));
        let body = json!({ "url": url, "events": events });
        let made = page(VENDOR, self.request(Method::POST, "webhook").json(&body)).await?;
        let text = |name: &str| {
            json::text(&made.body, &[name])
                .map(str::to_owned)
                .ok_or_else(|| CallError::transient(format!("{VENDOR} answered without `{name}`")))
        };
        Ok(Subscribed {
            ids: vec![text("id")?],
            signing_key: text("signature_key")?,
        })
    }

    async fn unsubscribe(&self, id: &str) -> Result<(), CallError> {
        let request = self.request(Method::DELETE, &format!("webhook/{}", part(id)?));
        let answer = call(VENDOR, request).await?;
        if answer.status.is_success() || answer.status.as_u16() == 404 {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }
}

#[async_trait]
impl CrmNotes for CloseClient {
    async fn lead_of(&self, email: &str) -> Result<Option<(String, Option<String>)>, CallError> {
        let asked = format!("email_address:\"{}\"", email.replace(['"', '\\'], ""));
        let query = [("query", asked.as_str()), ("_limit", FOUND_MAX)];
        let answer = self.get("lead", &query).await?;
        let has = |contact: &&Value| {
            let emails = contact.get("emails").and_then(Value::as_array);
            emails.into_iter().flatten().any(|entry| {
                json::text(entry, &["email"]).is_some_and(|one| one.eq_ignore_ascii_case(email))
            })
        };
        for lead in items(&answer)? {
            let contacts = lead.get("contacts").and_then(Value::as_array);
            let contact = contacts.into_iter().flatten().find(has);
            if let (Some(lead_id), Some(contact)) = (json::text(&lead, &["id"]), contact) {
                let contact_id = json::text(contact, &["id"]).map(str::to_owned);
                return Ok(Some((lead_id.to_owned(), contact_id)));
            }
        }
        Ok(None)
    }

    async fn has_note(&self, lead_id: &str, key: &str) -> Result<bool, CallError> {
        let query = [("lead_id", lead_id), ("_limit", FOUND_MAX)];
        let answer = self.get("activity/note", &query).await?;
        let names =
            |note: &Value| json::text(note, &["note"]).is_some_and(|text| text.contains(key));
        Ok(items(&answer)?.iter().any(names))
    }

    async fn write_note(&self, note: &CrmNote) -> Result<(), CallError> {
        let body = json!({
            "lead_id": note.lead_id, "contact_id": note.contact_id,
            "note": format!("{}\n[{}]", note.text, note.key),
        });
        let request = self.request(Method::POST, "activity/note").json(&body);
        page(VENDOR, request).await.map(drop)
    }
}

#[async_trait]
impl PersonRecords for CloseClient {
    async fn delete(&self, id: &str) -> Result<Deletion, CallError> {
        let path = format!("contact/{}", part(id)?);
        delete(VENDOR, self.request(Method::DELETE, &path)).await
    }
}

fn subscription(item: &Value) -> Option<Subscription> {
    let state = json::text(item, &["status"]).unwrap_or("active");
    let events = item.get("events").and_then(Value::as_array);
    let name = |event: &Value| {
        let object = json::text(event, &["object_type"])?;
        Some(format!("{object}.{}", json::text(event, &["action"])?))
    };
    Some(Subscription {
        id: json::text(item, &["id"])?.to_owned(),
        url: json::text(item, &["url"])?.to_owned(),
        active: state == "active",
        state: state.to_owned(),
        failing_since: None,
        events: events.into_iter().flatten().filter_map(name).collect(),
    })
}

/// A part of a path, and only if it is an id.
fn part(id: &str) -> Result<&str, CallError> {
    let usable = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    usable
        .then_some(id)
        .ok_or_else(|| CallError::refused("that is no id of Close"))
}
