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

/// Vendor, day and hash of `raw/<vendor>/<day>/<hash>.json`; `None` for a key of another form.
pub(crate) fn parts_of(raw_key: &str) -> Option<(&str, &str, &str)> {
    let mut parts = raw_key.strip_prefix("raw/")?.split('/');
    let (vendor, day, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some((vendor, day, name.strip_suffix(".json")?))
}

/// `YYYY-MM-DD` of an instant in UTC: the partitions of the raw and bronze tiers.
#[must_use]
pub fn utc_day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_made() {
        let at = "2026-03-01T23:59:59Z".parse().unwrap();
        let archived = Archived::place(Vendor::Close, at, b"{}");
        assert_eq!(
            parts_of(&archived.raw_key),
            Some(("close", "2026-03-01", archived.raw_sha256.as_str()))
        );
        assert_eq!(parts_of("bronze/close_events/0a1b.json"), None);
    }
}
