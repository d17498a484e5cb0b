//! Webhook signatures of the four vendors, over the raw bytes and in constant time.
//!
//! | vendor | header | signed text | key |
//! |---|---|---|---|
//! | Calendly | `Calendly-Webhook-Signature: t=..,v1=<hex>` | `t.body` | the signing key's bytes |
//! | Stripe | `Stripe-Signature: t=..,v1=<hex>[,v1=..]` | `t.body` | the whole `whsec_…` text |
//! | Typeform | `Typeform-Signature: sha256=<base64>` | `body` | the secret's bytes |
//! | Close | `close-sig-timestamp`, `close-sig-hash: <hex>` | timestamp then body | the key, hex-decoded |

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// A vendor's signing key; never shown.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("SigningKey(…)")]
pub struct SigningKey(Vec<u8>);

/// The text can't be a key of this vendor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a signing key is empty")]
    Empty,
    #[error("a Close signature key must be hex")]
    NotHex,
}

impl SigningKey {
    pub(crate) const fn of_bytes(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// The header of Calendly and Stripe over a body: what a sender, a bench or a demo puts there.
    #[must_use]
    pub fn timed(&self, at_s: i64, body: &[u8]) -> String {
        let digest = self
            .mac(&[at_s.to_string().as_bytes(), b".", body])
            .map_or_else(|_| Vec::new(), |mac| mac.finalize().into_bytes().to_vec());
        format!("t={at_s},v1={}", hex::encode(digest))
    }

    fn mac(&self, signed: &[&[u8]]) -> Result<Hmac<Sha256>, SignatureError> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| SignatureError::Invalid)?;
        signed.iter().for_each(|part| mac.update(part));
        Ok(mac)
    }
}

/// Why a delivery is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature header is missing")]
    Missing,
    #[error("the signature does not match")]
    Invalid,
    #[error("the signed timestamp is outside the tolerance")]
    Stale,
}

impl SignatureError {
    /// The stable `code` of the 401 answer.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Invalid => "signature_invalid",
            Self::Stale => "signature_stale",
        }
    }
}

/// A webhook as it came, before anybody believes it.
pub(crate) struct Unverified<'a> {
    /// Every active key.
    pub(crate) keys: &'a [SigningKey],
    /// Answers a header by its lower-case name.
    pub(crate) header: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) body: &'a [u8],
    pub(crate) now: Timestamp,
    /// How far the signed time may be from `now` on either side, in seconds.
    pub(crate) tolerance_s: u32,
}

impl Unverified<'_> {
    /// A header without the white space around it.
    pub(crate) fn header(&self, name: &str) -> Result<String, SignatureError> {
        (self.header)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .ok_or(SignatureError::Missing)
    }
}

/// The scheme of Calendly and Stripe: `t=<unix s>,v1=<hex>` over `t.body`, where `v1` may repeat during a key roll.
pub(crate) fn timed(webhook: &Unverified<'_>, header: &str) -> Result<(), SignatureError> {
    let value = webhook.header(header)?;
    let pairs = || {
        value
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let timestamp = pairs()
        .find(|(name, _)| *name == "t")
        .map(|(_, t)| t)
        .ok_or(SignatureError::Invalid)?;
    let digests: Vec<Vec<u8>> = pairs()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, v1)| hex::decode(v1).ok())
        .collect();
    any_key(
        webhook.keys,
        &[timestamp.as_bytes(), b".", webhook.body],
        &digests,
    )?;
    fresh(webhook, timestamp)
}

/// One of the keys made one of the digests of this text.
pub(crate) fn any_key(
    keys: &[SigningKey],
    signed: &[&[u8]],
    digests: &[Vec<u8>],
) -> Result<(), SignatureError> {
    let mut authentic = false;
    for key in keys {
        let mac = key.mac(signed)?;
        // Every pair is compared, so the time taken says nothing about which key or digest fits.
        for digest in digests {
            authentic |= mac.clone().verify_slice(digest).is_ok();
        }
    }
    if authentic {
        Ok(())
    } else {
        Err(SignatureError::Invalid)
    }
}

