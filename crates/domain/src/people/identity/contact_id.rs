//! The stable id of a contact.

use std::fmt;
use std::str::FromStr;

use serde_with::{DeserializeFromStr, SerializeDisplay};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::record::Node;

/// The id of a contact, written as a UUID of version 8 (a hash of one's own).
///
/// It derives from the contact's anchor, so it needs no table, and each further address of a contact
/// keeps an id of its own, by which old links are found.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct ContactId(Uuid);

impl ContactId {
    /// The id that a contact with this anchor has.
    #[must_use]
    pub fn from_anchor(anchor: &Node) -> Self {
        match anchor {
            Node::Email(email) => Self::hashed(&format!("contact:{email}")),
            Node::Phone(phone) => Self::hashed(&format!("contact:{}", phone.as_str())),
            Node::Record(key) => Self::hashed(&format!("contact:{key}")),
        }
    }

    fn hashed(text: &str) -> Self {
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&Sha256::digest(text)[..16]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The first 64 bits, for columns that are compared often.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0.as_u64_pair().0
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The text is no id of a contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a contact's id is a UUID")]
pub struct NotContactId;

impl FromStr for ContactId {
    type Err = NotContactId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map(Self).map_err(|_| NotContactId)?;
        // Of the ways to write it only ours is an id.
        (id.to_string() == text).then_some(id).ok_or(NotContactId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_that_reads_back() {
        let id = ContactId::from_anchor(&Node::Email("jane@acme.co".to_owned()));
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
