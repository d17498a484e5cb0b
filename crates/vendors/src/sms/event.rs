//! Texts from customers and delivery events, as AWS End User Messaging publishes them to SNS.

use bookpath_domain::bookings::invitee::Private;
use bookpath_domain::texts::Text;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::json;

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
pub(super) const LOG_ID: [&str; 2] = ["notification", "messageId"];

pub(super) fn log_outcome(body: &Value) -> Option<bool> {
    match json::text(body, &["status"])? {
        "SUCCESS" => Some(true),
        "FAILURE" => Some(false),
        _ => None,
    }
}

/// `None` while the message is still on its way.
pub(super) fn outcome(event_type: &str) -> Option<bool> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::classify::classify;

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
