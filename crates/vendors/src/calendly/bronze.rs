//! The bronze record: the flattened keys of the silver table, and the payload beside them (S0-12).

use bookpath_domain::BusinessConfig;
use bookpath_domain::Envelope;
use bookpath_domain::marketing::channel;
use bookpath_domain::marketing::tracking::Tracking;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::answers::bronze_phone;
use super::normalize::normalize;
use crate::json;

/// One line of `bronze/calendly_events/`. Field names are fixed: imports have the same ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BronzeRecord {
    pub event_id: String,
    pub delivery_id: String,
    pub webhook_event: String,
    pub webhook_created_at: Option<String>,
    pub webhook_received_at: Timestamp,
    pub raw_sha256: String,
    pub marketing_channel: String,
    pub channel_conflict: bool,
    pub invitee_uri: Option<String>,
    pub invitee_email: Option<String>,
    pub invitee_name: Option<String>,
    pub invitee_first_name: Option<String>,
    pub invitee_last_name: Option<String>,
    pub invitee_status: String,
    pub invitee_timezone: Option<String>,
    /// E.164; a number that was mistyped as it is; never free text.
    pub invitee_phone: Option<String>,
    pub invitee_created_at: Option<String>,
    pub invitee_updated_at: Option<String>,
    pub invitee_rescheduled: bool,
    pub event_name: Option<String>,
    pub event_status: Option<String>,
    pub event_start_time: Option<String>,
    pub event_end_time: Option<String>,
    pub event_created_at: Option<String>,
    pub event_type: Option<String>,
    pub location_type: Option<String>,
    pub location_join_url: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_content: Option<String>,
    pub utm_term: Option<String>,
    pub payload: Value,
}

/// Flattens one delivery. Incomplete deliveries pass; silver rejects rows that lack a column.
pub(super) fn record(envelope: &Envelope, body: &Value, rules: &BusinessConfig) -> BronzeRecord {
    let payload = normalize(body.get("payload").unwrap_or(&Value::Null));
    let own = |path: &[&str]| json::text(&payload, path).map(str::to_owned);
    let event = |name: &str| own(&["scheduled_event", name]);
    let utm = |name: &str| own(&["tracking", name]);
    let event_type = event("event_type");
    let touched = |name: &str| json::text(&payload, &["tracking", name]);
    let tracking = Tracking {
        utm_source: touched("utm_source"),
        utm_medium: touched("utm_medium"),
        utm_campaign: touched("utm_campaign"),
        utm_content: touched("utm_content"),
        utm_term: touched("utm_term"),
        referrer: touched("referrer"),
    };
    let channel = channel::resolve(&rules.channels, event_type.as_deref(), &tracking);
    let canceled_kind = envelope.delivery.kind == "invitee.canceled";
    BronzeRecord {
        event_id: format!("event-{}", head(&envelope.raw_sha256)),
        delivery_id: envelope.delivery_id.clone(),
        webhook_event: envelope.delivery.kind.clone(),
        webhook_created_at: json::text(body, &["created_at"]).map(str::to_owned),
        webhook_received_at: envelope.received_at,
        raw_sha256: envelope.raw_sha256.clone(),
        marketing_channel: channel.name,
        channel_conflict: channel.conflict,
        invitee_uri: own(&["uri"]),
        invitee_email: own(&["email"]),
        invitee_name: own(&["name"]),
        invitee_first_name: own(&["first_name"]),
        invitee_last_name: own(&["last_name"]),
        invitee_status: own(&["status"])
            .unwrap_or_else(|| if canceled_kind { "canceled" } else { "active" }.to_owned()),
        invitee_timezone: own(&["timezone"]),
        invitee_phone: bronze_phone(&payload, &rules.default_country),
        invitee_created_at: own(&["created_at"]),
        invitee_updated_at: own(&["updated_at"]),
        invitee_rescheduled: payload
            .get("rescheduled")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        event_name: event("name"),
        event_status: event("status"),
        event_start_time: event("start_time"),
        event_end_time: event("end_time"),
        event_created_at: event("created_at"),
        event_type,
        location_type: own(&["scheduled_event", "location", "type"]),
        location_join_url: own(&["scheduled_event", "location", "join_url"]),
        utm_campaign: utm("utm_campaign"),
        utm_source: utm("utm_source"),
        utm_medium: utm("utm_medium"),
        utm_content: utm("utm_content"),
        utm_term: utm("utm_term"),
        payload,
    }
}

/// The first half of a SHA-256 in hex: enough to tell deliveries apart.
fn head(sha256: &str) -> &str {
    sha256.get(..32).unwrap_or(sha256)
}
