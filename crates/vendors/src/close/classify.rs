//! What a Close event is about: the object, what happened to it, and the event's id.

use bookpath_domain::Delivery;
use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::json;

/// The object types Bookpath works with.
const OBJECTS: [&str; 6] = [
    "lead",
    "contact",
    "opportunity",
    "activity.call",
    "activity.meeting",
    "activity.custom_activity",
];

/// Close numbers its events; order among snapshots is by `data.date_updated`, else `event.date_updated`.
pub(super) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    let event =
        json::at(body, &["event"]).ok_or_else(|| Unusable::new("the body has no `event`", None))?;
    let object = json::text(event, &["object_type"])
        .ok_or_else(|| Unusable::new("the event has no `object_type`", None))?;
    let action = json::text(event, &["action"])
        .ok_or_else(|| Unusable::new("the event has no `action`", Some(object)))?;
    let kind = format!("{object}.{action}");
    let known = OBJECTS.contains(&object)
        && (matches!(action, "created" | "updated" | "deleted") || kind == "lead.merged");
    if !known {
        let id = json::text(event, &["object_id"]).or_else(|| json::text(event, &["id"]));
        return Ok(Classified::other(&kind, id, body));
    }
    let id = json::text(event, &["id"])
        .ok_or_else(|| Unusable::new("the event has no `id`", Some(&kind)))?;
    let resource = json::text(event, &["data", "id"])
        .or_else(|| json::text(event, &["object_id"]))
        .unwrap_or(id);
    let lead = json::text(event, &["lead_id"]).or_else(|| json::text(event, &["data", "lead_id"]));
    let delivery = Delivery {
        resource_uri: resource.to_owned(),
        version: id.to_owned(),
        occurred_at: json::instant_at(event, &["data", "date_updated"])
            .or_else(|| json::instant_at(event, &["date_updated"])),
        person_key: lead.unwrap_or(resource).to_owned(),
        kind,
    };
    Ok(Classified {
        known: true,
        content: event,
        delivery,
    })
}
