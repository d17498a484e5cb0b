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
const REQUIRED_TIMES: [&[&str]; 4] = [START, END, &["created_at"], &["updated_at"]];
const START: &[&str] = &["scheduled_event", "start_time"];
const END: &[&str] = &["scheduled_event", "end_time"];
/// Of an invitee.
const STATUSES: [&str; 2] = ["active", "canceled"];

/// A booking without an address or one of its times, or with a status that Calendly does not have, makes the body unusable
/// (S1-24, X68): the lake could not keep its row, so nobody is texted for it either. A release that reads it takes the
/// delivery in on replay. A body that tells of no event at all is no booking: the lake lists it as rejected.
fn usable(payload: &Value, kind: &str) -> Result<(), Unusable> {
    let unusable = |reason: &str| Err(Unusable::new(reason, Some(kind)));
    let is_booking = json::at(payload, &["scheduled_event"]).is_some();
    let time = |path: &[&str]| json::text(payload, path)?.parse::<Timestamp>().ok();
    for path in REQUIRED_TIMES {
        let wanted = is_booking || json::at(payload, path).is_some();
        if wanted && time(path).is_none() {
            return unusable(&format!("`{}` is no time that can be read", path.join(".")));
        }
    }
    if time(END) < time(START) {
        return unusable("the event ends before it starts");
    }
    if is_booking && json::text(payload, &["email"]).is_none() {
        return unusable("the payload has no `email`");
    }
    let status = json::at(payload, &["status"]);
    let known = |status: &Value| status.as_str().is_some_and(|text| STATUSES.contains(&text));
    if !status.is_none_or(known) {
        return unusable("`status` is neither active nor canceled");
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
        usable(&clean, kind)?;
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
