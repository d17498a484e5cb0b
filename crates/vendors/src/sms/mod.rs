//! Texts from customers and delivery events, as AWS End User Messaging publishes them to SNS.

use bookpath_domain::Delivery;
use bookpath_domain::bookings::invitee::Private;
use bookpath_domain::texts::Text;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::json;
use crate::parse::{Classified, Unusable};

/// A text of a customer.
pub const INBOUND: &str = "sms.inbound";
/// The carrier has delivered one of our texts.
pub const DELIVERED: &str = "sms.delivered";
/// The carrier gave one of our texts up.
pub const FAILED: &str = "sms.failed";
/// The key of our intent in the `Context` of a send call, which delivery events echo.
pub const CONTEXT_INTENT: &str = "intent_id";

/// What a delivery of this vendor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsEvent {
    /// `from` and `to` as the carrier writes them.
    Inbound {
        message_id: String,
        from: Private,
        to: Option<Private>,
        body: Text,
    },
    Delivery {
        intent_id: String,
        delivered: bool,
    },
    /// A line of the delivery log of SNS, which knows no context: only the message and the number.
    Log {
        message_id: String,
        to: Option<Private>,
        delivered: bool,
    },
}

/// Reads an event; `None` for what concerns no conversation.
#[must_use]
pub fn event(body: &Value) -> Option<SmsEvent> {
    if let Some(message_id) = json::text(body, &["inboundMessageId"]) {
        return Some(SmsEvent::Inbound {
            message_id: message_id.to_owned(),
            from: Private(json::text(body, &["originationNumber"])?.to_owned()),
            to: json::text(body, &["destinationNumber"]).map(|to| Private(to.to_owned())),
            body: Text(
                body.get("messageBody")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            ),
        });
    }
    if let Some(message_id) = json::text(body, &LOG_ID) {
        let delivered = log_outcome(body)?;
        let to = json::text(body, &["delivery", "destination"]).map(|to| Private(to.to_owned()));
        return Some(SmsEvent::Log {
            message_id: message_id.to_owned(),
            to,
            delivered,
        });
    }
    let delivered = outcome(json::text(body, &["eventType"])?)?;
    let intent_id = json::text(body, &["context", CONTEXT_INTENT])?.to_owned();
    Some(SmsEvent::Delivery {
        intent_id,
        delivered,
    })
}

/// Where a line of the SNS delivery log names its message.
const LOG_ID: [&str; 2] = ["notification", "messageId"];

fn log_outcome(body: &Value) -> Option<bool> {
    match json::text(body, &["status"])? {
        "SUCCESS" => Some(true),
        "FAILURE" => Some(false),
        _ => None,
    }
}

/// `None` while the message is still on its way.
fn outcome(event_type: &str) -> Option<bool> {
    match event_type {
        "TEXT_SUCCESSFUL" | "TEXT_DELIVERED" => Some(true),
        "TEXT_INVALID"
        | "TEXT_INVALID_MESSAGE"
        | "TEXT_UNREACHABLE"
        | "TEXT_CARRIER_UNREACHABLE"
        | "TEXT_BLOCKED"
        | "TEXT_CARRIER_BLOCKED"
        | "TEXT_SPAM"
        | "TEXT_TTL_EXPIRED"
        | "TEXT_PROTECT_BLOCKED"
        | "TEXT_UNKNOWN" => Some(false),
        _ => None,
    }
}

/// The body of an inbound text in the carrier's own shape: `serve` plays the carrier with it.
#[must_use]
pub fn inbound_body(message_id: &str, from: &str, to: Option<&str>, text: &str) -> Value {
    json!({ "originationNumber": from, "destinationNumber": to, "messageBody": text, "inboundMessageId": message_id })
}

/// The body of a delivery event in the carrier's own shape.
#[must_use]
pub fn delivery_body(intent_id: &str, delivered: bool, at: Timestamp) -> Value {
    let event_type = if delivered {
        "TEXT_DELIVERED"
    } else {
        "TEXT_UNREACHABLE"
    };
    json!({
        "eventType": event_type,
        "eventTimestamp": at.as_millisecond(),
        "isFinal": true,
        "messageId": format!("local-{intent_id}"),
        "context": { CONTEXT_INTENT: intent_id },
    })
}

