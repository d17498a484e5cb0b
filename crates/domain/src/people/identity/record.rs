//! What identity reads of a vendor's record, and how records, addresses and numbers are named.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use crate::inbox::vendor::Vendor;
use crate::people::phone::Phone;

/// The name of a vendor's record: an invitee, a form response, a CRM contact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKey {
    pub vendor: Vendor,
    /// The vendor's word for what it is: `invitee`, `form_response`, `contact`. Without a colon.
    pub kind: String,
    pub id: String,
}

impl RecordKey {
    #[must_use]
    pub fn new(vendor: Vendor, kind: &str, id: &str) -> Self {
        Self {
            vendor,
            kind: kind.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// `calendly:invitee:https://…`
impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.vendor.as_str(), self.kind, self.id)
    }
}

/// The newest version of a vendor's record, as far as it says who somebody is.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub key: RecordKey,
    /// When the vendor last changed it; the newest version of a record holds.
    pub version_at: Timestamp,
    /// When it came to be.
    pub seen_at: Timestamp,
    #[debug(skip)]
    pub name: Option<String>,
    /// Match keys, see [`crate::people::email::normalize`], the main one first.
    #[debug("{}", emails.len())]
    pub emails: Vec<String>,
    pub phones: Vec<Phone>,
    pub company: Option<String>,
    pub campaign: Option<String>,
    /// The reschedule chain of an invitee.
    pub chain_id: Option<String>,
}

impl Record {
    /// A record that says nothing but that it exists.
    #[must_use]
    pub fn bare(key: RecordKey, seen_at: Timestamp) -> Self {
        Self {
            key,
            version_at: seen_at,
            seen_at,
            name: None,
            emails: Vec::new(),
            phones: Vec::new(),
            company: None,
            campaign: None,
            chain_id: None,
        }
    }

    /// A contact of the CRM: the one kind of record that may list several addresses of one person
    /// (X33).
    #[must_use]
    pub fn is_crm_contact(&self) -> bool {
        self.key.vendor == Vendor::Close && self.key.kind == "contact"
    }

    /// The addresses that make it one person's record: all of a CRM contact, the first of any other.
    #[must_use]
    pub fn joining_emails(&self) -> &[String] {
        let most = if self.is_crm_contact() { usize::MAX } else { 1 };
        &self.emails[..self.emails.len().min(most)]
    }
}

/// An end of an edge.
#[derive(
    derive_more::Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    SerializeDisplay,
    DeserializeFromStr,
)]
pub enum Node {
    #[debug("email")]
    Email(String),
    Phone(Phone),
    Record(RecordKey),
}

/// The text is no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no e-mail, phone or record is written like this")]
pub struct NotNode;

/// `email:jane@acme.co`, `phone:+12223334444`, `record:close:contact:cont_1`
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => write!(f, "email:{email}"),
            Self::Phone(phone) => write!(f, "phone:{}", phone.as_str()),
            Self::Record(key) => write!(f, "record:{key}"),
        }
    }
}

impl FromStr for Node {
    type Err = NotNode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once(':').ok_or(NotNode)?;
        match kind {
            "email" => Ok(Self::Email(rest.to_owned())),
            "phone" => Phone::parse(rest, "").map(Self::Phone).ok_or(NotNode),
            "record" => {
                let mut parts = rest.splitn(3, ':');
                let vendor = parts.next().and_then(|v| v.parse().ok()).ok_or(NotNode)?;
                let (Some(kind), Some(id)) = (parts.next(), parts.next()) else {
                    return Err(NotNode);
                };
                Ok(Self::Record(RecordKey::new(vendor, kind, id)))
            }
            _ => Err(NotNode),
        }
    }
}

/// A place in a list; no list here has more than 2^32 places.
pub(in crate::people) fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
