//! From a stream record to its line in the bronze tier.

use bookpath_domain::BusinessConfig;
use bookpath_domain::StreamRecord;
use bookpath_domain::Vendor;
use serde_json::{Value, json};

use crate::calendly;

/// One newline-free line and where it belongs (S0-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BronzeLine {
    /// Folder below `bronze/`.
    pub folder: &'static str,
    /// `channel=` partition; only Calendly's records have one.
    pub channel: Option<String>,
    /// JSON without its newline.
    pub line: String,
}

/// The record can't become a line; it belongs to the dead letters.
#[derive(Debug, thiserror::Error)]
#[error("the record can't be written to bronze: {0}")]
pub struct BronzeError(#[from] serde_json::Error);

/// Flattens a record.
///
/// # Errors
/// A body that is no JSON: impossible for what the receiver accepted, so such a record is a bug to keep.
pub fn bronze_line(
    record: &StreamRecord,
    rules: &BusinessConfig,
) -> Result<BronzeLine, BronzeError> {
    let envelope = &record.envelope;
    let body: Value = serde_json::from_str(record.body.get())?;
    let folder = envelope.vendor.bronze_folder();
    if envelope.vendor == Vendor::Calendly {
        let flat = calendly::record(envelope, &body, rules);
        let channel = Some(flat.marketing_channel.clone());
        return Ok(BronzeLine {
            folder,
            channel,
            line: serde_json::to_string(&flat)?,
        });
    }
    let line = json!({
        "delivery_id": envelope.delivery_id,
        "kind": envelope.delivery.kind,
        "resource_uri": envelope.delivery.resource_uri,
        "version": envelope.delivery.version,
        "occurred_at": envelope.delivery.occurred_at,
        "received_at": envelope.received_at,
        "raw_sha256": envelope.raw_sha256,
        "payload": body,
    });
    Ok(BronzeLine {
        folder,
        channel: None,
        line: line.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_domain::Delivery;
    use bookpath_domain::Envelope;
    use bookpath_domain::inbox::envelope::Origin;
    use jiff::Timestamp;
    use serde_json::value::RawValue;

    fn record(vendor: Vendor, kind: &str, body: &str) -> StreamRecord {
        let delivery = Delivery {
            kind: kind.to_owned(),
            resource_uri: "r".to_owned(),
            version: "v".to_owned(),
            occurred_at: None,
            person_key: "p".to_owned(),
        };
        let envelope = Envelope {
            delivery_id: "d1".to_owned(),
            vendor,
            delivery,
            origin: Origin::Webhook,
            received_at: Timestamp::from_second(1_775_117_731).unwrap(),
            raw_key: "raw/x".to_owned(),
            raw_sha256: "ab".repeat(32),
        };
        StreamRecord {
            envelope,
            body: RawValue::from_string(body.to_owned()).unwrap(),
        }
    }

    #[test]
    fn a_booking_is_flattened_beside_its_payload() {
        let rules = BusinessConfig::from_toml(
            "[[channels.utm_rules]]\nutm_source = \"google\"\nchannel = \"google\"",
        )
        .unwrap();
        let body = include_str!("../fixtures/calendly_invitee_created.json");
        let line = bronze_line(&record(Vendor::Calendly, "invitee.created", body), &rules).unwrap();
        assert_eq!(
            (line.folder, line.channel.as_deref()),
            ("calendly_events", Some("google"))
        );
        assert!(!line.line.contains('\n'));
        let flat: Value = serde_json::from_str(&line.line).unwrap();
        for (name, value) in [
            ("invitee_email", "Mia.Torres@Example.org"),
            ("invitee_phone", "+14155550133"),
            ("invitee_status", "active"),
            (
                "event_type",
                "https://api.calendly.com/event_types/d639ecd3-0000-4000-8000-000000000001",
            ),
            ("location_join_url", "https://meet.example/abc"),
            ("utm_campaign", "spring"),
            ("webhook_received_at", "2026-04-02T08:15:31Z"),
        ] {
            assert_eq!(flat[name], value, "{name}");
        }
        assert_eq!(flat["invitee_first_name"], Value::Null);
        assert_eq!(
            flat["payload"]["scheduled_event"]["event_memberships"][0]["user_name"],
            "Hugo Host"
        );
    }

    #[test]
    fn the_other_vendors_keep_their_body_whole() {
        let line = bronze_line(
            &record(
                Vendor::Stripe,
                "refund.created",
                "{\"id\": \"evt_1\",\n \"n\": 1.50}",
            ),
            &BusinessConfig::default(),
        )
        .unwrap();
        assert_eq!((line.folder, line.channel), ("stripe_events", None));
        let flat: Value = serde_json::from_str(&line.line).unwrap();
        assert_eq!(flat["payload"]["id"], "evt_1");
        assert!(!line.line.contains('\n'));
    }
}
