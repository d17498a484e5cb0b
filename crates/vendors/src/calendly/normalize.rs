//! The documents' own field names, brought to the real shape (X29).

use serde_json::{Map, Value, json};

use crate::json as read;

/// A payload with Calendly's real member names. What is there already is never changed; unknown members
/// stay.
///
/// | alias | becomes |
/// |---|---|
/// | `invitee: {…}` beside `event: {…}` | the invitee's members at the top, the event as `scheduled_event` |
/// | `id` | `uri` |
/// | `invitee: "uri"` of a bare no-show record | `uri`, the record itself as `no_show` |
/// | `canceled: true` | `status: "canceled"` |
/// | `canceled_at` | `status`, `cancellation.created_at` |
/// | `no_show: true` | `no_show: {created_at: updated_at}` |
/// | `event_type_url` | `scheduled_event.event_type` |
/// | an event without `end_time` | one that ends as it starts |
/// | `location: "text"` | `location: {type: "custom", location: "text"}` |
#[must_use]
pub fn normalize(payload: &Value) -> Value {
    let Value::Object(members) = payload else {
        return payload.clone();
    };
    let mut out = split_pair(members);
    bare_no_show(&mut out);
    if out
        .get("uri")
        .and_then(Value::as_str)
        .is_none_or(|uri| uri.trim().is_empty())
        && let Some(id) = out.get("id").cloned().filter(Value::is_string)
    {
        out.insert("uri".to_owned(), id);
    }
    cancellation(&mut out);
    if out.get("no_show") == Some(&Value::Bool(true)) {
        let at = out
            .get("updated_at")
            .or_else(|| out.get("created_at"))
            .cloned()
            .unwrap_or(Value::Null);
        out.insert(
            "no_show".to_owned(),
            json!({ "uri": null, "created_at": at }),
        );
    } else if out.get("no_show") == Some(&Value::Bool(false)) {
        out.insert("no_show".to_owned(), Value::Null);
    }
    scheduled_event(&mut out);
    Value::Object(out)
}

/// The documents' pair `{event: {…}, invitee: {…}}`.
fn split_pair(members: &Map<String, Value>) -> Map<String, Value> {
    let mut out = members.clone();
    if let Some(Value::Object(invitee)) = members.get("invitee") {
        out.remove("invitee");
        for (name, value) in invitee {
            out.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    if let Some(event) = out.get("event").filter(|e| e.is_object()).cloned() {
        out.remove("event");
        out.entry("scheduled_event").or_insert(event);
    }
    // The pair's invitee has no updated_at; the event's is the newest thing known of it.
    if out.get("updated_at").is_none_or(Value::is_null) {
        let at = out
            .get("scheduled_event")
            .and_then(|event| read::at(event, &["updated_at"]))
            .cloned();
        let at = at
            .or_else(|| out.get("canceled_at").filter(|v| v.is_string()).cloned())
            .or_else(|| out.get("created_at").cloned());
        out.extend(at.map(|at| ("updated_at".to_owned(), at)));
    }
    out
}

/// `{uri: <no-show>, invitee: <invitee>, created_at}`: the mark alone, as the REST API shows it.
fn bare_no_show(out: &mut Map<String, Value>) {
    if let Some(invitee) = out.get("invitee").filter(|v| v.is_string()).cloned() {
        let mark = json!({ "uri": out.get("uri"), "created_at": out.get("created_at") });
        out.insert("no_show".to_owned(), mark);
        out.insert("uri".to_owned(), invitee);
        // The mark's own time is not the invitee's.
        out.remove("created_at");
        out.remove("updated_at");
    }
}

fn cancellation(out: &mut Map<String, Value>) {
    let canceled_at = out.get("canceled_at").filter(|v| v.is_string()).cloned();
    let canceled = canceled_at.is_some() || out.get("canceled") == Some(&Value::Bool(true));
    if canceled && !out.contains_key("status") || canceled_at.is_some() {
        out.insert("status".to_owned(), Value::String("canceled".to_owned()));
    }
    if let Some(at) = canceled_at
        && !out.get("cancellation").is_some_and(Value::is_object)
    {
        out.insert("cancellation".to_owned(), json!({ "created_at": at }));
    }
}

fn scheduled_event(out: &mut Map<String, Value>) {
    let event_type = out.get("event_type_url").filter(|v| v.is_string()).cloned();
    if event_type.is_some() && !out.contains_key("scheduled_event") {
        out.insert("scheduled_event".to_owned(), json!({}));
    }
    let Some(Value::Object(event)) = out.get_mut("scheduled_event") else {
        return;
    };
    if let Some(event_type) = event_type {
        event.entry("event_type").or_insert(event_type);
    }
    if !event.contains_key("uri")
        && let Some(id) = event.get("id").cloned()
    {
        event.insert("uri".to_owned(), id);
    }
    if event.get("end_time").is_none_or(Value::is_null)
        && let Some(start) = event.get("start_time").cloned()
    {
        event.insert("end_time".to_owned(), start);
    }
    if let Some(place) = event.get("location").filter(|l| l.is_string()).cloned() {
        event.insert(
            "location".to_owned(),
            json!({ "type": "custom", "location": place }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_pair_becomes_the_real_shape() {
        let pair = json!({
            "event": { "id": "8a7b", "name": "30-Minute Solution Call", "start_time": "2025-03-05T15:00:00Z", "location": "Zoom", "updated_at": "2025-03-02T08:15:00Z" },
            "invitee": { "id": "INV-1", "email": "john@example.com", "created_at": "2025-03-01T10:21:00Z", "canceled_at": null },
        });
        let out = normalize(&pair);
        assert_eq!(read::text(&out, &["uri"]), Some("INV-1"));
        assert_eq!(read::text(&out, &["scheduled_event", "uri"]), Some("8a7b"));
        assert_eq!(
            read::text(&out, &["scheduled_event", "location", "type"]),
            Some("custom")
        );
        assert_eq!(
            read::text(&out, &["updated_at"]),
            Some("2025-03-02T08:15:00Z")
        );
        assert_eq!(out.get("status"), None);
    }

    #[test]
    fn booleans_and_dates_become_objects() {
        let out = normalize(
            &json!({ "uri": "A", "updated_at": "2026-01-01T00:00:00Z", "canceled": true, "no_show": true }),
        );
        assert_eq!(read::text(&out, &["status"]), Some("canceled"));
        assert_eq!(
            read::text(&out, &["no_show", "created_at"]),
            Some("2026-01-01T00:00:00Z")
        );
        let out = normalize(
            &json!({ "uri": "A", "status": "active", "canceled_at": "2026-01-02T00:00:00Z" }),
        );
        assert_eq!(read::text(&out, &["status"]), Some("canceled"));
        assert_eq!(
            read::text(&out, &["cancellation", "created_at"]),
            Some("2026-01-02T00:00:00Z")
        );
    }

    #[test]
    fn the_real_shape_is_left_alone() {
        let real: Value =
            serde_json::from_str(include_str!("fixtures/invitee_canceled.json")).unwrap();
        assert_eq!(normalize(&real["payload"]), real["payload"]);
    }
}
