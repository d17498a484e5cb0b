//! From a raw body to what it says about itself.

use bookpath_domain::Delivery;
use bookpath_domain::Vendor;
use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::json;
use crate::readable::readable;
use crate::registry::classify;

/// An authentic body, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A kind that Bookpath works with.
    Known {
        delivery: Delivery,
        /// SHA-256 of the body's meaning: tells a re-sent fact from another one of the same version.
        content_sha256: String,
    },
    /// A kind that is stored and counted only.
    Ignored {
        delivery: Delivery,
        content_sha256: String,
    },
    /// No JSON, or without what every body of its kind must have.
    Invalid {
        reason: String,
        kind: Option<String>,
    },
}

/// Reads the identity of a delivery out of an authentic body. Never fails: what can't be read is
/// [`Parsed::Invalid`].
#[must_use]
pub fn parse(vendor: Vendor, body: &[u8]) -> Parsed {
    let value: Value = match serde_json::from_slice(&readable(body)) {
        Ok(value) => value,
        Err(error) => {
            return Parsed::Invalid {
                reason: format!("the body is no JSON: {error}"),
                kind: None,
            };
        }
    };
    match classify(vendor, &value) {
        Ok(Classified {
            delivery,
            known,
            content,
        }) => {
            let content_sha256 = json::content_sha256(content);
            if known {
                Parsed::Known {
                    delivery,
                    content_sha256,
                }
            } else {
                Parsed::Ignored {
                    delivery,
                    content_sha256,
                }
            }
        }
        Err(Unusable { reason, kind }) => Parsed::Invalid { reason, kind },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(vendor: Vendor, body: &str) -> Delivery {
        match parse(vendor, body.as_bytes()) {
            Parsed::Known { delivery, .. } => delivery,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calendly_is_keyed_by_uri_and_updated_at() {
        let created = known(
            Vendor::Calendly,
            include_str!("calendly/fixtures/invitee_created.json"),
        );
        assert_eq!(
            created.resource_uri,
            "https://api.calendly.com/scheduled_events/e7/invitees/b7"
        );
        assert_eq!(created.version, "2026-04-02T08:15:30.125000Z");
        assert_eq!(created.person_key, "mia.torres@example.org");
        let canceled = known(
            Vendor::Calendly,
            include_str!("calendly/fixtures/invitee_canceled.json"),
        );
        assert_ne!(
            created.dedupe_key(Vendor::Calendly),
            canceled.dedupe_key(Vendor::Calendly)
        );
        assert_eq!(created.person_key, canceled.person_key);
    }

    #[test]
    fn a_no_show_is_keyed_by_its_mark_and_its_deletion_by_the_time_it_was_sent() {
        let body = include_str!("calendly/fixtures/no_show_created.json");
        let mark = known(Vendor::Calendly, body);
        assert_eq!(
            (mark.resource_uri.as_str(), mark.version.as_str()),
            (
                "https://api.calendly.com/invitee_no_shows/n7",
                "2026-04-06T17:00:00.000000Z"
            )
        );
        let deleted = known(
            Vendor::Calendly,
            &body.replace("invitee_no_show.created", "invitee_no_show.deleted"),
        );
        assert_eq!(deleted.version, "2026-04-06T17:00:01.000000Z");
        assert_eq!(
            deleted.resource_uri,
            "https://api.calendly.com/scheduled_events/e7/invitees/b7"
        );
    }

    #[test]
    fn the_smallest_bodies_of_every_vendor_are_known() {
        let cases = [
            (
                Vendor::Calendly,
                r#"{"event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/E1/invitees/A1"}}"#,
                "invitee.created",
            ),
            (
                Vendor::Stripe,
                r#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"id":"cs_1","payment_status":"paid"}}}"#,
                "checkout.session.completed",
            ),
            (
                Vendor::Typeform,
                r#"{"event_id":"01TF","event_type":"form_response","form_response":{"token":"tok1"}}"#,
                "form_response",
            ),
            (
                Vendor::Close,
                r#"{"subscription_id":"whsub_1","event":{"id":"ev_1","object_type":"opportunity","action":"updated"}}"#,
                "opportunity.updated",
            ),
        ];
        for (vendor, body, kind) in cases {
            assert_eq!(known(vendor, body).kind, kind);
        }
    }

    fn unusable(body: &str, named: &str) {
        match parse(Vendor::Calendly, body.as_bytes()) {
            Parsed::Invalid { reason, kind } => {
                assert!(reason.contains(named), "{reason}");
                assert_eq!(kind.as_deref(), Some("invitee.created"));
            }
            other => panic!("{body}: {other:?}"),
        }
    }

    /// X68; a body that tells of no event is the lake's to reject.
    #[test]
    fn a_required_time_that_cannot_be_read_makes_a_booking_unusable() {
        let body = |start: &str, created: &str| {
            format!(
                r#"{{"event":"invitee.created","payload":{{"uri":"i","email":"a@b.c","created_at":{created},"scheduled_event":{{"start_time":{start}}}}}}}"#
            )
        };
        let good = "\"2026-03-01T10:00:00Z\"";
        for unreadable in [
            "\"soon\"",
            "\"2026-13-01T10:00:00Z\"",
            "\"\"",
            "1772366400",
            "{}",
            "null",
        ] {
            for (start, created, named) in [
                (unreadable, good, "`scheduled_event.start_time`"),
                (good, unreadable, "`created_at`"),
            ] {
                unusable(&body(start, created), named);
            }
        }
        known(Vendor::Calendly, &body(good, good));
    }

    /// The lake could not keep these as rows.
    #[test]
    fn a_booking_without_an_address_or_with_an_unknown_status_is_unusable() {
        let valid = include_str!("calendly/fixtures/invitee_created.json");
        let changed = |path: &str, value: serde_json::Value| {
            let mut body: serde_json::Value = serde_json::from_str(valid).unwrap();
            *body.pointer_mut(path).unwrap() = value;
            body.to_string()
        };
        let null = serde_json::Value::Null;
        for (path, value, named) in [
            ("/payload/email", null.clone(), "no `email`"),
            ("/payload/email", " ".into(), "no `email`"),
            ("/payload/email", 7.into(), "no `email`"),
            ("/payload/status", "cancelled".into(), "`status`"),
            ("/payload/status", "CANCELED".into(), "`status`"),
            ("/payload/updated_at", 5.into(), "`updated_at`"),
            (
                "/payload/scheduled_event/end_time",
                "late".into(),
                "`scheduled_event.end_time`",
            ),
            (
                "/payload/scheduled_event/end_time",
                "2020-01-01T00:00:00Z".into(),
                "ends before it starts",
            ),
        ] {
            unusable(&changed(path, value), named);
        }
        for path in [
            "/payload/status",
            "/payload/updated_at",
            "/payload/scheduled_event/end_time",
        ] {
            known(Vendor::Calendly, &changed(path, null.clone()));
        }
    }

    #[test]
    fn half_an_emoji_loses_no_booking() {
        let body = include_str!("calendly/fixtures/invitee_created.json");
        let name = body.replacen("Mia", r"Mia \ud83d", 1);
        assert_ne!(body, name);
        let delivery = known(Vendor::Calendly, &name);
        assert_eq!(delivery.version, known(Vendor::Calendly, body).version);
        known(Vendor::Calendly, &format!("\u{feff}{body}"));
    }

    #[test]
    fn other_kinds_are_kept_whatever_they_lack() {
        let others: [(Vendor, &str, &str); 7] = [
            (
                Vendor::Calendly,
                r#"{"event":"event_type.created","payload":{"uri":"x"}}"#,
                "event_type.created",
            ),
            (Vendor::Calendly, r#"{"event":"ping"}"#, "ping"),
            // Stripe's thin events have a related object, data without an object, or neither.
            (
                Vendor::Stripe,
                r#"{"id":"evt_1","object":"v2.core.event","type":"v2.core.event_destination.ping","created":"2026-11-01T00:00:00.000Z","related_object":{"id":"ed_1"}}"#,
                "v2.core.event_destination.ping",
            ),
            (
                Vendor::Stripe,
                r#"{"id":"evt_2","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","data":{"developer_message_summary":"x"}}"#,
                "v1.billing.meter.no_meter_found",
            ),
            (Vendor::Stripe, r#"{"type":"ping"}"#, "ping"),
            (
                Vendor::Typeform,
                r#"{"event_type":"form_updated"}"#,
                "form_updated",
            ),
            (
                Vendor::Close,
                r#"{"event":{"object_type":"phone_number","action":"created"}}"#,
                "phone_number.created",
            ),
        ];
        for (vendor, body, kind) in others {
            match parse(vendor, body.as_bytes()) {
                Parsed::Ignored { delivery, .. } => assert_eq!(delivery.kind, kind),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn nonsense_is_named() {
        let cases: [(Vendor, &[u8], &str); 6] = [
            (Vendor::Calendly, b"not json", "no JSON"),
            (Vendor::Calendly, b"[]", "`event`"),
            (
                Vendor::Calendly,
                br#"{"event":"invitee.created","payload":{}}"#,
                "`uri`",
            ),
            (
                Vendor::Stripe,
                br#"{"type":"refund.created","data":{"object":{}}}"#,
                "`id`",
            ),
            (
                Vendor::Typeform,
                br#"{"event_type":"form_response","form_response":{}}"#,
                "`token`",
            ),
            (
                Vendor::Close,
                br#"{"event":{"object_type":"lead"}}"#,
                "`action`",
            ),
        ];
        for (vendor, body, named) in cases {
            match parse(vendor, body) {
                Parsed::Invalid { reason, .. } => assert!(reason.contains(named), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
