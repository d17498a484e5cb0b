//! The keys and secrets that every stage has.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(crate) const CALENDLY_KEY: &str = "test_signing_key";

/// Signing keys of the vendors; Calendly has an old and a new one.
pub(super) const KEYS: [(&str, &str); 4] = [
    (
        "CALENDLY_WEBHOOK_SIGNING_KEYS",
        "new_signing_key,test_signing_key",
    ),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_test"),
    ("TYPEFORM_WEBHOOK_SECRETS", "typeform_secret"),
    (
        "CLOSE_WEBHOOK_SIGNATURE_KEYS",
        "00112233445566778899aabbccddeeff",
    ),
];

/// What sessions are signed with.
pub(super) const JWT_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The secret by which the deployed API recognises CloudFront.
pub(crate) const ORIGIN_SECRET: &str = "fedcba9876543210fedcba9876543210";

/// `t=..,v1=..` as Calendly and Stripe sign.
pub(crate) fn timed_signature(key: &str, t: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The last of a vendor's keys.
pub(crate) fn key_of_vendor(vendor: &str) -> &'static str {
    let of = |name: &str| name.to_lowercase().starts_with(vendor);
    KEYS.iter()
        .find(|(name, _)| of(name))
        .unwrap()
        .1
        .rsplit(',')
        .next()
        .unwrap()
}
