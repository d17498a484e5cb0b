//! Where a raw body is archived.

use bookpath_domain::Vendor;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A raw body in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    pub vendor: Vendor,
    pub received_at: Timestamp,
    pub raw_key: String,
    pub raw_sha256: String,
}

impl Archived {
    /// Where a body received at this instant belongs: content-addressed, by arrival day in UTC (X63).
    #[must_use]
    pub fn place(vendor: Vendor, received_at: Timestamp, body: &[u8]) -> Self {
        let raw_sha256 = hex::encode(Sha256::digest(body));
        let raw_key = format!("raw/{vendor}/{}/{raw_sha256}.json", utc_day(received_at));
        Self {
            vendor,
            received_at,
            raw_key,
            raw_sha256,
        }
    }
}

/// `YYYY-MM-DD` of an instant in UTC: the partitions of the raw and bronze tiers.
#[must_use]
pub fn utc_day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}
