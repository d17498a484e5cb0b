//! The stable id of a contact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Node;

/// The id of a contact, written as a UUID of version 8 (a hash of one's own).
///
/// It derives from the contact's anchor, so it needs no table, and each further address of a contact
/// keeps an id of its own, by which old links are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactId([u8; 16]);

impl ContactId {
    /// The id that a contact with this anchor has.
    #[must_use]
    pub fn of(anchor: &Node) -> Self {
        match anchor {
            Node::Email(email) => Self::hashed(&format!("contact:{email}")),
            Node::Phone(phone) => Self::hashed(&format!("contact:{}", phone.as_str())),
            Node::Record(key) => Self::hashed(&format!("contact:{key}")),
        }
    }

    fn hashed(text: &str) -> Self {
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&Sha256::digest(text)[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The first 64 bits, for columns that are compared often.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0[..8]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = hex::encode(self.0);
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        f.write_str(&parts.join("-"))
    }
}

/// The text is no id of a contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a contact's id is a UUID")]
pub struct NotContactId;

impl FromStr for ContactId {
    type Err = NotContactId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0_u8; 16];
        hex::decode_to_slice(text.replace('-', ""), &mut bytes).map_err(|_| NotContactId)?;
        let id = Self(bytes);
        (id.to_string() == text).then_some(id).ok_or(NotContactId)
    }
}

impl Serialize for ContactId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContactId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_that_reads_back() {
        let id = ContactId::of(&Node::Email("jane@acme.co".to_owned()));
        let text = id.to_string();
        assert_eq!((text.len(), &text[14..15]), (36, "8"));
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(
            "not-an-id".parse::<ContactId>(),
            Err(NotContactId),
            "{text}"
        );
        assert!(
            text.replace('-', "")
                .starts_with(&format!("{:016x}", id.as_u64()))
        );
    }
}
