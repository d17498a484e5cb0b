//! The vendors, and what is asked of each of them.
//!
//! To add one: a folder with a [`Source`], a variant of [`Vendor`], and a line of `ask!`.

use bookpath_domain::BusinessConfig;
use bookpath_domain::StreamRecord;
use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde_json::Value;

use crate::bronze_line::{BronzeError, BronzeLine};
use crate::calendly::Calendly;
use crate::classified::{Classified, Unusable};
use crate::close::Close;
use crate::reported::Reported;
use crate::signature::{KeyError, SignatureError, SigningKey, Unverified};
use crate::sms::Sms;
use crate::source::Source;
use crate::stripe::Stripe;
use crate::typeform::Typeform;

/// Calls a method of the vendor's [`Source`]. Each caller links only the methods that it calls: the receiver never
/// reads a payload further than its identity, so it stays small.
macro_rules! ask {
    ($vendor:expr, $method:ident($($argument:expr),*)) => {
        match $vendor {
            Vendor::Calendly => Calendly.$method($($argument),*),
            Vendor::Stripe => Stripe.$method($($argument),*),
            Vendor::Typeform => Typeform.$method($($argument),*),
            Vendor::Close => Close.$method($($argument),*),
            Vendor::Sms => Sms.$method($($argument),*),
        }
    };
}

/// The kind, the resource and the version of a body.
pub(crate) fn classify(vendor: Vendor, body: &Value) -> Result<Classified<'_>, Unusable> {
    ask!(vendor, classify(body))
}

impl SigningKey {
    /// Reads one key as the vendor shows it.
    ///
    /// # Errors
    /// An empty key, or one that is not written as this vendor writes its keys.
    pub fn new(vendor: Vendor, text: &str) -> Result<Self, KeyError> {
        match text.trim() {
            "" => Err(KeyError::Empty),
            text => ask!(vendor, signing_key(text)),
        }
    }

    /// Reads a comma-separated list: the old and the new key while they rotate (X54). An empty text is no key.
    ///
    /// # Errors
    /// As [`SigningKey::new`], for the first key at fault.
    pub fn list(vendor: Vendor, text: &str) -> Result<Vec<Self>, KeyError> {
        text.split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(|key| Self::new(vendor, key))
            .collect()
    }
}

/// Checks a webhook against every active key.
///
/// `header` answers a header by its lower-case name. `tolerance_s` bounds the signed time on both sides of `now`,
/// in seconds; Typeform signs no time, so none is checked there (its responses are known by their token).
///
/// # Errors
/// [`SignatureError`]; `Stale` only for a delivery that is otherwise authentic.
pub fn verify(
    vendor: Vendor,
    keys: &[SigningKey],
    header: &dyn Fn(&str) -> Option<String>,
    body: &[u8],
    now: Timestamp,
    tolerance_s: u32,
) -> Result<(), SignatureError> {
    let webhook = Unverified {
        keys,
        header,
        body,
        now,
        tolerance_s,
    };
    ask!(vendor, verify(&webhook))
}

/// The body is no JSON: impossible for what the receiver accepted, so such a record is a bug to keep.
#[derive(Debug, thiserror::Error)]
#[error("the record has no readable body: {0}")]
pub struct FactError(#[from] serde_json::Error);

/// What a record says about bookings; nothing for kinds that are no business of theirs, and for bodies without
/// the times that a booking needs (the lake rejects those with their reason).
///
/// # Errors
/// [`FactError`].
pub fn facts(record: &StreamRecord, rules: &BusinessConfig) -> Result<Vec<Reported>, FactError> {
    let body: Value = serde_json::from_str(record.body.get())?;
    let envelope = &record.envelope;
    Ok(ask!(envelope.vendor, facts(envelope, &body, rules)))
}

/// The record as a line of the bronze tier.
///
/// # Errors
/// A body that is no JSON: impossible for what the receiver accepted, so such a record is a bug to keep.
pub fn bronze_line(
    record: &StreamRecord,
    rules: &BusinessConfig,
) -> Result<BronzeLine, BronzeError> {
    let body: Value = serde_json::from_str(record.body.get())?;
    let envelope = &record.envelope;
    ask!(envelope.vendor, bronze_line(envelope, &body, rules))
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
        let body = include_str!("calendly/fixtures/invitee_created.json");
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
