//! Calendly v2: cancellation, links, event types, invitees, and the Scheduling API.

use std::sync::{Arc, Mutex, PoisonError};

use crate::calls::{
    BookedSlot, Calendar, CallError, EventType, Headroom, InviteeView, SlotRequest,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::http_call::{Answer, ClientError, Secret, call, client};

pub(super) const VENDOR: &str = "Calendly";
/// Calendly keeps the first 10,000 characters of a reason.
const REASON_CHARS_MAX: usize = 10_000;
/// What Calendly gives at most in a page.
const PAGE: &str = "100";
/// More pages than this are a loop.
const PAGES_MAX: usize = 50;

/// Statuses of a path that is not there.
const NOT_THERE: [u16; 4] = [404, 405, 410, 501];

/// A client of one organization.
#[derive(Debug, Clone)]
pub struct CalendlyClient {
    http: reqwest::Client,
    /// `https://api.calendly.com`.
    base: String,
    token: Secret,
    /// What the last answer said.
    headroom: Arc<Mutex<Option<Headroom>>>,
}

impl CalendlyClient {
    /// A client; `token` needs the scopes `scheduled_events:read`, `scheduled_events:write`, `event_types:read`
    /// and `scheduling_links:write`; to delete people, in an Enterprise account, also `data_compliance:write`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(base: &str, token: Secret) -> Result<Self, ClientError> {
        Ok(Self {
            http: client()?,
            base: base.trim_end_matches('/').to_owned(),
            token,
            headroom: Arc::default(),
        })
    }

    /// Sends a request and remembers how many more Calendly would take.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        let answer = call(VENDOR, request).await?;
        if let Some(headroom) = answer.headroom() {
            *self.headroom.lock().unwrap_or_else(PoisonError::into_inner) = Some(headroom);
        }
        Ok(answer)
    }

    /// As [`Self::call`], and any status but success is a failure.
    async fn succeed(&self, request: RequestBuilder) -> Result<Value, CallError> {
        let answer = self.call(request).await?;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(answer.failure(VENDOR))
        }
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http
            .request(Method::POST, format!("{}{path}", self.base))
            .bearer_auth(&self.token.0)
            .json(body)
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        self.http
            .request(Method::GET, format!("{}{path}", self.base))
            .bearer_auth(&self.token.0)
            .query(query)
    }

    /// Calendly cancels whole events only. One that others are booked into stays: whoever is in a group event is taken
    /// out of it by hand (S1-51). While that can't be read nothing is canceled; an event that is not there is judged by the
    /// cancellation itself.
    async fn alone(&self, uuid: &str) -> Result<(), CallError> {
        let answer = self
            .call(self.get(&format!("/scheduled_events/{uuid}"), &[]))
            .await?;
        let status = answer.status.as_u16();
        if NOT_THERE.contains(&status) || canceled_already(status, &answer.body) {
            return Ok(());
        }
        if !answer.status.is_success() {
            return Err(answer.failure(VENDOR));
        }
        let active = answer
            .body
            .pointer("/resource/invitees_counter/active")
            .and_then(Value::as_u64);
        if active.is_some_and(|n| n > 1) {
            return Err(CallError::refused(
                "others are booked into the same event; cancel this one invitee by hand",
            ));
        }
        Ok(())
    }

    async fn organization(&self) -> Result<String, CallError> {
        let me = self.succeed(self.get("/users/me", &[])).await?;
        me.pointer("/resource/current_organization")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| lacking("current_organization"))
    }

    /// Every item of a list, page by page.
    async fn list(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<Value>, CallError> {
        let mut items = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = query.to_vec();
            query.push(("count", PAGE.to_owned()));
            query.extend(token.take().map(|token| ("page_token", token)));
            let body = self.succeed(self.get(path, &query)).await?;
            let page = body
                .get("collection")
                .and_then(Value::as_array)
                .ok_or_else(|| lacking("collection"))?;
            items.extend(page.iter().cloned());
            match body
                .pointer("/pagination/next_page_token")
                .and_then(Value::as_str)
            {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
        Err(CallError::transient("Calendly's list has no end"))
    }
}

#[async_trait]
impl Calendar for CalendlyClient {
    fn headroom(&self) -> Option<Headroom> {
        *self.headroom.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn cancel_event(&self, event_uri: &str, reason: &str) -> Result<(), CallError> {
        let uuid = id_of(event_uri.rsplit('/').next())?;
        self.alone(uuid).await?;
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        let answer = self
            .call(self.post(
                &format!("/scheduled_events/{uuid}/cancellation"),
                &json!({ "reason": reason }),
            ))
            .await?;
        if answer.status.is_success() || canceled_already(answer.status.as_u16(), &answer.body) {
            Ok(())
        } else {
            Err(answer.failure(VENDOR))
        }
    }

    async fn single_use_link(&self, event_type: &str) -> Result<String, CallError> {
        let body = json!({ "max_event_count": 1, "owner": event_type, "owner_type": "EventType" });
        let answer = self.succeed(self.post("/scheduling_links", &body)).await?;
        let url = answer
            .pointer("/resource/booking_url")
            .and_then(Value::as_str);
        url.map(str::to_owned).ok_or_else(|| lacking("booking_url"))
    }

    async fn invitee(&self, invitee_uri: &str) -> Result<Option<InviteeView>, CallError> {
        let (event, invitee) = invitee_uri
            .split_once("/invitees/")
            .ok_or_else(|| CallError::refused("that is no invitee's uri"))?;
        let (event, invitee) = (id_of(event.rsplit('/').next())?, id_of(Some(invitee))?);
        let answer = self
            .call(self.get(
                &format!("/scheduled_events/{event}/invitees/{invitee}"),
                &[],
            ))
            .await?;
        if answer.status.as_u16() == 404 {
            return Ok(None);
        }
        if !answer.status.is_success() {
            return Err(answer.failure(VENDOR));
        }
        let resource = answer
            .body
            .get("resource")
            .ok_or_else(|| lacking("resource"))?;
        let text = |path: &str| resource.pointer(path).and_then(Value::as_str);
        let instant = |path: &str| text(path).and_then(|t| t.parse::<Timestamp>().ok());
        let rescheduled = resource
            .get("rescheduled")
            .and_then(Value::as_bool)
            .unwrap_or(false)
            || text("/new_invitee").is_some();
        Ok(Some(InviteeView {
            canceled: text("/status").ok_or_else(|| lacking("status"))? == "canceled",
            rescheduled,
            updated_at: instant("/updated_at"),
            canceled_at: instant("/cancellation/created_at"),
        }))
    }

    async fn event_types(&self) -> Result<Vec<EventType>, CallError> {
        let query = [("organization", self.organization().await?)];
        let items = self.list("/event_types", &query).await?;
        items.iter().map(event_type).collect()
    }

    async fn book(&self, request: &SlotRequest) -> Result<BookedSlot, CallError> {
        let contact = &request.contact;
        let mut invitee =
            json!({ "email": contact.email, "name": contact.name, "timezone": request.timezone });
        if let Some(phone) = &contact.phone {
            invitee["text_reminder_number"] = json!(phone);
        }
        let body = json!({
            "event_type": request.event_type, "start_time": request.start, "invitee": invitee,
            "tracking": { "salesforce_uuid": request.booking_id },
        });
        let answer = self.succeed(self.post("/invitees", &body)).await?;
        slot(answer.get("resource").ok_or_else(|| lacking("resource"))?)
    }

    async fn booked(&self, request: &SlotRequest) -> Result<Option<BookedSlot>, CallError> {
        let email = request.contact.email.clone().unwrap_or_default();
        let query = [
            ("organization", self.organization().await?),
            ("invitee_email", email.clone()),
            ("status", "active".to_owned()),
            ("min_start_time", request.start.to_string()),
            (
                "max_start_time",
                (request.start + SignedDuration::from_secs(1)).to_string(),
            ),
        ];
        for event in self.list("/scheduled_events", &query).await? {
            let uri = event
                .get("uri")
                .and_then(Value::as_str)
                .ok_or_else(|| lacking("uri"))?;
            let id = id_of(uri.rsplit('/').next())?;
            for invitee in self
                .list(
                    &format!("/scheduled_events/{id}/invitees"),
                    &[("email", email.clone())],
                )
                .await?
            {
                let ours = invitee
                    .pointer("/tracking/salesforce_uuid")
                    .and_then(Value::as_str)
                    == Some(&request.booking_id);
                if ours {
                    return slot(&invitee).map(Some);
                }
            }
        }
        Ok(None)
    }
}

fn lacking(what: &str) -> CallError {
    CallError::transient(format!("{VENDOR} answered without `{what}`"))
}

/// The uri came in a webhook or from a client: only an id of it is used, and only if it is one.
pub(super) fn id_of(part: Option<&str>) -> Result<&str, CallError> {
    let usable = |id: &&str| {
        !id.is_empty()
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    part.filter(usable)
        .ok_or_else(|| CallError::refused("the uri has no usable id"))
}

fn slot(invitee: &Value) -> Result<BookedSlot, CallError> {
    let text = |name: &str| {
        invitee
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| lacking(name))
    };
    Ok(BookedSlot {
        invitee_uri: text("uri")?,
        event_uri: text("event")?,
    })
}

fn event_type(item: &Value) -> Result<EventType, CallError> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(EventType {
        uri: text("uri").ok_or_else(|| lacking("uri"))?,
        name: text("name").unwrap_or_default(),
        active: item.get("active").and_then(Value::as_bool).unwrap_or(true),
        duration_minutes: item
            .get("duration")
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0),
        scheduling_url: text("scheduling_url").unwrap_or_default(),
    })
}

/// 403 with its own words: the event is canceled, which is what we wanted.
fn canceled_already(status: u16, body: &Value) -> bool {
    let said = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase()
    };
    matches!(status, 400 | 403)
        && [said("title"), said("message")]
            .iter()
            .any(|text| text.contains("already canceled") || text.contains("already cancelled"))
}
