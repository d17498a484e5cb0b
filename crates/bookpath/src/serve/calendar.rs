//! A stand-in for Calendly's booking pages, for the demo: free times to choose from. A choice is sent as Calendly's webhook,
//! and the page around the frame gets the same message as from Calendly's own pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::admit::admit;
use bookpath_app::ports::RandomIds;
use bookpath_app::ports::{Clock as _, Ids as _};
use bookpath_domain::Vendor;
use bookpath_domain::config::SessionType;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_sandbox::escape;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::node::Node;

/// Booking pages of the demo's session types have addresses that begin so; they are led here.
const DEMO_PAGES: &str = "https://calendly.com/demo/";
/// Hours of a working day that are free.
const HOURS: [i8; 3] = [10, 13, 16];
/// Working days that are offered.
const DAYS: usize = 4;
const HOST: (&str, &str) = ("Cleo Closer", "cleo@demo.test");

/// The pages.
#[derive(Clone)]
struct Calendar {
    node: Node,
    inbox: Arc<Inbox>,
    own: String,
    /// What was booked here, by the last part of its event's uri: a move needs it again.
    booked: Arc<Mutex<BTreeMap<String, Value>>>,
}

type Fields = BTreeMap<String, String>;

/// The routes below `/sandbox/calendly`.
pub(super) fn router(own: &str, node: &Node, inbox: Arc<Inbox>) -> Router {
    Router::new()
        .route("/book/{page}", get(show).post(book))
        .route("/move/{event}", get(show_move).post(move_to))
        .with_state(Calendar {
            node: node.clone(),
            inbox,
            own: own.to_owned(),
            booked: Arc::default(),
        })
}

/// Leads the demo's booking pages here.
pub(super) fn lead_here(own: &str, node: &mut Node) {
    let mut rules = (*node.rules).clone();
    for session in &mut rules.session_types {
        if let Some(page) = session.scheduling_url.strip_prefix(DEMO_PAGES) {
            session.scheduling_url = format!("{own}/sandbox/calendly/book/{page}");
        }
    }
    node.rules = Arc::new(rules);
}

async fn show(
    State(calendar): State<Calendar>,
    Path(page): Path<String>,
    Query(query): Query<Fields>,
) -> Response {
    let Some(session) = calendar.session(&page) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut fields: String = query
        .iter()
        .filter(|(name, _)| name.starts_with("utm_") || *name == "salesforce_uuid")
        .map(|(name, value)| hidden(name, value))
        .collect();
    for (name, label, kind) in [
        ("name", "Name", "text"),
        ("email", "E-mail", "email"),
        ("phone", "Phone (for texts)", "tel"),
    ] {
        let known = query.get(name).map_or("", String::as_str);
        let needed = if kind == "tel" { "" } else { "required" };
        fields.push_str(&format!(
            "<label>{label}<input type={kind} name={name} value=\"{}\" {needed}></label>",
            escape(known)
        ));
    }
    calendar.page(&session.name, &fields)
}

async fn book(
    State(calendar): State<Calendar>,
    Path(page): Path<String>,
    Form(form): Form<Fields>,
) -> Response {
    let start = form.get("start").and_then(|at| at.parse().ok());
    let (Some(session), Some(start)) = (calendar.session(&page), start) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let payload = calendar.payload(session, &form, start);
    calendar.tell("invitee.created", &payload).await
}