/// An inbound text is known by its `inboundMessageId`, a delivery event by message and type.
pub(crate) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    if let Some(id) = json::text(body, &["inboundMessageId"]) {
        let from = json::text(body, &["originationNumber"])
            .ok_or_else(|| Unusable::new("the text has no `originationNumber`", Some(INBOUND)))?;
        let delivery = Delivery {
            kind: INBOUND.to_owned(),
            resource_uri: id.to_owned(),
            version: id.to_owned(),
            occurred_at: None,
            person_key: from.to_owned(),
        };
        return Ok(Classified {
            delivery,
            known: true,
            content: body,
        });
    }
    if let Some(id) = json::text(body, &LOG_ID) {
        let outcome = log_outcome(body);
        let delivery = Delivery {
            kind: if outcome == Some(true) {
                DELIVERED
            } else {
                FAILED
            }
            .to_owned(),
            resource_uri: id.to_owned(),
            version: json::text(body, &["status"]).unwrap_or_default().to_owned(),
            occurred_at: None,
            person_key: json::text(body, &["delivery", "destination"])
                .unwrap_or(id)
                .to_owned(),
        };
        return Ok(Classified {
            delivery,
            known: outcome.is_some(),
            content: body,
        });
    }
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
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: id.to_owned(),
        version: format!("{event_type}:{}", at.unwrap_or_default()),
        occurred_at: at.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        person_key: json::text(body, &["destinationPhoneNumber"])
            .unwrap_or(id)
            .to_owned(),
    };
    Ok(Classified {
        delivery,
        known: outcome.is_some(),
        content: body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_real_shape() {
        let body = json!({
            "originationNumber": "+14255550182", "destinationNumber": "+12125550101", "messageKeyword": "JOIN",
            "messageBody": "Yes!", "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
            "previousPublishedMessageId": "wJalrXUtnFEMI"
        });
        let Some(SmsEvent::Inbound {
            message_id,
            from,
            to,
            body: text,
        }) = event(&body)
        else {
            panic!("no text")
        };
        assert_eq!(
            (
                from.0.as_str(),
                to.map(|to| to.0).as_deref(),
                text.0.as_str()
            ),
            ("+14255550182", Some("+12125550101"), "Yes!")
        );
        let Ok(classified) = classify(&body) else {
            panic!("unusable")
        };
        assert_eq!(
            (
                classified.delivery.kind.as_str(),
                classified.delivery.resource_uri
            ),
            (INBOUND, message_id)
        );
    }

    #[test]
    fn delivery_events_find_their_intent_by_its_context() {
        let at = "2026-03-01T10:00:00Z".parse().unwrap();
        for delivered in [true, false] {
            let body = delivery_body("confirmation:ab", delivered, at);
            assert_eq!(
                event(&body),
                Some(SmsEvent::Delivery {
                    intent_id: "confirmation:ab".to_owned(),
                    delivered
                })
            );
            let Ok(classified) = classify(&body) else {
                panic!("unusable")
            };
            assert!(classified.known);
        }
        assert_eq!(
            event(&json!({ "eventType": "TEXT_QUEUED", "context": { "intent_id": "x" } })),
            None
        );
    }

    #[test]
    fn a_line_of_the_delivery_log_of_the_real_shape() {
        for (status, delivered) in [("SUCCESS", true), ("FAILURE", false)] {
            let body = json!({
                "notification": { "messageId": "34d9b400-c6dd-5444-820d-fbeb0f1f54cf", "timestamp": "2016-06-28 00:40:34.558" },
                "delivery": { "destination": "+12223334444", "priceInUSD": 0.00645, "providerResponse": "x", "dwellTimeMs": 599 },
                "status": status,
            });
            let Some(SmsEvent::Log {
                message_id,
                to,
                delivered: found,
            }) = event(&body)
            else {
                panic!("no log")
            };
            assert_eq!(
                (message_id.as_str(), to.map(|to| to.0).as_deref()),
                ("34d9b400-c6dd-5444-820d-fbeb0f1f54cf", Some("+12223334444"))
            );
            assert_eq!(found, delivered);
            let Ok(classified) = classify(&body) else {
                panic!("unusable")
            };
            assert_eq!(
                (classified.known, classified.delivery.person_key.as_str()),
                (true, "+12223334444")
            );
        }
    }
}
