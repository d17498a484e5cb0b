//! What a Calendly delivery means for a booking.

use bookpath_domain::BusinessConfig;
use bookpath_domain::Envelope;
use bookpath_domain::bookings::Fact;
use bookpath_domain::bookings::invitee::{Contact, InviteeSnapshot};
use jiff::Timestamp;
use serde_json::Value;

use super::answers;
use super::normalize::normalize;
use crate::json;
use crate::reported::Reported;

/// A booking's id is no longer.
const ID_CHARS_MAX: usize = 36;

/// No-show deliveries carry the whole invitee, so they are a snapshot and a mark.
pub(super) fn facts(envelope: &Envelope, body: &Value, rules: &BusinessConfig) -> Vec<Reported> {
    let payload = normalize(body.get("payload").unwrap_or(&Value::Null));
    let kind = envelope.delivery.kind.as_str();
    let sent_at = json::instant_at(body, &["created_at"]);
    let seen = || {
        let seen = snapshot(envelope, &payload, sent_at, &rules.default_country);
        seen.map(|s| Fact::Invitee(Box::new(s)))
    };
    let facts = match kind {
        "invitee.created" | "invitee.canceled" => [seen(), None],
        "invitee_no_show.created" => [seen(), mark(envelope, &payload, true)],
        "invitee_no_show.deleted" => [seen(), mark(envelope, &payload, false)],
        _ => [None, None],
    };
    // Our own links carry the booking that they were made for.
    let booking_id = json::text(&payload, &["tracking", "salesforce_uuid"])
        .filter(|id| id.len() <= ID_CHARS_MAX)
        .map(str::to_owned);
    let reported = |fact: Fact| Reported {
        booking_id: booking_id
            .clone()
            .filter(|_| matches!(fact, Fact::Invitee(_))),
        ..Reported::by_uri(fact)
    };
    facts.into_iter().flatten().map(reported).collect()
}

/// A no-show mark counts from its own time, its removal from the time of the delivery.
fn mark(envelope: &Envelope, payload: &Value, marked: bool) -> Option<Fact> {
    let own = marked
        .then(|| json::instant_at(payload, &["no_show", "created_at"]))
        .flatten();
    let at = own
        .or(envelope.delivery.occurred_at)
        .unwrap_or(envelope.received_at);
    Some(Fact::NoShow {
        invitee_uri: json::text(payload, &["uri"])?.to_owned(),
        marked,
        at,
    })
}

/// `None` without the times of the call.
fn snapshot(
    envelope: &Envelope,
    payload: &Value,
    sent_at: Option<Timestamp>,
    default_country: &str,
) -> Option<InviteeSnapshot> {
    let own = |path: &[&str]| json::text(payload, path).map(str::to_owned);
    let event = |name: &str| own(&["scheduled_event", name]);
    let host = |name: &str| {
        let first = payload.pointer("/scheduled_event/event_memberships/0")?;
        json::text(first, &[name]).map(str::to_owned)
    };
    let start = json::instant_at(payload, &["scheduled_event", "start_time"])?;
    let updated_at = json::instant_at(payload, &["updated_at"])
        .or(envelope.delivery.occurred_at)
        .unwrap_or(envelope.received_at);
    let status = json::text(payload, &["status"]);
    let canceled_kind = envelope.delivery.kind == "invitee.canceled";
    let contact = Contact {
        name: own(&["name"]),
        first_name: own(&["first_name"]),
        email: own(&["email"]),
        phone: answers::typed_phone(payload, default_country).map(str::to_owned),
    };
    Some(InviteeSnapshot {
        uri: own(&["uri"])?,
        event_uri: event("uri"),
        event_type: event("event_type"),
        event_name: event("name"),
        canceled: status.map_or(canceled_kind, |s| s.eq_ignore_ascii_case("canceled")),
        rescheduled: payload
            .get("rescheduled")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        old_invitee: own(&["old_invitee"]),
        new_invitee: own(&["new_invitee"]),
        created_at: json::instant_at(payload, &["created_at"]).unwrap_or(updated_at),
        updated_at,
        canceled_at: json::instant_at(payload, &["cancellation", "created_at"]),
        start,
        end: json::instant_at(payload, &["scheduled_event", "end_time"])
            .filter(|end| *end >= start)
            .unwrap_or(start),
        timezone: own(&["timezone"]),
        language: answers::language(payload),
        host_name: host("user_name"),
        host_email: host("user_email"),
        contact,
        // As in silver: a mark without a time of its own counts from the delivery's.
        no_show_at: json::instant_at(payload, &["no_show", "created_at"]).or_else(|| {
            json::at(payload, &["no_show"])?;
            Some(sent_at.unwrap_or(updated_at))
        }),
        paid_in_calendly: json::at(payload, &["payment", "successful"]) == Some(&Value::Bool(true)),
        reschedule_url: own(&["reschedule_url"]),
        cancel_url: own(&["cancel_url"]),
        join_url: own(&["scheduled_event", "location", "join_url"])
            .filter(|url| url.starts_with("https://")),
        // What silver compares, too: so a tie is decided alike.
        sha256: envelope.raw_sha256.clone(),
        tells_of_booking: envelope.delivery.kind == "invitee.created",
    })
}