async fn show_move(State(calendar): State<Calendar>, Path(event): Path<String>) -> Response {
    match calendar.known(&event) {
        Some(_) => calendar.page("Another time", ""),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn move_to(
    State(calendar): State<Calendar>,
    Path(event): Path<String>,
    Form(form): Form<Fields>,
) -> Response {
    let start: Option<Timestamp> = form.get("start").and_then(|at| at.parse().ok());
    let (Some(mut old), Some(start)) = (calendar.known(&event), start) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let now = calendar.node.clock.now();
    let mut new = old.clone();
    calendar.place(&mut new, start);
    new["old_invitee"] = old["uri"].clone();
    old["new_invitee"] = new["uri"].clone();
    for (name, value) in [
        ("status", json!("canceled")),
        ("rescheduled", json!(true)),
        ("updated_at", json!(now)),
        (
            "cancellation",
            json!({ "canceled_by": old["name"], "reason": "Moved", "canceler_type": "invitee", "created_at": now }),
        ),
    ] {
        old[name] = value;
    }
    let told = calendar.tell("invitee.canceled", &old).await;
    if !told.status().is_success() {
        return told;
    }
    calendar.tell("invitee.created", &new).await
}

impl Calendar {
    fn session(&self, page: &str) -> Option<&SessionType> {
        let address = format!("{}/sandbox/calendly/book/{page}", self.own);
        let sessions = &self.node.rules.session_types;
        sessions.iter().find(|s| s.scheduling_url == address)
    }

    fn known(&self, event: &str) -> Option<Value> {
        let booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        booked.get(event).cloned()
    }

    /// The free times of the next working days, in the business's zone.
    fn free(&self) -> Vec<(Timestamp, String)> {
        let zone = &self.node.rules.reporting_timezone;
        let today = self.node.clock.now().to_zoned(zone.clone()).date();
        let days = (1..14_i64).filter_map(|after| today.checked_add(after.days()).ok());
        days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
            .take(DAYS)
            .flat_map(|day| HOURS.map(|hour| day.at(hour, 0, 0, 0)))
            .filter_map(|at| {
                let zoned = at.to_zoned(zone.clone()).ok()?;
                let text = zoned.strftime("%a %-d %b, %H:%M").to_string();
                Some((zoned.timestamp(), text))
            })
            .collect()
    }

    /// An invitee in Calendly's own words.
    fn payload(&self, session: &SessionType, form: &Fields, start: Timestamp) -> Value {
        let now = self.node.clock.now();
        let of = |name: &str| form.get(name).filter(|text| !text.trim().is_empty());
        let zone = self.node.rules.reporting_timezone.iana_name();
        let mut payload = json!({
            "email": of("email"), "name": of("name"), "status": "active", "timezone": zone.unwrap_or("UTC"),
            "text_reminder_number": of("phone"), "created_at": now, "updated_at": now, "rescheduled": false,
            "old_invitee": null, "new_invitee": null, "no_show": null, "cancellation": null, "payment": null,
            "questions_and_answers": [],
            "tracking": {
                "utm_source": of("utm_source"), "utm_medium": of("utm_medium"), "utm_campaign": of("utm_campaign"),
                "utm_content": of("utm_content"), "utm_term": of("utm_term"), "salesforce_uuid": of("salesforce_uuid"),
            },
            "scheduled_event": {
                "name": session.name, "status": "active", "event_type": session.event_type,
                "location": { "type": "zoom", "join_url": "https://zoom.example/demo" },
                "event_memberships": [{ "user": "https://api.calendly.com/users/CLEO", "user_name": HOST.0, "user_email": HOST.1 }],
            },
        });
        payload["scheduled_event"]["minutes"] = json!(session.duration_minutes);
        self.place(&mut payload, start);
        payload
    }

    /// Gives an invitee a new uri, a time, and the address where it is moved.
    fn place(&self, payload: &mut Value, start: Timestamp) {
        let (id, now) = (RandomIds.fresh(), self.node.clock.now());
        let event = format!("https://api.calendly.com/scheduled_events/{id}");
        let minutes = payload["scheduled_event"]["minutes"].as_i64().unwrap_or(30);
        let end = start + SignedDuration::from_mins(minutes);
        payload["uri"] = json!(format!("{event}/invitees/{id}"));
        payload["event"] = json!(event);
        payload["created_at"] = json!(now);
        payload["updated_at"] = json!(now);
        payload["reschedule_url"] = json!(format!("{}/sandbox/calendly/move/{id}", self.own));
        for (name, value) in [
            ("uri", json!(event)),
            ("start_time", json!(start)),
            ("end_time", json!(end)),
            ("created_at", json!(now)),
            ("updated_at", json!(now)),
        ] {
            payload["scheduled_event"][name] = value;
        }
    }

    /// Sends the webhook, and answers with the page that messages the page around its frame.
    async fn tell(&self, kind: &str, payload: &Value) -> Response {
        let now = self.node.clock.now();
        let body = json!({
            "event": kind, "created_at": now, "created_by": "https://api.calendly.com/users/CLEO", "payload": payload,
        });
        let text = body.to_string();
        let came = admit(
            &self.inbox,
            Vendor::Calendly,
            Origin::Webhook,
            now,
            text.as_bytes(),
        );
        if came.await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let event = payload["event"].as_str().unwrap_or_default();
        let id = event.rsplit('/').next().unwrap_or_default().to_owned();
        self.booked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, payload.clone());
        let said = json!({
            "event": "calendly.event_scheduled",
            "payload": { "event": { "uri": event }, "invitee": { "uri": payload["uri"] } },
        });
        // `<` could end the script.
        let said = said.to_string().replace('<', "\\u003c");
        let script = format!("<script>parent.postMessage({said}, '*')</script>");
        page(
            "Your time is booked",
            &format!(
                "<p>Go back to the page that you came from: it goes on by itself.</p>{script}"
            ),
        )
    }

    fn page(&self, title: &str, fields: &str) -> Response {
        let times: String = self
            .free()
            .into_iter()
            .map(|(at, text)| format!("<button name=start value=\"{at}\">{text}</button>"))
            .collect();
        let zone = self.node.rules.reporting_timezone.iana_name();
        let zone = escape(zone.unwrap_or("UTC"));
        let heard = "<script>parent.postMessage({event:'calendly.event_type_viewed'},'*')</script>";
        page(
            title,
            &format!(
                "<form method=post>{fields}<p>Times in {zone}</p><div class=times>{times}</div></form>{heard}"
            ),
        )
    }
}

fn page(title: &str, body: &str) -> Response {
    const NOTE: &str = "A stand-in for Calendly: the demo's own calendar.";
    Html(bookpath_sandbox::page(title, NOTE, body)).into_response()
}

fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=hidden name=\"{}\" value=\"{}\">",
        escape(name),
        escape(value)
    )
}
