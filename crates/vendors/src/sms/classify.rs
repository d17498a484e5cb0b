//! What a delivery of the carrier is about: a text, a delivery event, or a line of the delivery log.

use bookpath_domain::Delivery;
use jiff::Timestamp;
use serde_json::Value;

use super::event::{DELIVERED, FAILED, INBOUND, LOG_ID, log_outcome, outcome};
use crate::classified::{Classified, Unusable};
use crate::json;

/// An inbound text is known by its `inboundMessageId`, a line of the delivery log by its message, a delivery event
/// by message and type.
pub(super) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    if let Some(id) = json::text(body, &["inboundMessageId"]) {
        return inbound(body, id);
    }
    if let Some(id) = json::text(body, &LOG_ID) {
        return Ok(log_line(body, id));
    }
    delivery_event(body)
}

fn inbound<'a>(body: &'a Value, id: &str) -> Result<Classified<'a>, Unusable> {
    let from = json::text(body, &["originationNumber"])
        .ok_or_else(|| Unusable::new("the text has no `originationNumber`", Some(INBOUND)))?;
    let delivery = Delivery {
        kind: INBOUND.to_owned(),
        resource_uri: id.to_owned(),
        version: id.to_owned(),
        occurred_at: None,
        person_key: from.to_owned(),
    };
    Ok(Classified {
        delivery,
        known: true,
        content: body,
    })
}

fn log_line<'a>(body: &'a Value, id: &str) -> Classified<'a> {
    let outcome = log_outcome(body);
    let kind = if outcome == Some(true) {
        DELIVERED
    } else {
        FAILED
    };
    let person = json::text(body, &["delivery", "destination"]).unwrap_or(id);
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: id.to_owned(),
        version: json::text(body, &["status"]).unwrap_or_default().to_owned(),
        occurred_at: None,
        person_key: person.to_owned(),
    };
    Classified {
        delivery,
        known: outcome.is_some(),
        content: body,
    }
}

fn delivery_event(body: &Value) -> Result<Classified<'_>, Unusable> {
    let event_type = json::text(body, &["eventType"]).ok_or_else(|| {
        Unusable::new("neither a text (`inboundMessageId`) nor an event (`eventType`) nor a log (`notification.messageId`)", None)
    })?;
    let id = json::text(body, &["messageId"])
        .ok_or_else(|| Unusable::new("the event has no `messageId`", Some(event_type)))?;
    let outcome = outcome(event_type);
    let kind = match outcome {
        Some(true) => DELIVERED,
        Some(false) => FAILED,
        None => event_type,
    };
    let at = body.get("eventTimestamp").and_then(Value::as_i64);
    let person = json::text(body, &["destinationPhoneNumber"]).unwrap_or(id);
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: id.to_owned(),
        version: format!("{event_type}:{}", at.unwrap_or_default()),
        occurred_at: at.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        person_key: person.to_owned(),
    };
    Ok(Classified {
        delivery,
        known: outcome.is_some(),
        content: body,
    })
}