/// The signed time lies within the tolerance.
pub(crate) fn fresh(webhook: &Unverified<'_>, timestamp: &str) -> Result<(), SignatureError> {
    let signed: i64 = timestamp.parse().map_err(|_| SignatureError::Invalid)?;
    let age_s = webhook.now.as_second().saturating_sub(signed);
    if age_s.unsigned_abs() <= u64::from(webhook.tolerance_s) {
        Ok(())
    } else {
        Err(SignatureError::Stale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::verify;
    use bookpath_domain::Vendor;

    const T: i64 = 1_767_225_600;
    const CALENDLY: &[u8] = br#"{"event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/E1/invitees/A1"}}"#;
    const STRIPE: &[u8] = br#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"id":"cs_1","payment_status":"paid"}}}"#;
    const TYPEFORM: &[u8] =
        br#"{"event_id":"01TF","event_type":"form_response","form_response":{"token":"tok1"}}"#;
    const CLOSE: &[u8] = br#"{"subscription_id":"whsub_1","event":{"id":"ev_1","object_type":"opportunity","action":"updated"}}"#;
    const CALENDLY_V1: &str = "9beef6197a8d9d3630f64f7f5cde880edad1230e42ad711294cd169e57636caa";
    const STRIPE_V1: &str = "6cc164af242367dd4d7257c61974ac380d100929aed81f5e7b92a3d0fd276125";
    const TYPEFORM_SIG: &str = "sha256=EHawP3L3YKAdavhp16HMZ6L1drMM90JyEUxZctahElQ=";
    const CLOSE_HASH: &str = "0fe716fc75677449db552924af60ce4e68c3d1762ba3e2eb2c6252bdde2e16a3";

    fn keys(vendor: Vendor, list: &str) -> Vec<SigningKey> {
        SigningKey::list(vendor, list).unwrap()
    }

    fn check(
        vendor: Vendor,
        list: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        at: i64,
    ) -> Result<(), SignatureError> {
        let header = |name: &str| {
            headers
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        verify(
            vendor,
            &keys(vendor, list),
            &header,
            body,
            Timestamp::from_second(at).unwrap(),
            300,
        )
    }

    fn calendly(value: &str, list: &str, body: &[u8], at: i64) -> Result<(), SignatureError> {
        check(
            Vendor::Calendly,
            list,
            &[("calendly-webhook-signature", value)],
            body,
            at,
        )
    }

    #[test]
    fn the_published_vectors_are_authentic() {
        assert_eq!(
            calendly(
                &format!("t={T},v1={CALENDLY_V1}"),
                "test_signing_key",
                CALENDLY,
                T + 10
            ),
            Ok(())
        );
        assert_eq!(
            check(
                Vendor::Stripe,
                "whsec_test",
                &[("stripe-signature", &format!("t={T},v1={STRIPE_V1},v0=x"))],
                STRIPE,
                T + 10
            ),
            Ok(())
        );
        assert_eq!(
            check(
                Vendor::Typeform,
                "typeform_secret",
                &[("typeform-signature", TYPEFORM_SIG)],
                TYPEFORM,
                T + 10
            ),
            Ok(())
        );
        let close = [
            ("close-sig-timestamp", "1767225600"),
            ("close-sig-hash", CLOSE_HASH),
        ];
        assert_eq!(
            check(
                Vendor::Close,
                "00112233445566778899aabbccddeeff",
                &close,
                CLOSE,
                T + 10
            ),
            Ok(())
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let good = format!("t={T},v1={CALENDLY_V1}");
        let mut other = CALENDLY.to_vec();
        other[0] ^= 1;
        assert_eq!(
            calendly(&good, "test_signing_key", &other, T),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            calendly(&good, "wrong", CALENDLY, T),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            calendly(&good, "", CALENDLY, T),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            calendly("", "test_signing_key", CALENDLY, T),
            Err(SignatureError::Missing)
        );
        assert_eq!(
            calendly(
                &format!("t={T},v1={}", STRIPE_V1.to_uppercase()),
                "test_signing_key",
                CALENDLY,
                T
            ),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            calendly("v1=zz", "test_signing_key", CALENDLY, T),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            calendly(&format!("t={T},v1="), "test_signing_key", CALENDLY, T),
            Err(SignatureError::Invalid)
        );
        assert_eq!(
            check(
                Vendor::Close,
                "0011",
                &[("close-sig-hash", CLOSE_HASH)],
                CLOSE,
                T
            ),
            Err(SignatureError::Missing)
        );
    }

    #[test]
    fn the_tolerance_is_inclusive_on_both_sides() {
        let value = format!("t={T},v1={CALENDLY_V1}");
        for (offset, expected) in [
            (300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-300, Ok(())),
            (-301, Err(SignatureError::Stale)),
        ] {
            assert_eq!(
                calendly(&value, "test_signing_key", CALENDLY, T + offset),
                expected,
                "{offset}"
            );
        }
    }

    #[test]
    fn keys_rotate() {
        let value = format!("t={T},v1={},v1={CALENDLY_V1}", "00".repeat(32));
        assert_eq!(
            calendly(&value, "new_key, test_signing_key", CALENDLY, T),
            Ok(())
        );
        assert_eq!(SigningKey::new(Vendor::Close, "xyz"), Err(KeyError::NotHex));
        assert_eq!(
            format!("{:?}", keys(Vendor::Stripe, "whsec_test")),
            "[SigningKey(…)]"
        );
    }
}
