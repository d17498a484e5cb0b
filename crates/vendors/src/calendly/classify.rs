//! What a Calendly delivery is about: its kind, its resource and its version.

use bookpath_domain::Delivery;
use bookpath_domain::people::email;
use jiff::Timestamp;
use serde_json::Value;

use super::normalize::normalize;
use crate::classified::{Classified, Unusable};
use crate::json;

/// The kinds Bookpath works with (X18).
pub const KINDS: [&str; 5] = [
    "invitee.created",
    "invitee.canceled",
    "invitee_no_show.created",
    "invitee_no_show.deleted",
    "routing_form_submission.created",
];

/// The kinds that make, move or end a booking.
const BOOKINGS: [&str; 2] = ["invitee.created", "invitee.canceled"];
/// Times without which a booking can't be kept.
const REQUIRED_TIMES: [&[&str]; 2] = [&["scheduled_event", "start_time"], &["created_at"]];

/// A booking whose times can't be read, or are not there, makes the body unusable (X68): a release that reads it takes the
/// delivery in on replay. A body that tells of no event at all is no booking: the lake lists it as rejected.
fn readable_times(payload: &Value, kind: &str) -> Result<(), Unusable> {
    let is_booking = json::at(payload, &["scheduled_event"]).is_some();
    for path in REQUIRED_TIMES {
        let read = json::text(payload, path).and_then(|text| text.parse::<Timestamp>().ok());
        let wanted = is_booking || json::at(payload, path).is_some();
        if wanted && read.is_none() {
            let reason = format!("`{}` is no time that can be read", path.join("."));
            return Err(Unusable::new(&reason, Some(kind)));
        }
    }
    Ok(())
}

/// Calendly has no delivery id: a delivery is (payload uri, event, updated_at). A no-show mark is known by its
/// own uri and time, its removal by the invitee's uri and the delivery's time.
pub(super) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    let kind = json::text(body, &["event"])
        .ok_or_else(|| Unusable::new("the body has no `event`", None))?;
    if !KINDS.contains(&kind) {
        let id = json::text(body, &["payload", "uri"]);
        return Ok(Classified::other(kind, id, body));
    }
    let payload = body
        .get("payload")
        .filter(|p| p.is_object())
        .ok_or_else(|| Unusable::new("the body has no `payload`", Some(kind)))?;
    let clean = normalize(payload);
    let uri = json::text(&clean, &["uri"])
        .ok_or_else(|| Unusable::new("the payload has no `uri`", Some(kind)))?;
    if BOOKINGS.contains(&kind) {
        readable_times(&clean, kind)?;
    }
    let sent_at = json::text(body, &["created_at"]);
    let (resource, version) = match kind {
        "invitee_no_show.created" => {
            let mark = json::text(&clean, &["no_show", "uri"]).unwrap_or(uri);
            (
                mark,
                json::text(&clean, &["no_show", "created_at"]).or(sent_at),
            )
        }
        "invitee_no_show.deleted" => (uri, sent_at),
        _ => (uri, json::text(&clean, &["updated_at"]).or(sent_at)),
    };
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: resource.to_owned(),
        version: version.unwrap_or_default().to_owned(),
        occurred_at: version
            .and_then(json::instant)
            .or_else(|| json::instant_at(body, &["created_at"])),
        person_key: json::text(&clean, &["email"])
            .and_then(email::normalize)
            .unwrap_or_else(|| uri.to_owned()),
    };
    Ok(Classified {
        known: true,
        content: payload,
        delivery,
    })
}
