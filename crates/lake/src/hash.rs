//! Stable 64-bit hashes, the identity of uris, contacts and channels inside state objects.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Hash of `text`; never 0, so that 0 can mean "none". The value is stored: it must never change.
pub(crate) fn hash64(text: &str) -> u64 {
    twox_hash::XxHash3_64::oneshot(text.as_bytes()).max(1)
}

/// [`hash64`] of an optional name: 0 when it is empty.
pub(crate) fn hash_name(text: &str) -> u64 {
    if text.is_empty() { 0 } else { hash64(text) }
}

/// Identity of a contact: its e-mail, trimmed and lower-cased.
pub(crate) fn contact_hash(email: &str) -> u64 {
    let email = email.trim();
    if email.is_ascii() && !email.bytes().any(|b| b.is_ascii_uppercase()) {
        return hash64(email);
    }
    hash64(&email.to_lowercase())
}

/// Spreads keys that are hashes already, or small packed numbers.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0.rotate_left(8) ^ u64::from(*b)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (value ^ (value >> 32))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(26);
    }
}

/// A map whose keys are [`hash64`] values or packed numbers.
pub(crate) type HashedMap<V> = HashMap<u64, V, BuildHasherDefault<Spread>>;
/// A set of [`hash64`] values.
pub(crate) type HashedSet = HashSet<u64, BuildHasherDefault<Spread>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_never_change() {
        assert_eq!(
            hash64("bookpath"),
            twox_hash::XxHash3_64::oneshot(b"bookpath")
        );
        assert_eq!(contact_hash(" Jane@ACME.co "), contact_hash("jane@acme.co"));
        assert_eq!(contact_hash("ÄNNE@x.de"), contact_hash("änne@X.DE"));
        assert_eq!(hash_name(""), 0);
    }
}
